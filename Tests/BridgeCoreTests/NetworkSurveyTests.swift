import BridgeCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping

@Suite struct NetworkSurveyTests {
    private let now = Moment(instant: .zero + .seconds(100_000), unixMilliseconds: 1_800_000_000_000)

    private func peer(
        _ id: NodeID,
        silence: Duration = .zero,
        age: Duration = .zero,
        isBridge: Bool = false,
        isLeaving: Bool = false
    ) -> ObservedPeer {
        ObservedPeer(
            id: id,
            isBridge: isBridge,
            lastHeard: now.instant - silence,
            connectedSince: now.instant - age,
            isLeaving: isLeaving
        )
    }

    private func survey(_ peers: [ObservedPeer], asker: NodeID? = nil) -> NetworkSurvey {
        var survey = NetworkSurvey(observer: 0xb0, asker: asker, at: now)
        for peer in peers { survey.add(peer) }
        return survey
    }

    /// Expected is what JavaScript prints for these peers in the shape that existing bridges hash.
    @Test func fingerprintIsThatOfExistingBridges() {
        var token = peer(0xa, age: .seconds(7_200))
        (token.showsToken, token.tokenNodeID) = (true, 0xa)
        var member = peer(0x1f)
        member.showsToken = true
        let text = String(decoding: survey([member, peer(9), token]).fingerprint.text, as: UTF8.self)
        #expect(
            text == """
                {"activePeers":["0000000000000000000000000000000000000009","000000000000000000000000000000000000000a",\
                "000000000000000000000000000000000000001f"],"validAnnouncements":[\
                {"peerId":"000000000000000000000000000000000000000a",\
                "membershipToken":"000000000000000000000000000000000000000a","timestamp":499998},\
                {"peerId":"000000000000000000000000000000000000001f","membershipToken":null,"timestamp":500000}],\
                "observerNodeId":"00000000000000000000000000000000000000b0","timestamp":500000}
                """
        )
        let nobody = String(decoding: survey([]).fingerprint.text, as: UTF8.self)
        #expect(nobody.hasPrefix(#"{"activePeers":[],"validAnnouncements":[],"observerNodeId""#))
    }

    @Test(arguments: SeededGenerator.seeds(5)) func fingerprintNamesTheFirstTenInWhateverOrderTheyCome(seed: UInt64) {
        print("survey seed \(seed)")
        var chance = SeededGenerator(seed: seed)
        let peers = (0..<40).map { _ in
            var peer = peer(.random(using: &chance), silence: .seconds(Int.random(in: 0...600, using: &chance)))
            peer.showsToken = Bool.random(using: &chance)
            if Bool.random(using: &chance) { peer.tokenNodeID = Bool.random(using: &chance) ? peer.id : 5 }
            return peer
        }
        let one = survey(peers)
        let other = survey(peers.shuffled(using: &chance))
        #expect(one.fingerprint == other.fingerprint)
        #expect(one.activeMember == other.activeMember)
        let active = peers.filter { now.instant - $0.lastHeard < .seconds(300) }.map(\.id).sorted()
        #expect(one.activePeers == active.count)
        let announced = peers.filter { $0.showsToken && ($0.tokenNodeID ?? $0.id) == $0.id }.map(\.id).sorted()
        #expect(one.announcements == announced.count)
        let list = active.prefix(10).map { "\"\($0)\"" }.joined(separator: ",")
        let text = String(decoding: one.fingerprint.text, as: UTF8.self)
        #expect(text.hasPrefix("{\"activePeers\":[\(list)],"))
        let names = text.split(separator: #"{"peerId":""#).dropFirst().map { String($0.prefix(40)) }
        #expect(names == announced.prefix(10).map(\.description))
    }

    @Test func memberHeardLastIsNamedAndNeverABridgeTheAskerOrOneThatLeaves() {
        let peers = [
            peer(0x1, isBridge: true), peer(0x2), peer(0x3, isLeaving: true), peer(0x14, silence: .seconds(3)),
            peer(0x13, silence: .seconds(3)), peer(0x15, silence: .seconds(4)),
        ]
        let survey = survey(peers, asker: 0x2)
        #expect(survey.activeMember == 0x13)
        #expect(survey.ailment == nil)
        #expect(survey.activePeers == 5)
        #expect(survey.members == 4)
    }

    @Test func networkIsUnhealthyBelowTwoActivePeersOrWithoutARecentOne() {
        #expect(survey([]).ailment == "Network unhealthy: Insufficient active peers")
        #expect(survey([peer(1)]).ailment == "Network unhealthy: Insufficient active peers")
        #expect(survey([peer(1), peer(2)], asker: 2).ailment == "Network unhealthy: Insufficient active peers")
        #expect(survey([peer(1), peer(2, silence: .seconds(300))]).ailment != nil)
        let quiet = [peer(1, silence: .seconds(60)), peer(2, silence: .seconds(299))]
        #expect(survey(quiet).ailment == "No active DHT members observed")
        #expect(survey([peer(1, silence: .milliseconds(59_999)), peer(2)]).ailment == nil)
        #expect(survey([peer(1, isBridge: true), peer(2, isBridge: true)]).ailment == "No active DHT members observed")
    }
}
