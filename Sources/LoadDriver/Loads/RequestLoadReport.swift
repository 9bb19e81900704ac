/// What `causeway bench rpc` found.
package struct RequestLoadReport: Sendable, Encodable {
    package let bench = "rpc"
    /// The bridge that was measured.
    package var target: String
    package var windows: [Window]
    package let confidence = RatioEstimate.method

    package struct Window: Sendable, Encodable {
        package var window: Int
        /// All requests over one authenticated link.
        package var persistent: MeasuredSide
        /// Each request over a connection of its own: connect, authenticate, ask, close.
        package var perConnection: MeasuredSide
        /// Authenticated links that the persistent side used; more than one means that a link was lost on the way.
        package var linksOpened: Int
        package var ratio: ModeRatios
        package var noise: MachineNoise

        init(
            window: Int,
            persistent: MeasuredSide,
            perConnection: MeasuredSide,
            linksOpened: Int,
            noise: MachineNoise
        ) {
            self.window = window
            self.persistent = persistent
            self.perConnection = perConnection
            self.linksOpened = linksOpened
            self.noise = noise
            ratio = ModeRatios(persistent, over: perConnection)
        }
    }

    package var failed: Int {
        windows.reduce(0) { $0 + $1.failed }
    }

    /// For people.
    package var table: String {
        var table = TextTable(heading: ["onboarding requests"] + MeasuredSide.heading)
        for window in windows {
            table.add(["window \(window.window), one link"] + window.persistent.cells)
            table.add(["window \(window.window), one connection each"] + window.perConnection.cells)
        }
        var lines = ["onboarding requests at \(target)", table.text, MeasuredSide.legend]
        for window in windows { lines += window.lines(of: "window \(window.window)") }
        return (lines + ["(ratios: \(confidence))"]).joined(separator: "\n")
    }
}

extension RequestLoadReport.Window {
    /// A link that was lost and replaced is a failure, too, though every request may have been answered.
    var failed: Int { persistent.all.failedInAll + perConnection.all.failedInAll + max(0, linksOpened - 1) }

    /// What the figures mean, and what went wrong.
    func lines(of name: String) -> [String] {
        var lines = ["\(name): one link does \(ratio.text) of one connection each", noise.line(of: name)]
        lines += persistent.all.failureLines(of: "\(name), one link")
        lines += perConnection.all.failureLines(of: "\(name), one connection each")
        if linksOpened > 1 {
            lines.append("LINK LOST: \(name) needed \(linksOpened) links instead of one")
        }
        return lines
    }
}

/// The persistent mode against the stateless one, measured in the same run. nil: a side had no success.
package struct ModeRatios: Sendable, Encodable {
    /// Operations per second.
    package var throughput: RatioEstimate?
    /// The median latency.
    package var p50: RatioEstimate?
    /// Processor time of the server for each operation.
    package var cpu: RatioEstimate?

    init(_ persistent: MeasuredSide, over stateless: MeasuredSide) {
        throughput = RatioEstimate(throughputOf: persistent, over: stateless)
        p50 = RatioEstimate(medianOf: persistent, over: stateless)
        cpu = RatioEstimate(processorOf: persistent, over: stateless)
    }

    /// For people.
    var text: String {
        """
        \(throughput?.text ?? "-") times the throughput, \(p50?.text ?? "-") times the median latency and \
        \(cpu?.text ?? "-") times the server's processor time
        """
    }
}
