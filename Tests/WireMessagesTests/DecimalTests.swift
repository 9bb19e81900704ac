import Testing
import WireMessages

@Suite struct DecimalTests {
    @Test(arguments: [
        (0.0, 2, "0"), (3.0, 2, "3"), (2.5, 2, "2.5"), (-0.125, 3, "-0.125"), (0.05, 2, "0.05"), (0.004, 2, "0"),
        (-0.004, 2, "0"), (1.005, 1, "1"), (99.999, 2, "100"), (-7.1, 1, "-7.1"), (12.0, 0, "12"),
        (.infinity, 2, "0"), (.nan, 2, "0"), (1e30, 2, "0"),
    ])
    func numberIsRoundedAndHasNoZerosAtItsEnd(value: Double, places: Int, text: String) {
        let json = RawJSON.object { writer in
            writer.key("n" as StaticString)
            writer.decimal(value, places: places)
        }
        #expect(json.description == "{\"n\":\(text)}")
    }
}
