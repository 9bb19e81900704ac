import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What all processors of the machine have done since it started, in clock ticks (proc_stat(5)).
struct MachineTime: Sendable, Equatable {
    /// Programs, and the kernel for them.
    var programs: Int
    /// Time in which the machine under this virtual one did something else.
    var steal: Int
    /// Everything, idleness included.
    var total: Int

    /// From `/proc/stat`; nil for what is not as documented.
    init?(stat text: String) {
        guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().map { Int($0) }
        // user, nice, system, idle, iowait, irq, softirq, steal. The rest is part of the first two.
        let values = ticks.prefix(8).compactMap(\.self)
        guard values.count == 8 else { return nil }
        // With the interrupts, most of which are the packets of the measurement: a kernel without IRQ_TIME_ACCOUNTING counts
        // them in the processor time of the process that they interrupt, too, from which the difference is taken.
        programs = values[0] + values[1] + values[2] + values[5] + values[6]
        steal = values[7]
        total = values.reduce(0, +)
    }

    static func now() -> MachineTime? {
        KernelFiles.text("/proc/stat").flatMap { MachineTime(stat: $0) }
    }

    static var ticksPerSecond: Double {
        #if os(Linux)
            Double(sysconf(Int32(_SC_CLK_TCK)))
        #else
            100
        #endif
    }
}
