import Kademlia
import Synchronization
import Telemetry

/// The ids of those who take part in a measurement: random, as those of a network are.
enum NewcomerID {
    private static let randomness = Mutex(BufferedRandomness())

    static func next() -> NodeID {
        randomness.withLock { NodeID.random(using: &$0) }
    }
}
