import HTTPListener
import Testing

@Suite("Addresses and ranges")
struct AddressTests {
    @Test(
        "an address reads and prints in its usual form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("::", "::"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("255.255.255.255", "255.255.255.255"),
        ]
    )
    func reads(text: String, expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(
        "what is no address is none",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", " 1.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "a.b",
            String(repeating: "1", count: 1000), "1.2.3.4\0",
        ]
    )
    func refuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("a mapped IPv6 address is the IPv4 address")
    func mapped() {
        #expect(IPAddress("::ffff:10.1.2.3") == IPAddress("10.1.2.3"))
        #expect(IPAddress("::10.1.2.3") != IPAddress("10.1.2.3"))
    }

    @Test("loopback is 127.0.0.0/8 and ::1")
    func loopback() {
        #expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].allSatisfy { IPAddress($0)?.isLoopback == true })
        #expect(["128.0.0.1", "::2", "2001:db8::7f00:1"].allSatisfy { IPAddress($0)?.isLoopback == false })
    }

    @Test(
        "a range holds its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("192.0.2.6/31", "192.0.2.7", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true), ("10.0.0.0/8", "::ffff:10.9.9.9", true),
            ("2001:db8::1:0/112", "2001:db8::1:ffff", true), ("2001:db8::1:0/112", "2001:db8::2:0", false),
        ]
    )
    func contains(range: String, address: String, expected: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try AddressRange(range).contains(address) == expected)
    }

    @Test(
        "what is no range says why",
        arguments: [
            ("10.0.0.0/33", "prefix length from 0 to 32"), ("::/129", "prefix length from 0 to 128"),
            ("10.0.0.0/", "prefix length"), ("10.0.0.0/+8", "prefix length"), ("10.0.0.0/8/9", "prefix length"),
            ("10.0.0.1/8", "write 10.0.0.0/8"), ("2001:db8::1/64", "write 2001:db8::/64"), ("office", "not an address"),
            ("", "not an address"), ("10.0.0.0/008888", "prefix length"),
        ]
    )
    func explains(text: String, hint: String) {
        let error = #expect(throws: AddressRange.ParseError.self) { try AddressRange(text) }
        #expect(error?.message.contains(hint) == true)
    }

    @Test("a range prints as it is written")
    func prints() throws {
        for text in ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "::/0", "0.0.0.0/0"] {
            #expect(try AddressRange(text).description == text)
        }
    }
}
