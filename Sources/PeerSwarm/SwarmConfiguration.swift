import PeerCore
import Timekeeping
package import WebSocketTransport

extension PeerSwarm {
    /// How many peers leave, and how. For each one that leaves a newcomer with an id of its own joins at once.
    package struct Churn: Sendable, Equatable {
        /// So many percent of the peers leave per minute.
        package var percentPerMinute: Double
        /// Of a hundred leavers, how many fall silent. The others leave in order twice as often as abruptly.
        package var silentPercent: Double

        package static let none = Churn(percentPerMinute: 0)

        /// Most peers of a real network are ended by somebody, some are killed, and a few lose their network.
        package static let defaultSilentPercent = 10.0

        package init(percentPerMinute: Double, silentPercent: Double = Churn.defaultSilentPercent) {
            self.percentPerMinute = percentPerMinute
            self.silentPercent = silentPercent
        }
    }

    /// How many peers there are, where they go, and how fast they come.
    package struct Configuration: Sendable {
        /// When peers begin their joins. The first one always goes ahead, because only one can be genesis.
        package enum Arrival: Sendable, Equatable {
            /// All others together, as soon as the first is in.
            case together
            /// The others one after the other, so many a second.
            case perSecond(Double)
        }

        /// The client endpoint of the bootstrap server.
        package var bootstrap: WebSocketURL
        package var count: Int
        package var arrival = Arrival.together
        /// The address that peers listen on and name to others.
        package var host = "127.0.0.1"
        /// The one port of all peers, told apart by path; 0 is any free one.
        package var port = 0
        /// When a join that has not succeeded counts as failed.
        package var joinTimeout = Duration.seconds(30)
        /// How long the first peer may take before the others come anyway. Without the first one inside they would find an
        /// empty network, but waiting for ever tells nobody what is wrong.
        package var leadTimeout = Duration.seconds(10)
        /// How many peers leave and are replaced, from the moment when every join of the first ones has ended.
        package var churn = Churn.none
        /// Ids, keys and choices follow from it; nil draws them from the system.
        package var seed: UInt64?

        package init(bootstrap: WebSocketURL, count: Int) {
            self.bootstrap = bootstrap
            self.count = count
        }
    }
}

/// What the swarm looks like at one moment: a plain value for reports.
package struct SwarmSnapshot: Sendable, Encodable, Equatable {
    package struct Joins: Sendable, Encodable, Equatable {
        /// Joins begun. The genesis peer's is one of them.
        package var attempted = 0
        package var succeeded = 0
        package var failed = 0
        /// Their peers left before the join had ended.
        package var abandoned = 0
        /// How old this process was when the first newcomer had its DHT link with a helper; nil before that.
        package var firstAfterSeconds: Double?
        /// From a newcomer's first request to the answer that named its helper; nil before the first such answer.
        package var p50Ms: Double?
        package var p99Ms: Double?
        /// From a newcomer's first request to its DHT link with the helper.
        package var linkP50Ms: Double?
        package var linkP99Ms: Double?

        private enum CodingKeys: String, CodingKey {
            case attempted, succeeded, failed, abandoned, firstAfterSeconds, p50Ms, p99Ms, linkP50Ms, linkP99Ms
        }

        /// A key that a script looks for is always there, if only as null.
        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(attempted, forKey: .attempted)
            try container.encode(succeeded, forKey: .succeeded)
            try container.encode(failed, forKey: .failed)
            try container.encode(abandoned, forKey: .abandoned)
            try container.encode(firstAfterSeconds, forKey: .firstAfterSeconds)
            try container.encode(p50Ms, forKey: .p50Ms)
            try container.encode(p99Ms, forKey: .p99Ms)
            try container.encode(linkP50Ms, forKey: .linkP50Ms)
            try container.encode(linkP99Ms, forKey: .linkP99Ms)
        }
    }

    /// One join that failed.
    package struct Failure: Sendable, Encodable, Equatable {
        package var peer: String
        package var reason: String
    }

    /// Peers that left, and newcomers that took their places. The newcomers' joins are among the joins.
    package struct Churn: Sendable, Encodable, Equatable {
        /// The sum of the next three.
        package var left = 0
        package var orderly = 0
        package var abrupt = 0
        package var silent = 0
        package var came = 0
    }

    /// What became of the helpers that join answers with the status `peer_found` named.
    package struct Introductions: Sendable, Encodable, Equatable {
        /// Answers that named one of our peers; the sum of the next four.
        package var total = 0
        /// The newcomer got a DHT link with the helper within 10 s, or had one.
        package var connected = 0
        package var failed = 0
        /// Their 10 s are not over yet.
        package var undecided = 0
        /// The newcomer itself left before it was decided.
        package var withdrawn = 0
        /// Answers whose helper had left more than 5 s before the newcomer read them.
        package var helperGone = 0
        /// The longest that a named helper had been gone; 0 when all were there.
        package var worstHelperGoneMs: Int64 = 0

        package init() {}

        init(_ counts: IntroductionLedger.Counts) {
            total = counts.total
            connected = counts.connected
            failed = counts.failed
            undecided = counts.undecided
            withdrawn = counts.withdrawn
            helperGone = counts.helperGone
            worstHelperGoneMs = counts.worstHelperGone.wholeMilliseconds
        }
    }

    package var joins = Joins()
    package var churn = Churn()
    package var introductions = Introductions()
    /// The peer that was made the first of the network, if it is one of ours.
    package var genesis: String?
    /// Peers that have at least one DHT link now.
    package var connectedPeers = 0
    package var messagesSent: UInt64 = 0
    package var messagesReceived: UInt64 = 0
    /// The first few failures; `joins.failed` counts them all.
    package var failures: [Failure] = []

    package init() {}
}
