import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

private let now = Instant.helperTestTime
private let server = Reach.dialable(secure: false)

/// Who can help, and who comes first.
@Suite struct HelperChoiceTests {
    // MARK: Who can

    @Test func nobodyUnfitIsEverChosen() {
        let unfit: [HelperCandidate] = [
            .helper(1, kind: .bridge),
            .helper(2, heard: .seconds(61)),
            .helper(3, hidden: true),
            .browser(4, connected: .seconds(29)),
            .helper(0x99),
        ]
        #expect(choices(unfit) == [])
        #expect(choices([]) == [])
        #expect(choices(unfit + [.helper(5, heard: .seconds(60))]) == [5])
    }

    @Test func helpersTriedAMomentAgoAreNotChosenAgain() {
        let four: [HelperCandidate] = (1...4).map { .helper(NodeID(integerLiteral: $0)) }
        #expect(choices(four, excluding: [1, 2, 3]) == [4])
        #expect(choices(four, excluding: [1, 2, 2]) == [3, 4])
        #expect(choices(four, excluding: [1, 2, 3, 4]) == [])
        let many: [HelperCandidate] = (1...40).map { .helper(NodeID(integerLiteral: $0)) }
        #expect(choices(many, excluding: [1, 2, 3]).isDisjoint(with: [1, 2, 3]))
    }

    @Test func anotherGroupHelpsWhenAllOfTheBestWereTried() {
        let candidates: [HelperCandidate] = [
            .helper(1), .helper(2), .helper(3, token: false), .helper(4, token: false),
        ]
        #expect(choices(candidates, excluding: [1]) == [2])
        #expect(choices(candidates, excluding: [1, 2]) == [3, 4])
    }

    @Test func browserIsNoHelperBeforeItHasStayedFor30Seconds() {
        let tab = HelperCandidate.browser(1, connected: .zero)
        var pool = HelperPool([tab])
        #expect(pool.choices(.browser(.easy), at: now) == [])
        #expect(pool.choices(.browser(.easy), at: now + .milliseconds(29_999)) == [])
        #expect(pool.choices(.browser(.easy), at: now + .seconds(30)) == [1])
    }

    @Test func hiddenTabIsChosenAgainOnceItIsShown() {
        var pool = HelperPool([.browser(1, hidden: true)])
        #expect(pool.choices() == [])
        pool.update(1) { $0.isTabHidden = false }
        #expect(pool.choices(.browser(.unknown)) == [1])
    }

    @Test func silentHelperComesBackWithItsNextMessage() {
        var pool = HelperPool([.helper(1)])
        #expect(pool.choices(at: now + .seconds(60)) == [1])
        #expect(pool.choices(at: now + .milliseconds(60_001)) == [])
        #expect(pool.choices(at: now + .seconds(90)) == [])
        pool.heard(1, at: now + .seconds(91))
        #expect(pool.choices(at: now + .seconds(91)) == [1])
    }

    // MARK: Who can meet whom

    @Test func prospectsAreWhatTheProtocolAllows() {
        // Rows and columns as in `Reach.allCases`: wss, ws, easy, hard and unknown browsers, unreachable, unknown.
        let table = [
            "sssssss",
            "sshhhss",
            "shsssnh",
            "shshhnh",
            "shshsnh",
            "ssnnnnh",
            "sshhhhh",
        ]
        for (row, helper) in zip(table, Reach.allCases) {
            for (letter, newcomer) in zip(row, Reach.allCases) {
                let expected: Prospect = letter == "s" ? .sure : letter == "h" ? .hope : .none
                #expect(Prospect(of: helper, with: newcomer) == expected, "\(helper) with \(newcomer)")
                #expect(Prospect(of: newcomer, with: helper) == expected, "\(newcomer) with \(helper)")
            }
        }
    }

    @Test func browserNewcomerGetsAHelperItCanMeet() {
        let portless = HelperCandidate.helper(1, reach: .unreachable)
        let plain = HelperCandidate.helper(2, reach: .dialable(secure: false))
        let secure = HelperCandidate.helper(3, reach: .dialable(secure: true))
        let stateless = HelperCandidate.helper(4, kind: .unknown, reach: .unknown)
        #expect(choices([portless], for: .browser(.easy)) == [])
        #expect(choices([portless, plain], for: .browser(.easy)) == [2], "its page may be plain http")
        #expect(choices([portless, plain, secure, stateless], for: .browser(.easy)) == [3])
        #expect(choices([portless, plain, .browser(5)], for: .browser(.easy)) == [5])
        #expect(choices([portless, stateless], for: .browser(.easy)) == [4])
        #expect(choices([portless], for: server) == [1], "a newcomer with an address is dialled by the helper")
        #expect(choices([portless, .browser(5)], for: .unreachable) == [])
    }

