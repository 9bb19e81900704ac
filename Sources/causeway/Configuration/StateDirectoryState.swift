import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What there is where a server wants to keep its state, found without changing it.
enum StateDirectoryState: Equatable {
    case usable
    /// It can be made.
    case missing
    /// A process has it, which the kernel may not name.
    case held(by: Int?)
    case unusable(String)

    static func of(_ path: String) -> Self {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { return .unusable(reason()) }
            return canBeMade(path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return .unusable("it is no directory") }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { return .unusable(reason()) }
        return holder(of: UInt64(status.st_ino)) ?? .usable
    }

    private static func canBeMade(_ path: String) -> Self {
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let parent = URL(filePath: whole).deletingLastPathComponent().path
        guard parent != whole, !parent.isEmpty else { return .unusable("no directory above it exists") }
        switch of(parent) {
        case .usable, .held, .missing: return .missing
        case .unusable(let reason): return .unusable("\(parent): \(reason)")
        }
    }

    /// As Linux lists locks (proc_locks(5)): a lock of our own, however short, could turn a server away that starts just now.
    private static func holder(of inode: UInt64) -> Self? {
        guard let data = FileManager.default.contents(atPath: "/proc/locks") else { return nil }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[5].split(separator: ":").last == "\(inode)" else {
                continue
            }
            return .held(by: Int(words[4]).flatMap { $0 > 0 ? $0 : nil })
        }
        return nil
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
