import Testing

@testable import vultr_offboard

@Suite("Mappings that hold code")
struct MappedCodeTests {
    @Test("code of a file is one, whatever its name")
    func code() {
        let lines = [
            "55d0c0de0000-55d0c0df0000 r-xp 00001000 fe:00 1234                       /usr/bin/vultr-offboard",
            "1000-2000 r-xp 00000000 00:00 12 /opt/a folder/lib x.so (deleted)",
        ]
        #expect(lines.map { MappedCode.code(in: $0) } == [0x55d0_c0de_0000..<0x55d0_c0df_0000, 0x1000..<0x2000])
    }

    @Test(
        "nothing else is: what could have been written to must stay",
        arguments: [
            "", "1000-2000", "1000-2000 r-xp 0 00:00 0",
            "1000-2000 r-xp 00000000 00:00 0                  [vdso]",
            "1000-2000 rwxp 00000000 fe:00 12 /usr/lib/lib.so", "1000-2000 r--p 00000000 fe:00 12 /usr/lib/lib.so",
            "1000-2000 r-xs 00000000 fe:00 12 /usr/lib/lib.so", "2000-1000 r-xp 00000000 fe:00 12 /usr/lib/lib.so",
            "1000 r-xp 00000000 fe:00 12 /usr/lib/lib.so", "10g0-2000 r-xp 00000000 fe:00 12 /usr/lib/lib.so",
        ]
    )
    func others(_ line: String) {
        #expect(MappedCode.code(in: line) == nil)
    }
}