    @Test func hardNATsAreKeptApartWhenOthersCanHelp() {
        let hard = HelperCandidate.browser(1, .hard)
        let easy = HelperCandidate.browser(2, .easy)
        let plain = HelperCandidate.helper(3, reach: .dialable(secure: false))
        let unheardOf = HelperCandidate.browser(4, .unknown)
        #expect(choices([hard, easy, plain, unheardOf], for: .browser(.hard)) == [2])
        #expect(choices([hard, plain, unheardOf], for: .browser(.hard)) == [1, 3, 4])
        #expect(choices([hard], for: .browser(.hard)) == [1], "hope beats nothing")
        #expect(choices([hard, easy], for: .browser(.easy)) == [1, 2])
    }

    // MARK: Who comes first

    @Test func seenTokenBeatsHope() {
        #expect(choices([.helper(1, token: false), .helper(2, token: true)]) == [2])
        #expect(choices([.helper(1, token: false)]) == [1], "but hope beats nothing")
    }

    @Test func whoeverInvitedHasAToken() {
        let proved = HelperCandidate.helper(1, token: false).with { $0.record(.accepted, at: now) }
        let mute = HelperCandidate.helper(2, token: false).with { $0.record(.failed, at: now) }
        #expect(choices([proved, mute, .helper(3, token: false)]) == [1])
    }

    @Test func newPeerComesAfterProvenOnesAndIsStillUsable() {
        let fresh = HelperCandidate.helper(1, kind: .unknown, connected: .zero, roundTrip: nil, reach: .unknown)
        let proven = HelperCandidate.helper(2, kind: .unknown, connected: .seconds(1), roundTrip: nil, reach: .unknown)
        #expect(choices([fresh]) == [1], "the genesis peer of a network that is not a second old")
        #expect(choices([fresh, proven]) == [2])
        var pool = HelperPool([fresh, proven.with { $0.load.add(at: now) }])
        #expect(pool.choices(at: now + .milliseconds(999)) == [2], "however busy that is")
        #expect(pool.choices(at: now + .seconds(1)) == [1], "from now on load decides")
    }

    @Test func answeredPingProvesAPeerAtOnce() {
        var pool = HelperPool([
            .helper(1, connected: .zero, roundTrip: nil), .helper(2, connected: .zero, roundTrip: nil),
        ])
        #expect(pool.choices() == [1, 2])
        pool.update(1) { $0.measured(.milliseconds(3)) }
        #expect(pool.choices() == [1])
    }

    @Test func groupsAreTriedInOrderOfWeight() {
        let resting = HelperCandidate.helper(1).with { $0.record(.silent, at: now) }
        var order: [HelperCandidate] = [
            .helper(10),
            .helper(11, connected: .zero, roundTrip: nil),
            .helper(12, token: false),
            .helper(13, connected: .zero, roundTrip: nil, token: false),
            .helper(14, reach: .unknown),
            .helper(15, connected: .zero, roundTrip: nil, token: false, reach: .unknown),
            resting,
            .helper(16).with { $0.isUnresponsive = true },
        ]
        while let best = order.first {
            #expect(choices(order, for: .unreachable) == [best.id])
            order.removeFirst()
        }
    }

    // MARK: Who of them

    @Test func qualityDecidesBetweenEquallyLoadedHelpers() {
        let steady = HelperCandidate.helper(1)
        #expect(choices([steady, .helper(2, connected: .seconds(10))]) == [1])
        #expect(choices([steady, .helper(2, roundTrip: .milliseconds(900))]) == [1])
        #expect(choices([steady, .helper(2, dialledUs: false)]) == [1])
        #expect(choices([steady, .helper(2).with { $0.record(.failed, at: now) }]) == [1])
        #expect(choices([steady, .helper(2).with { $0.record(.connected, at: now) }]) == [2])
    }

    @Test func loadDecidesBeforeQuality() {
        let asked = HelperCandidate.helper(1).with {
            for _ in 0..<50 { $0.record(.connected, at: now) }
            $0.load.add(at: now)
        }
        let poor = HelperCandidate.helper(2, connected: .seconds(1), roundTrip: .seconds(2), dialledUs: false).with {
            for _ in 0..<2 { $0.record(.failed, at: now) }
        }
        #expect(choices([asked, poor]) == [2])
        #expect(HelperChoice.cost(of: poor, at: now) < 1)
    }

    @Test func roundTripIsSmoothed() {
        var candidate = HelperCandidate.helper(1, roundTrip: nil)
        candidate.measured(.milliseconds(100))
        #expect(candidate.roundTrip == .milliseconds(100))
        candidate.measured(.milliseconds(500))
        #expect(candidate.roundTrip == .milliseconds(200))
        for _ in 0..<40 { candidate.measured(.milliseconds(20)) }
        #expect(abs((candidate.roundTrip ?? .zero).fractionalMilliseconds - 20) < 1)
    }

    @Test func loadHalvesInTenSeconds() {
        var load = AssignmentLoad()
        for _ in 0..<8 { load.add(at: now) }
        #expect(load.value(at: now) == 8)
        #expect(load.value(at: now + .seconds(5)) == 6)
        #expect(load.value(at: now + .seconds(10)) == 4)
        #expect(load.value(at: now + .seconds(30)) == 1)
        #expect(load.value(at: now + .seconds(100)) == 0)
    }
}
