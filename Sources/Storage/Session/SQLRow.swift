/// A row that a statement gave, copied out of the engine.
struct SQLRow {
    private let columns: SQLColumns
    private let cells: [SQLCell]

    init(_ columns: SQLColumns, _ cells: [SQLCell]) {
        self.columns = columns
        self.cells = cells
    }

    /// The value of a column by its place. Tables are strict and ours alone: another type there is a mistake of ours.
    subscript<Value: SQLReadable>(_ place: Int) -> Value {
        guard let value = Value.read(cells[place]) else {
            preconditionFailure("column \(columns.names[place]) holds no \(Value.self)")
        }
        return value
    }

    /// The value of a column by its name.
    subscript<Value: SQLReadable>(_ name: String) -> Value {
        guard let place = columns.places[name] else { preconditionFailure("there is no column \(name)") }
        return self[place]
    }
}

/// The columns of a statement's rows.
final class SQLColumns {
    let names: [String]
    /// Made when a name is first asked for.
    private(set) lazy var places = Dictionary(
        names.enumerated().map { ($1, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    init(_ names: [String]) { self.names = names }
}
