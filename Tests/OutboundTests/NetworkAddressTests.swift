import Testing

@testable import Outbound

@Suite("Addresses that a request may go to")
struct NetworkAddressTests {
    @Test(
        "every spelling of an address that is not the internet's is refused by default",
        arguments: [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::7f00:1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::1",
        ]
    )
    func refused(_ text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(!AddressAllowance.global.allows(address))
    }

    @Test(
        "addresses of the internet are allowed",
        arguments: [
            "8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1",
            "223.255.255.1",
            "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111", "2a00:1450::1", "2003::1",
        ]
    )
    func allowed(_ text: String) throws {
        #expect(AddressAllowance.global.allows(try #require(NetworkAddress(text))))
    }

    @Test("loopback and private networks are allowed where the configuration says so, link-local and multicast never")
    func configured() throws {
        func allows(_ allowance: AddressAllowance, _ text: String) throws -> Bool {
            allowance.allows(try #require(NetworkAddress(text)))
        }
        for text in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            #expect(try allows(.loopback, text))
            #expect(try allows(.privateNetworks, text))
        }
        for text in ["10.1.2.3", "172.20.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"] {
            #expect(try !allows(.loopback, text))
            #expect(try allows(.privateNetworks, text))
        }
        for text in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::"] {
            #expect(try !allows(.loopback, text))
            #expect(try !allows(.privateNetworks, text))
        }
    }

    @Test(
        "what only a resolver takes for an address is no address here",
        arguments: [
            "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01", "[::1]", "::1%lo", "localhost", "",
            "1.2.3.4:80",
        ]
    )
    func unusual(_ text: String) {
        #expect(NetworkAddress(text) == nil)
    }
}
