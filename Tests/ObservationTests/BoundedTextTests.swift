import Observation
import Testing

@Suite struct BoundedTextTests {
    @Test func plainTextStays() {
        #expect(BoundedText.clean("wss://bridge.example/ä", maxBytes: 40) == "wss://bridge.example/ä")
    }

    @Test(arguments: ["a\nb", "a\u{202E}b", "a\u{0}b", "a\u{2028}b", "a\u{1B}b"])
    func whatChangesMoreThanItsPlaceBecomesASpace(text: String) {
        #expect(BoundedText.clean(text, maxBytes: 10) == "a b")
    }

    @Test func longTextEndsAtABorderWithinTheBound() {
        #expect(BoundedText.clean("ääää", maxBytes: 8) == "ääää")
        #expect(BoundedText.clean("äääää", maxBytes: 8) == "ää…")
        #expect(BoundedText.clean(String(repeating: "x", count: 60_000), maxBytes: 96).utf8.count == 96)
        // One character of many marks.
        #expect(BoundedText.clean("e" + String(repeating: "\u{301}", count: 60_000), maxBytes: 96).utf8.count <= 96)
    }
}
