import Observation
import Testing

@Suite struct StateHistoryTests {
    @Test func redialsOfABridgeThatIsAwayAreNoChange() {
        var history = StateHistory(.connecting, at: 0)
        let states: [BridgeState] = [.connected, .disconnected, .connecting, .disconnected, .connecting, .connected]
        for (index, state) in states.enumerated() { history.observe(state, at: Int64(index + 1) * 1_000) }
        #expect(history.changes.map(\.state) == [.connecting, .connected, .disconnected, .connected])
        #expect(history.changes.map(\.at) == [0, 1_000, 2_000, 6_000])
    }

    @Test func refusalStaysUntilItIsConnected() {
        var history = StateHistory(.failed, at: 0)
        history.observe(.connecting, at: 1)
        history.observe(.disconnected, at: 2)
        #expect(history.changes.map(\.state) == [.failed])
        history.observe(.connected, at: 3)
        #expect(history.changes.map(\.state) == [.failed, .connected])
    }

    @Test func stateIsKnownForAllOfTheLastHours() {
        var history = StateHistory(.connected, at: 0)
        history.observe(.disconnected, at: 1_000)
        history.observe(.connected, at: 2_000)
        history.observe(.connected, at: 1_500 + StateHistory.keptFor)
        #expect(history.changes.map(\.state) == [.disconnected, .connected], "the first begins before the last hours")
        history.observe(.connected, at: 2_000 + StateHistory.keptFor)
        #expect(history.changes.map(\.state) == [.connected])
    }

    @Test func changesAreBounded() {
        var history = StateHistory(.connected, at: 0)
        for index in 1...1_000 { history.observe(index % 2 == 0 ? .connected : .disconnected, at: Int64(index)) }
        #expect(history.changes.count == StateHistory.maxChanges)
        #expect(history.current.at == 1_000)
    }
}
