import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Timekeeping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A WebSocket as a load needs it: plays scripts with next to no work of its own, so that what is measured is the server.
///
/// There is no HTTP and no general frame codec in it, only what a correct server may answer to our own fixed requests; from
/// any other server a failure is counted. The methods may be called from any thread.
struct LoadSocket: Sendable {
    /// The outcome of a script. After a failure the connection is closed.
    typealias End = @Sendable (LoadSocket, LoadOutcome) -> Void

    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<LoadSocketHandler>

    /// Dials, plays the script, and closes. The latency runs from the dial to the last wanted answer; `end` is called once, when
    /// the server has closed the TCP connection, so a closed loop never has more sockets open than operations under way.
    static func play(
        _ script: any Script,
        at target: LoadTarget,
        on eventLoop: any EventLoop,
        clock: SystemClock,
        end: @escaping @Sendable (LoadOutcome) -> Void
    ) {
        dial(script, at: target, from: nil, on: eventLoop, clock: clock, lost: nil) { _, outcome in end(outcome) }
    }

    /// Dials, plays the script, and stays, answering pings, until ``leave()``.
    ///
    /// - Parameters:
    ///   - source: the address of this machine to dial from; nil: whichever the system takes.
    ///   - lost: called at most once, if the connection ends although nobody asked for it and no script was being played.
    ///   - end: called once; after a success at once, after a failure when the connection is closed.
    static func open(
        _ script: any Script,
        at target: LoadTarget,
        from source: SocketAddress?,
        on eventLoop: any EventLoop,
        clock: SystemClock,
        lost: @escaping @Sendable (String) -> Void,
        end: @escaping End
    ) {
        dial(script, at: target, from: source, on: eventLoop, clock: clock, lost: lost, end: end)
    }

    /// Has another conversation. To be called after the end of the one before.
    func play(_ script: any Script, end: @escaping End) {
        onLoop { handler in handler.play(script) { end(self, $0) } }
    }

    /// Closes the connection; nothing is heard of it any more.
    func leave() {
        onLoop { $0.leave() }
    }

    private func onLoop(_ body: @escaping @Sendable (LoadSocketHandler) -> Void) {
        if eventLoop.inEventLoop {
            body(handler.value)
        } else {
            eventLoop.execute { [handler] in body(handler.value) }
        }
    }

    private static func dial(
        _ script: any Script,
        at target: LoadTarget,
        from source: SocketAddress?,
        on eventLoop: any EventLoop,
        clock: SystemClock,
        lost: (@Sendable (String) -> Void)?,
        end: @escaping End
    ) {
        guard eventLoop.inEventLoop else {
            return eventLoop.execute {
                dial(script, at: target, from: source, on: eventLoop, clock: clock, lost: lost, end: end)
            }
        }
        let handler = LoadSocketHandler(
            request: target.upgradeRequest,
            mask: MaskSource(seed: nextSeed.wrappingAdd(1, ordering: .relaxed).newValue),
            clock: clock,
            lost: lost
        )
        let bound = NIOLoopBound(handler, eventLoop: eventLoop)
        let socket = LoadSocket(eventLoop: eventLoop, handler: bound)
        handler.begin(script, on: eventLoop) { end(socket, $0) }
        bootstrap(from: source, on: eventLoop, handler: bound)
            .connect(to: target.address)
            .whenFailure { error in bound.value.over("connect: \(error)") }
    }

    private static func bootstrap(
        from source: SocketAddress?,
        on eventLoop: any EventLoop,
        handler: NIOLoopBound<LoadSocketHandler>
    ) -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(LoadDefaults.patience))
            // Answers are short. What does not adapt costs nothing, and the buffers of a loop are pooled.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: LoadDefaults.readBytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
        guard let source else { return bootstrap }
        #if os(Linux)
            // Picks the port when the destination is known, so that ports are short per destination and not altogether.
            return bootstrap.channelOption(
                ChannelOptions.Types.SocketOption(level: .ip, name: .init(rawValue: IP_BIND_ADDRESS_NO_PORT)),
                value: 1
            ).bind(to: source)
        #else
            return bootstrap.bind(to: source)
        #endif
    }

    private static let nextSeed = Atomic<UInt64>(UInt64.random(in: .min ... .max))
}
