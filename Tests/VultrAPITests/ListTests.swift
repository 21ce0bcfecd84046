import Foundation
import Offboarding
import Testing

@testable import VultrAPI

@Suite("Lists and the proof that they are complete (rule 2)")
struct ListTests {
    private static func row(_ id: String, _ email: String? = nil) -> String {
        #"{"id":"\#(id)","email":"\#(email ?? id + "@example.com")","name":"N","acls":[],"service_user":false}"#
    }

    private static func page(_ rows: [String], total: Int, next: String = "", list: String = "users") -> String {
        #"{"\#(list)":[\#(rows.joined(separator: ","))],"meta":{"total":\#(total),"links":{"next":"\#(next)","prev":""}}}"#
    }

    /// Answers one page after the other.
    private static func pages(_ pages: [String]) -> Script {
        Script { request in request.number <= pages.count ? .json(pages[request.number - 1]) : .answer("400 Bad") }
    }

    private func users(_ pages: [String]) async throws -> Listing<VultrUser> {
        try await Bench.run(Self.pages(pages)) { try await $0.client.users() }
    }

    @Test("pages with awkward cursors are read to the end, cursors encoded completely")
    func cursors() async throws {
        let script = Self.pages([
            Self.page([Self.row("a"), Self.row("b")], total: 4, next: "bmV4dF9fMg=="),
            Self.page([Self.row("c")], total: 4, next: "a+b/c=&d%20e é"),
            Self.page([Self.row("d")], total: 4),
        ])
        try await Bench.run(script) { bench in
            let list = try await bench.client.users()
            #expect(list.doubt == nil)
            #expect(list.rows.map(\.id.text) == ["a", "b", "c", "d"])
            #expect(list.rows.map(\.isServiceUser) == [false, false, false, false])
            #expect(
                bench.server.requests.map(\.target) == [
                    "/v2/users?per_page=500", "/v2/users?per_page=500&cursor=bmV4dF9fMg%3D%3D",
                    "/v2/users?per_page=500&cursor=a%2Bb%2Fc%3D%26d%2520e%20%C3%A9",
                ]
            )
        }
    }

    @Test("each flaw is a doubt that says which, and the rows are there all the same")
    func doubts() async throws {
        let (a, b, c) = (Self.row("a"), Self.row("b"), Self.row("c"))
        let cases: [(pages: [String], rows: [String], doubt: String)] = [
            ([#"{"users":[\#(a)]}"#], ["a"], "page 1 has no meta"),
            ([#"{"users":[\#(a)],"meta":null}"#], ["a"], "page 1 has no meta"),
            ([#"{"users":[\#(a)],"meta":{"links":{"next":""}}}"#], ["a"], "page 1 has no total"),
            ([Self.page([a], total: 2, next: "x"), #"{"users":[\#(b)]}"#], ["a", "b"], "page 2 has no meta"),
            (
                [Self.page([a], total: 3, next: "x"), Self.page([b], total: 3)], ["a", "b"],
                "2 different ids where the total says 3"
            ),
            ([Self.page([a, b], total: 1)], ["a", "b"], "2 different ids where the total says 1"),
            (
                [Self.page([a], total: 2, next: "x"), Self.page([b], total: 3)], ["a", "b"],
                "the total changed from 2 to 3 on page 2"
            ),
            (
                [Self.page([a], total: 3, next: "x"), Self.page([b], total: 2)], ["a", "b"],
                "the total changed from 3 to 2 on page 2"
            ),
            (
                [
                    Self.page([a], total: 3, next: "x"), Self.page([b], total: 3, next: "y"),
                    Self.page([c], total: 3, next: "x"),
                ],
                ["a", "b", "c"], "page 3 repeats a cursor"
            ),
            (
                [Self.page([a], total: 2, next: "x"), Self.page([a], total: 2)], ["a"],
                "1 different ids where the total says 2"
            ),
            ([Self.page([a, Self.row("a", "other@example.com")], total: 1)], ["a"], "an id has rows that differ"),
            ([Self.page([a, #"{"id":"b"}"#], total: 2)], ["a", "b"], "rows without an email: 1"),
            ([Self.page([a, #"{"id":"b","email":null}"#], total: 2)], ["a", "b"], "rows without an email: 1"),
            ([Self.page([a, #"{"id":"b","email":""}"#], total: 2)], ["a", "b"], "rows without an email: 1"),
            ([Self.page([a, #"{"email":"b@example.com"}"#], total: 1)], ["a"], "rows without an id: 1"),
            ([Self.page([a, #"{"id":"","email":"b@example.com"}"#], total: 2)], ["a"], "rows without an id: 1"),
            ([Self.page([a, "null", "7"], total: 1)], ["a"], "rows without an id: 2"),
        ]
        for (pages, rows, doubt) in cases {
            let list = try await users(pages)
            #expect(list.rows.map(\.id.text) == rows, "\(doubt)")
            #expect(list.doubt?.contains(doubt) == true, "\(doubt): \(list.doubt ?? "none")")
            #expect(list.doubt?.contains("@") == false)
        }
    }

    @Test("invitations are read with every address, their words and their dates, and loosely")
    func invitations() async throws {
        let rows = [
            #"{"id":"i-1","email_invited":"Avery.Stone@example.com","email_registered":"avery@example.com","#
                + #""org_id":"o-1","org_name":"One","status":1,"invite_status":"Pending","permissions":{"api_enabled":"yes"},"#
                + #""expiration_date":"2026-09-04T10:00:00+00:00"}"#,
            #"{"id":"i-2","email_invited":"","email_registered":"blake@example.com","status_full":"Accepted","#
                + #""expiration_date":"soon"}"#,
            #"{"id":"i-3","email_invited":"not an address","invite_status":null}"#,
        ]
        let script = Self.pages([Self.page(rows, total: 3, list: "invites")])
        try await Bench.run(script) { bench in
            let list = try await bench.client.invitations()
            #expect(list.doubt == nil)
            #expect(bench.server.requests.map(\.target) == ["/v2/invitation?per_page=500"])
            #expect(
                list.rows.map { $0.addresses.map(\.text) } == [
                    ["avery.stone@example.com", "avery@example.com"], ["blake@example.com"], [],
                ]
            )
            #expect(list.rows.map(\.status) == ["Pending", "Accepted", nil])
            #expect(list.rows.map(\.isOpen) == [true, false, true])
            #expect(list.rows[0].organizationID == OrganizationID("o-1"))
            #expect(list.rows.map(\.expiresAt) == [Date(timeIntervalSince1970: 1_788_516_000), nil, nil])
        }
        let nobody = Self.page([#"{"id":"i-1","invite_status":"Pending"}"#], total: 1, list: "invites")
        let doubtful = try await Bench.run(Self.pages([nobody])) { try await $0.client.invitations() }
        #expect(doubtful.doubt == "rows without an email: 1")
    }

    @Test("a repeated cursor ends the reading")
    func endless() async throws {
        try await Bench.run(.always(.json(Self.page([Self.row("a")], total: 2, next: "again")))) {
            (bench) async throws in
            #expect(try await bench.client.users().isProven == false)
            #expect(bench.server.requests.count == 2)
        }
    }

    @Test("a list that never ends is left at the page cap, in doubt")
    func pageCap() throws {
        var collector = PageCollector<UserRow>()
        var pages = 0
        repeat {
            pages += 1
            let text = Self.page([Self.row("\(pages)")], total: 1_000_000, next: "c\(pages)")
            collector.add(try JSONDecoder().decode(Page<UserRow>.self, from: Data(text.utf8)))
        } while collector.cursor != nil && pages <= PageCollector<UserRow>.mostPages
        #expect(pages == PageCollector<UserRow>.mostPages)
        #expect(collector.listing.doubt?.contains("the list goes on after 10000 pages") == true)
    }

    @Test("an empty list and a list that is null are proven by a total of 0")
    func empty() async throws {
        for list in ["[]", "null"] {
            let listing = try await users([#"{"users":\#(list),"meta":{"total":0,"links":{"next":"","prev":""}}}"#])
            #expect(listing.rows.isEmpty && listing.isProven)
        }
        #expect(try await users([#"{"users":null,"meta":{"total":1}}"#]).isProven == false)
    }

    @Test("an answer without the list is broken and never an empty list")
    func wrongShape() async throws {
        for answer in [
            "{}", "[]", "null", "", #"{"error":"x"}"#, #"{"orgs":[],"meta":{"total":0}}"#,
            #"{"users":{},"meta":{"total":0}}"#, #"{"users":[],"meta":{"total":0}"#,
        ] {
            try await Bench.run(.always(.json(answer))) { bench in
                let error = try await failure { try await bench.client.users() }
                #expect(error.code == .brokenAnswer, "\(answer)")
            }
        }
        try await Bench.run(.always(.answer("204 No Content"))) { bench in
            let error = try await failure { try await bench.client.users() }
            #expect(error.code == .brokenAnswer)
        }
    }

    @Test("fields of other types are read where their meaning is plain")
    func tolerance() async throws {
        let rows = [
            #"{"id":17,"email":"a@example.com","service_user":"yes","new":{"x":[1]}}"#,
            #"{"id":"b","email":"b@example.com","service_user":0,"name":null}"#,
            #"{"id":"c","email":"c@example.com","service_user":null,"first_name":"C"}"#,
            #"{"id":"d","email":"d@example.com"}"#,
        ]
        let list = try await users([#"{"users":[\#(rows.joined(separator: ","))],"meta":{"total":"4","links":null}}"#])
        #expect(list.doubt == nil)
        #expect(list.rows.map(\.id.text) == ["17", "b", "c", "d"])
        #expect(list.rows.map(\.isServiceUser) == [true, false, nil, nil])
    }

    @Test("organizations need no email, and both names of their list are read")
    func organizations() async throws {
        for list in ["orgs", "organizations"] {
            let rows = [#"{"id":"o-1","name":"Acme Prod","type":"Business"}"#, #"{"id":"o-2","name":null}"#]
            try await Bench.run(Self.pages([Self.page(rows, total: 2, list: list)])) { bench in
                let listing = try await bench.client.organizations()
                #expect(listing.isProven)
                #expect(
                    listing.rows == [.init(id: .init("o-1"), name: "Acme Prod"), .init(id: .init("o-2"), name: "")]
                )
                #expect(bench.server.requests.first?.target == "/v2/organizations?per_page=500")
            }
        }
    }

    @Test("suspended rows have their id as id, uuid or user_id")
    func suspended() async throws {
        let rows = [
            #"{"id":"a","uuid":"no","email":"a@example.com"}"#, #"{"uuid":"b","user_id":"no","email":"b@example.com"}"#,
            #"{"id":null,"user_id":"c","email":"c@example.com"}"#,
        ]
        try await Bench.run(Self.pages([Self.page(rows, total: 3)])) { bench in
            let listing = try await bench.client.suspendedUsers(of: OrganizationID("o 1"))
            #expect(listing.isProven)
            #expect(listing.rows.map(\.id.text) == ["a", "b", "c"])
            #expect(bench.server.requests.first?.target == "/v2/organizations/o%201/suspended-users?per_page=500")
        }
        let uuidOnly = try await users([Self.page([#"{"uuid":"b","email":"b@example.com"}"#], total: 1)])
        #expect(uuidOnly.doubt?.contains("rows without an id: 1") == true)
    }

    @Test("a page that fails on its way is tried again alone, and a list whose page fails for good is no list")
    func failingPage() async throws {
        try await Bench.run(
            Script { request in
                switch request.number {
                case 1: .json(Self.page([Self.row("a")], total: 2, next: "x"))
                case 2: .json(#"{"users":[{"id":"b","em"#)
                default: .json(Self.page([Self.row("b")], total: 2))
                }
            }
        ) { (bench) async throws in
            #expect(try await bench.client.users().isProven)
            #expect(bench.server.requests.map { $0.target.contains("cursor") } == [false, true, true])
        }
        try await Bench.run(
            Script { request in
                request.number == 1 ? .json(Self.page([Self.row("a")], total: 2, next: "x")) : .html("502 Bad Gateway")
            }
        ) { bench in
            let error = try await failure { try await bench.client.users() }
            #expect(error.code == .unavailable)
            #expect(bench.server.requests.count == 1 + Backoff.mostAttempts)
        }
    }

    @Test("one user is read wrapped or bare, and another user's answer is broken")
    func oneUser() async throws {
        let user = #"{"id":"u-1","email":"a@example.com","service_user":true}"#
        for answer in [#"{"user":\#(user)}"#, user] {
            try await Bench.run(.always(.json(answer))) { bench in
                #expect(try await bench.client.user(UserID("u-1")).isServiceUser == true)
                #expect(bench.server.requests.first?.target == "/v2/users/u-1")
                let error = try await failure { try await bench.client.user(UserID("u-2")) }
                #expect(error.code == .brokenAnswer)
            }
        }
        try await Bench.run(.always(.json(#"{"user":{"email":"a@example.com"}}"#))) { bench in
            let error = try await failure { try await bench.client.user(UserID("u-1")) }
            #expect(error.code == .brokenAnswer)
        }
    }

    @Test("the account's email is read wrapped or bare, and without it the answer is broken")
    func account() async throws {
        for answer in [#"{"account":{"email":"ops@example.com"}}"#, #"{"email":"ops@example.com"}"#] {
            try await Bench.run(.always(.json(answer))) { (bench) async throws in
                #expect(try await bench.client.accountEmail() == "ops@example.com")
            }
        }
        for answer in [#"{"account":{"email":""}}"#, #"{"account":{}}"#, "{}"] {
            try await Bench.run(.always(.json(answer))) { bench in
                let error = try await failure { try await bench.client.accountEmail() }
                #expect(error.code == .brokenAnswer)
            }
        }
    }
}
