public import Timekeeping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the process uses of its machine, at one moment. A number is nil where the kernel does not tell, as outside Linux.
public struct ProcessResources: Sendable, Equatable {
    /// Memory that is really there, shared libraries included.
    public var residentBytes: Int?
    /// Files, sockets and the like.
    public var openDescriptors: Int?
    public var threads: Int?
    /// Of all threads, in user and kernel mode, since the process started.
    public var processorTime: Duration?
    public var readAt: Instant

    public init(
        residentBytes: Int? = nil,
        openDescriptors: Int? = nil,
        threads: Int? = nil,
        processorTime: Duration? = nil,
        readAt: Instant
    ) {
        self.residentBytes = residentBytes
        self.openDescriptors = openDescriptors
        self.threads = threads
        self.processorTime = processorTime
        self.readAt = readAt
    }

    /// Asks the kernel: three small reads, some ten microseconds. Before Linux 6.2 it also costs half a microsecond per open
    /// descriptor, so whoever answers strangers keeps a reading for a while.
    public static func read(at now: Instant) -> Self {
        let activity = KernelFiles.text("/proc/self/stat").flatMap { KernelText.activity(stat: $0) }
        return Self(
            residentBytes: residentBytes(),
            openDescriptors: KernelFiles.openDescriptors(),
            threads: activity?.threads,
            processorTime: activity.flatMap { KernelFiles.ticksPerSecond > 0 ? time(ofTicks: $0.ticks) : nil },
            readAt: now
        )
    }

    /// The memory alone, for who asks every second.
    public static func residentBytes() -> Int? {
        guard let pages = KernelFiles.text("/proc/self/statm").flatMap({ KernelText.residentPages(statm: $0) }) else {
            return nil
        }
        let (bytes, isTooMuch) = pages.multipliedReportingOverflow(by: KernelFiles.pageBytes)
        return isTooMuch ? nil : bytes
    }

    /// How long ago the process was started, to the kernel's tick of 10 ms; nil where the kernel does not tell.
    public static func age() -> Duration? {
        #if os(Linux)
            guard KernelFiles.ticksPerSecond > 0,
                let activity = KernelFiles.text("/proc/self/stat").flatMap({ KernelText.activity(stat: $0) })
            else { return nil }
            var sinceBoot = timespec()
            clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
            return .seconds(sinceBoot.tv_sec) + .nanoseconds(sinceBoot.tv_nsec) - time(ofTicks: activity.startTicks)
        #else
            return nil
        #endif
    }

    /// Gives memory that was freed back to the machine. The allocator keeps it otherwise, and a process that once had too
    /// much would look as if it still had. Takes milliseconds: for rare use.
    public static func returnFreedMemory() {
        #if canImport(Glibc)
            // Swift's Glibc module leaves out malloc.h.
            guard let symbol = dlsym(nil, "malloc_trim") else { return }
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
        #endif
    }

    private static func time(ofTicks ticks: Int) -> Duration {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: KernelFiles.ticksPerSecond)
        return .seconds(seconds) + .milliseconds(rest * 1_000 / KernelFiles.ticksPerSecond)
    }
}
