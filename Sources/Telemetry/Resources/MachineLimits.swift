public import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the machine lets the process have. A limit is nil where there is none, or none that the kernel tells.
public struct MachineLimits: Sendable, Equatable {
    /// Files, sockets and the like that may be open at a time (the soft limit of `RLIMIT_NOFILE`).
    public var descriptors: Int?
    /// Bytes of memory of the whole machine.
    public var physicalMemory: Int?
    /// Bytes that the control group leaves us, as in a container.
    public var groupMemory: Int?
    public var processors: Int

    public init(descriptors: Int?, physicalMemory: Int?, groupMemory: Int?, processors: Int) {
        self.descriptors = descriptors
        self.physicalMemory = physicalMemory
        self.groupMemory = groupMemory
        self.processors = processors
    }

    /// Bytes of memory, whoever sets the limit.
    public var memory: Int? { [physicalMemory, groupMemory].compactMap(\.self).min() }

    /// As they are now. They may change while we run; a server reads them when it starts.
    public static func current() -> Self {
        let files = KernelFiles.text("/proc/self/cgroup").map { KernelText.memoryLimitFiles(cgroup: $0) } ?? []
        return Self(
            descriptors: descriptorLimit().flatMap { count($0.rlim_cur) },
            physicalMemory: physicalBytes(),
            groupMemory: files.compactMap { KernelFiles.text($0).flatMap { KernelText.memoryLimit($0) } }.min(),
            processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        )
    }

    /// For the start of a server: takes all the descriptors that it may have, and reads what there is. Systems start programs
    /// with 1,024, for the sake of those that use `select`; we do not.
    public static func takingAll(logger: Logger) -> Self {
        let before = descriptorLimit()
        if var limit = before, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            if setrlimit(fileLimit, &limit) != 0 {
                logger.debug("limit of open files not raised", [.reason: "errno \(errno)"])
            }
        }
        let limits = current()
        logger.debug(
            "machine limits",
            [
                .fdLimit: "\(limits.descriptors.map(String.init) ?? "none")",
                .fdLimitBefore: "\(before.flatMap { count($0.rlim_cur) }.map(String.init) ?? "none")",
                .memoryLimit: "\(limits.memory.map(String.init) ?? "unknown")",
                .processors: "\(limits.processors)",
            ]
        )
        return limits
    }

    #if canImport(Glibc)
        private static let fileLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let fileLimit = RLIMIT_NOFILE
    #endif

    private static func descriptorLimit() -> rlimit? {
        var limit = rlimit()
        return getrlimit(fileLimit, &limit) == 0 ? limit : nil
    }

    /// "No limit" is the largest number there is.
    private static func count(_ limit: rlim_t) -> Int? {
        limit < rlim_t(Int.max) ? Int(limit) : nil
    }

    private static func physicalBytes() -> Int? {
        let (bytes, isTooMuch) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(by: KernelFiles.pageBytes)
        return isTooMuch || bytes <= 0 ? nil : bytes
    }
}
