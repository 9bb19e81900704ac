import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard output: a terminal of some size, or a file.
struct StatusScreen: Sendable {
    let isTerminal: Bool
    let hasColours: Bool
    private var linesShown = 0

    init() {
        isTerminal = isatty(STDOUT_FILENO) == 1
        // https://no-color.org: any value that is not empty.
        let forbids = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
        hasColours = isTerminal && !forbids && !isDumb
    }

    /// Columns and lines, now. A file is wide enough for every table.
    var size: (width: Int, height: Int?) {
        guard isTerminal else { return (120, nil) }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (max(20, Int(size.ws_col)), max(4, Int(size.ws_row)))
    }

    func print(_ text: StatusText) {
        for line in text.rendered(width: size.width, colours: hasColours) { write(line + "\n") }
    }

    /// Puts it where the last one was, cut to the screen: what scrolled away cannot be replaced. In a file, below it.
    mutating func replace(with text: StatusText) {
        guard isTerminal else {
            print(text)
            return write("\n")
        }
        let (width, height) = size
        let lines = text.rendered(width: width, height: height.map { $0 - 1 }, colours: hasColours)
        // Up to the first line of the last one, then erase to the end of the screen (ECMA-48 CPL and ED).
        let erase = linesShown > 0 ? "\u{1B}[\(linesShown)F\u{1B}[J" : ""
        write(erase + lines.map { $0 + "\n" }.joined())
        linesShown = lines.count
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Glibc)
                    let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                #endif
                if count < 0, errno == EINTR { continue }
                // Nobody reads any more.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
