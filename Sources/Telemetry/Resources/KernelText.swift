/// Reads what the kernel writes about a process and its limits (proc(5), cgroups(7)).
///
/// Text in, values out; nil for whatever is not as documented, so that an odd kernel or container costs a number in a
/// report and never the process.
public enum KernelText {
    /// Directories between a control group and the root that are looked at; real ones are under ten deep.
    private static let groupDepth = 32
    /// From here a limit means "none": version 1 writes the largest multiple of a page that 63 bits hold.
    private static let endlessBytes = 1 << 60

    /// Pages in memory, from `/proc/self/statm`: the second of seven numbers.
    public static func residentPages(statm text: String) -> Int? {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count >= 2 else { return nil }
        return count(fields[1])
    }

    /// Threads, clock ticks of all of them in user and kernel mode, and the ticks from the machine's start to the process's,
    /// from `/proc/self/stat`.
    public static func activity(stat text: String) -> (threads: Int, ticks: Int, startTicks: Int)? {
        // The second field is the program's name in parentheses. It may hold blanks and parentheses of its own.
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[nameEnd...].dropFirst().split(whereSeparator: \.isWhitespace)
        // The first of these is the third of proc_pid_stat(5): 14 and 15 are the times, 20 the threads, 22 the start.
        guard fields.count >= 20, let user = count(fields[11]), let kernel = count(fields[12]),
            let threads = count(fields[17]), let start = count(fields[19])
        else { return nil }
        let (ticks, isTooMuch) = user.addingReportingOverflow(kernel)
        return isTooMuch ? nil : (threads, ticks, start)
    }

    /// The files that may limit the memory of the process whose `/proc/self/cgroup` this is: those of its control group and
    /// of all groups around it, as each of them counts. In a container a path may be that of the host, which is not to be seen
    /// from inside; then only the outermost of these exists, and is the container's own.
    public static func memoryLimitFiles(cgroup text: String) -> [String] {
        var files: [String] = []
        for line in text.split(separator: "\n") {
            // hierarchy:controllers:path
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].first == "/" else { continue }
            if parts[0] == "0", parts[1].isEmpty {
                files += directories(parts[2]).map { "/sys/fs/cgroup\($0)/memory.max" }
            } else if parts[1].split(separator: ",").contains("memory") {
                files += directories(parts[2]).map { "/sys/fs/cgroup/memory\($0)/memory.limit_in_bytes" }
            }
        }
        return files
    }

    /// Bytes, from `memory.max` or `memory.limit_in_bytes`; nil for no limit.
    public static func memoryLimit(_ text: String) -> Int? {
        let words = text.split(whereSeparator: \.isWhitespace)
        // `max`, and numbers that do not fit, are no limit. A group that may have nothing could not run us.
        guard words.count == 1, let bytes = count(words[0]), bytes > 0, bytes < endlessBytes else { return nil }
        return bytes
    }

    /// `/a/b`, `/a` and the root, which is empty.
    private static func directories(_ path: Substring) -> [String] {
        let names = path.split(separator: "/")
        // `..` is a group outside of what we see; its name leads nowhere, or somewhere else.
        guard names.count <= groupDepth, !names.contains("..") else { return [""] }
        return (0...names.count).reversed().map { depth in names.prefix(depth).map { "/\($0)" }.joined() }
    }

    private static func count(_ digits: Substring) -> Int? {
        guard digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return Int(digits)
    }
}
