import Foundation

/// A field's name that is known only when the program runs.
struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { stringValue = String(intValue) }
    init(_ name: String) { stringValue = name }
}

/// The fields of a JSON object, read tolerantly: what is missing, `null`, empty or of an unusable type is `nil`.
///
/// `try?` below is that tolerance, not a lost error: whoever needs a field sees that it is missing.
struct Fields {
    private let container: KeyedDecodingContainer<FieldName>?

    /// Whether there is an object at all.
    var exist: Bool { container != nil }

    init(_ decoder: any Decoder) {
        container = try? decoder.container(keyedBy: FieldName.self)
    }

    init(_ outer: KeyedDecodingContainer<FieldName>?, in name: String) {
        container = try? outer?.nestedContainer(keyedBy: FieldName.self, forKey: FieldName(name))
    }

    /// The fields of an object in this one.
    func within(_ name: String) -> Fields { Fields(container, in: name) }

    /// A text, or a whole number as text.
    func text(_ name: String) -> String? {
        guard let container else { return nil }
        let key = FieldName(name)
        if let text = try? container.decodeIfPresent(String.self, forKey: key) { return text.isEmpty ? nil : text }
        return (try? container.decodeIfPresent(Int64.self, forKey: key)).flatMap { $0 }.map { String($0) }
    }

    /// A whole number, or one in a text.
    func number(_ name: String) -> Int? {
        guard let container else { return nil }
        let key = FieldName(name)
        if let number = try? container.decodeIfPresent(Int.self, forKey: key) { return number }
        return text(name).flatMap { Int($0) }
    }

    /// True or false, also as `yes` and `no`, `1` and `0`: Vultr shows flags as text in places (reference: API,
    /// section 3).
    func flag(_ name: String) -> Bool? {
        guard let container else { return nil }
        let key = FieldName(name)
        if let flag = try? container.decodeIfPresent(Bool.self, forKey: key) { return flag }
        switch text(name) {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default: return nil
        }
    }
}
