/// An organization of the simulated Vultr.
struct SimulatedOrganization: Sendable {
    let id: String
    let name: String
    let type: String
    let dateCreated: String

    static let keys = ["id", "name", "type", "date_created"]

    init(id: String, name: String, type: String = "Business", dateCreated: String = "2026-04-02T09:15:00+00:00") {
        self.id = id
        self.name = name
        self.type = type
        self.dateCreated = dateCreated
    }

    init(_ value: YAMLValue) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        let id = try mapping.required("id").text()
        self.init(
            id: id,
            name: try mapping["name"]?.text() ?? id,
            type: try mapping["type"]?.text() ?? "Business",
            dateCreated: try mapping["date_created"]?.text() ?? "2026-04-02T09:15:00+00:00"
        )
    }

    var json: JSON {
        .object([
            ("id", .string(id)), ("name", .string(name)), ("type", .string(type)),
            ("date_created", .string(dateCreated)), ("billing", .object([("currency", .string("USD"))])),
        ])
    }
}
