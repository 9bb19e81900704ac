import Telemetry
import Testing

@Suite struct SecretTests {
    @Test func onlyTheWholeTextMatches() {
        let secret = Secret("correct horse")
        #expect(secret.matches("correct horse"))
        for wrong in ["", "correct", "correct horse ", "correct horsE", "Correct horse", "correct horsecorrect horse"] {
            #expect(!secret.matches(wrong))
        }
    }

    @Test func anEmptySecretMatchesNothing() {
        #expect(!Secret("").matches(""))
        #expect(!Secret("").matches("x"))
        #expect(Secret("").isEmpty)
    }

    @Test func noDescriptionShowsIt() {
        struct Holder { var secret = Secret("hunter2") }
        var dumped = ""
        dump(Holder(), to: &dumped)
        for text in ["\(Holder())", "\(Secret("hunter2"))", String(reflecting: Holder()), dumped] {
            #expect(!text.contains("hunter2"))
        }
        #expect(Secret("hunter2").reveal() == "hunter2")
    }
}
