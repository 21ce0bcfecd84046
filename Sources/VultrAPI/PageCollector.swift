import Offboarding

/// Puts the pages of one list together and finds out whether they are proven to be all of it (rule 2).
struct PageCollector<Row: ListedRow> {
    /// The most that Vultr gives (reference: API, section 4).
    static var rowsPerPage: Int { 500 }
    /// After so many pages a list is taken to have no end. Five million rows is far beyond any organization.
    static var mostPages: Int { 10_000 }

    /// The cursor of the next page; `nil` before the first and after the last.
    private(set) var cursor: String?

    private var pages = 0
    private var rows: [Row.Item] = []
    private var places: [Identifier<Row.Item>: Int] = [:]
    private var total: Int?
    private var cursors: Set<String> = []
    private var rowsWithoutID = 0
    private var rowsWithoutEmail = 0
    /// What was seen to be wrong, in the order in which it was seen.
    private var doubts: [String] = []

    /// Takes in the page that ``cursor`` pointed to.
    mutating func add(_ page: Page<Row>) {
        pages += 1
        for row in page.rows { add(row) }
        addTotal(of: page)
        advance(to: page.next)
    }

    /// Everything taken in so far.
    var listing: Listing<Row.Item> {
        var doubts = doubts
        if rowsWithoutID > 0 { doubts.append("rows without an id: \(rowsWithoutID)") }
        if rowsWithoutEmail > 0 { doubts.append("rows without an email: \(rowsWithoutEmail)") }
        if let total, total != rows.count { doubts.append("\(rows.count) different ids where the total says \(total)") }
        return Listing(rows: rows, doubt: doubts.isEmpty ? nil : doubts.joined(separator: "; "))
    }

    private mutating func add(_ row: Row) {
        if !row.hasEmail { rowsWithoutEmail += 1 }
        guard let (id, item) = row.item else {
            rowsWithoutID += 1
            return
        }
        guard let place = places[id] else {
            places[id] = rows.count
            rows.append(item)
            return
        }
        // Whichever of the two is kept, the other may be the person who is looked for.
        if rows[place] != item { doubt("an id has rows that differ") }
    }

    private mutating func addTotal(of page: Page<Row>) {
        guard page.hasMeta else { return doubt("page \(pages) has no meta") }
        guard let given = page.total else { return doubt("page \(pages) has no total") }
        if let total, total != given { doubt("the total changed from \(total) to \(given) on page \(pages)") }
        total = total ?? given
    }

    private mutating func advance(to next: String?) {
        cursor = nil
        guard let next else { return }
        guard cursors.insert(next).inserted else { return doubt("page \(pages) repeats a cursor") }
        guard pages < Self.mostPages else { return doubt("the list goes on after \(pages) pages") }
        cursor = next
    }

    private mutating func doubt(_ text: String) {
        if !doubts.contains(text), doubts.count < 5 { doubts.append(text) }
    }
}
