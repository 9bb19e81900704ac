import Testing
import WireMessages

@Suite struct RawJSONTests {
    static let integers: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil), ("1.5", nil),
        ("1.0", nil),
        ("1e3", nil), ("1e400", nil), ("1e-400", nil), (#""7""#, nil), ("true", nil), ("[7]", nil),
    ]

    /// J03.
    @Test(arguments: integers) func onlyExactIntegersReadAsIntegers(text: String, value: Int64?) throws {
        #expect(try RawJSON(checking: Array("{\"n\":\(text)}".utf8)).int64("n") == value)
    }

    @Test func compactValueIsTheSameAndHasNoRoomLeft() {
        let value = RawJSON.object { $0.member("nodeType", "nodejs") }
        let compact = value.compact()
        #expect(compact == value)
        #expect(compact.bytes.capacity < value.bytes.capacity)
        // What an allocator rounds up to.
        #expect(compact.bytes.capacity - compact.bytes.count < 32)
    }

    @Test func membersReadByTheirUnescapedNames() {
        let raw: RawJSON = #"{"\u0061b":"x","c":null,"d":true,"e":[1.50, 2],"f":"\u00e9\n"}"#
        #expect(raw.string("ab") == "x")
        #expect(raw.member("c") == nil)
        #expect(raw.bool("d") == true)
        #expect(raw.member("e")?.description == "[1.50, 2]")
        #expect(raw.member("f")?.description == #""\u00e9\n""#)
        #expect(raw.string("f") == "é\n")
        #expect(raw.member("missing") == nil)
        #expect((#""text""# as RawJSON).member("a") == nil)
    }

    @Test func keepingAndRemovingLeaveOrderAndBytesOfTheRest() {
        let raw: RawJSON = #"{"z":1.00,"a":{"b" : "\u0041"},"secret":"s","m":null}"#
        #expect(raw.keeping(["a", "z", "none"]).description == #"{"z":1.00,"a":{"b" : "\u0041"}}"#)
        #expect(raw.removing(["secret"]).description == #"{"z":1.00,"a":{"b" : "\u0041"},"m":null}"#)
        #expect(("[1]" as RawJSON).keeping(["a"]) == .emptyObject)
    }

    @Test func addingReplacesAMemberOfThatName() {
        let raw: RawJSON = #"{"emergencyTarget":false,"a":1}"#
        #expect(raw.adding("emergencyTarget", true).description == #"{"a":1,"emergencyTarget":true}"#)
        #expect(RawJSON.emptyObject.adding("a\"b", "c\\").description == #"{"a\"b":"c\\"}"#)
        #expect(
            RawJSON.emptyObject.markedAsTarget(fromBridgeRouting: true).description
                == #"{"emergencyTarget":true,"directConnection":true,"fromBridgeRouting":true}"#
        )
    }

    @Test func whatTheWriterEscapesTheScannerReadsBack() throws {
        var text = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
        text += "\u{2028}\u{feff}😀\u{10ffff}"
        let raw = RawJSON.object { $0.member("k", text) }
        #expect(try RawJSON(checking: raw.bytes).string("k") == text)
        let numbers: [Int64] = [0, -1, 10, 1_795_344_183_908, .max, .min]
        let list = RawJSON.object { $0.member("n", numbers) }
        #expect(list.description == #"{"n":[0,-1,10,1795344183908,9223372036854775807,-9223372036854775808]}"#)
    }
}
