package import Kademlia
package import NIOCore
package import WebSocketTransport

/// A join from outside, as a newcomer makes it, hop by hop: which one fails, and what to do about it.
///
/// It is a real one: a real helper is named and asked to invite. It leaves no more behind than that. The trial peer is none that
/// anybody is led to (``TrialIdentity``), it opens no link into the DHT, and says goodbye with 1000.
package struct JoinTrial: Sendable {
    /// How long each hop may take.
    package struct Limits: Sendable, Equatable {
        /// Of dns, tcp, tls and upgrade, each.
        package var connection = JoinTrialDefaults.connection
        package var register = JoinTrialDefaults.register
        package var answer = JoinTrialDefaults.answer
        package var helper = JoinTrialDefaults.helper
        /// Of all of them together.
        package var total = JoinTrialDefaults.total

        package init() {}
    }

    package struct Configuration: Sendable {
        package var target: WebSocketURL
        /// Whom to believe on `wss`, the target and the helper alike.
        package var trust = ClientTrust.system
        /// A new one for each trial: servers remember whom they led into the network.
        package var identity = TrialIdentity()
        package var limits = Limits()
        /// False: the trial ends once it is registered. For a network that nobody has begun: whoever asks first begins it, and the
        /// trial leaves at once.
        package var asks = true
        /// False: the trial ends with the answer.
        package var reachesHelper = true

        package init(target: WebSocketURL) {
            self.target = target
        }

        /// As which the trial registers.
        package var nodeID: NodeID { identity.nodeID }
    }

    package var configuration: Configuration
    private let eventLoop: any EventLoop

    package init(configuration: Configuration, on eventLoop: any EventLoop) {
        self.configuration = configuration
        self.eventLoop = eventLoop
    }

    /// Joins, and leaves. Ends within the limits, at once when the task is cancelled, and then says so as the failure of a step.
    ///
    /// - Parameter onStep: hears of each step when it is over.
    package func run(onStep: @escaping @Sendable (JoinTrialReport.Step) -> Void = { _ in }) async -> JoinTrialReport {
        let start = ContinuousClock.now
        var run = TrialRun(configuration: configuration, eventLoop: eventLoop, start: start, onStep: onStep)
        let outcome = await run.join()
        await run.leave()
        return JoinTrialReport(
            steps: run.steps,
            outcome: outcome,
            receipt: run.receipt,
            duration: ContinuousClock.now - start
        )
    }
}
