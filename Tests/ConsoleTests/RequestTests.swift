import Testing

@testable import Console

@Suite("what requests to the console hold")
struct RequestTests {
    @Test("fields are read as they are meant, and not where it is unclear")
    func fields() throws {
        let form = try #require(FormFields("a=1&b=x+y%2B%C3%A9&c=&d"))
        #expect(form["a"] == "1")
        #expect(form["b"] == "x y+é")
        #expect(form["c"] == "")
        #expect(form["d"] == "")
        #expect(form["e"] == nil)
        #expect(form.names == ["a", "b", "c", "d"])
        #expect(try #require(FormFields("")).names == [])
        for wrong in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=1&a=2", "a=1&%61=2"] { #expect(FormFields(wrong) == nil) }
        #expect(FormFields.encoded("a b&c=/é") == "a%20b%26c%3D%2F%C3%A9")
    }

    @Test("a list's bounds are read, and what is no bound is told")
    func pages() throws {
        func page(_ query: String) throws(ConsoleError) -> PageRequest {
            try PageRequest(FormFields(query) ?? .none, filters: ["state"], idPrefix: "c_")
        }
        #expect(try page("").limit == 100)
        #expect(try page("limit=500").limit == 500)
        #expect(try page("limit=501").limit == 500)
        #expect(try page("cursor=").cursor == nil)
        let id = "c_01hzzzzzzzzzzzzzzzzzzzzzzz"
        #expect(try page("cursor=\(id)").cursor == id)
        for wrong in [
            "limit=0", "limit=-1", "limit=1.5", "limit=x", "cursor=d\(id.dropFirst())", "cursor=c_1", "other=1",
        ] {
            #expect(throws: ConsoleError.self) { try page(wrong) }
        }
        #expect(try page("limit=2").next(["a", "b"]) == nil)
        #expect(try page("limit=2").next(["a", "b", "c"]) == "b")
    }

    @Test(
        "a route is found by its path alone",
        arguments: [
            ("/cases/c_1/approve", "c_1"), ("/cases//approve", nil), ("/cases/c_1", nil), ("/cases/c_1/approve/", nil),
            ("cases/c_1/approve", nil), ("/cases/c_1/Approve", nil),
        ] as [(String, String?)]
    )
    func routes(_ path: String, _ parameter: String?) {
        let route = Route(.page, "POST", "/cases/{}/approve") { _ in throw ConsoleError.notMeant }
        #expect(Route.segments(of: path).flatMap(route.parameter) == parameter)
    }
}
