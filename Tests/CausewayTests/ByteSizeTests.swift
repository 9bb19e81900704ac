import Testing

@testable import causeway

@Suite struct ByteSizeTests {
    @Test(arguments: [
        ("0", 0), ("4096", 4_096), ("12b", 12), ("1k", 1_024), ("64Ki", 65_536), ("512MiB", 536_870_912),
        ("512m", 536_870_912), ("512MB", 536_870_912), ("2G", 2_147_483_648), ("2gib", 2_147_483_648),
        ("3T", 3_298_534_883_328), ("9223372036854775807", Int.max),
    ])
    func sizeIsReadInPowersOf1024(text: String, bytes: Int) throws {
        #expect(try ByteSize(text).bytes == bytes)
    }

    @Test(arguments: [
        "", "MiB", "-1", "+1", " 1", "1 MiB", "1.5G", "1e9", "0x10", "5Z", "5MiBs", "９M",
    ])
    func whatIsNoSizeIsRefused(text: String) {
        #expect(throws: ByteSize.Problem.notASize) { try ByteSize(text) }
    }

    @Test(arguments: ["9223372036854775808", "9223372036854775807K", "8589934592G", "8388608T"])
    func whatNoMachineHasIsRefusedAsSuch(text: String) {
        #expect(throws: ByteSize.Problem.tooMuch) { try ByteSize(text) }
    }
}
