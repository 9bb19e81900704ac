/// Checks a text against RFC 8259 in one pass and notes where its values lie.
///
/// Stricter than most parsers: UTF-8 only and validated, no byte order mark, no two members of one name, no lone surrogate,
/// and bounded (`JSONLimits`). It keeps no call stack and builds no tree, so nothing a stranger sends can exhaust either.
struct JSONScanner: ~Copyable {
    /// Marks the outermost value, which has nothing around it.
    private static let noParent = UInt32.max

    let bytes: UnsafePointer<UInt8>
    let count: Int
    let limits: JSONLimits
    var cursor = 0
    var tape: JSONTape
    private var depth = 0
    private var values = 0
    /// The innermost open array or object.
    private var parent = JSONScanner.noParent

    /// - Parameter text: must stay where it is for as long as anyone reads the tape.
    init(_ text: UnsafeRawBufferPointer, limits: JSONLimits) {
        // An empty buffer has no address; any other serves, as nothing is read from it.
        let base = text.baseAddress ?? UnsafeRawPointer(StaticString("").utf8Start)
        bytes = base.assumingMemoryBound(to: UInt8.self)
        count = text.count
        self.limits = limits
        // Recorded messages have an entry in about 10 bytes; a denser text makes the tape grow.
        tape = JSONTape(capacity: min(text.count / 8 + 8, 512))
    }

    /// Scans the whole text. To be called once.
    mutating func run() throws(JSONError) {
        guard count <= min(limits.bytes, Int(Int32.max)) else { throw JSONError(.tooLong, at: limits.bytes) }
        skipWhitespace()
        guard cursor < count else { throw JSONError(.empty, at: cursor) }
        guard bytes[cursor] != 0xef else { throw JSONError(.byteOrderMark, at: cursor) }
        while true {
            if try value() { continue }
            // A value has ended. Close whatever ends with it, until something asks for another value.
            if try finish() { return }
        }
    }

    /// Reads one value. True if it opened an array or object and the first value inside comes next.
    private mutating func value() throws(JSONError) -> Bool {
        values += 1
        guard values <= limits.values else { throw JSONError(.tooManyValues, at: cursor) }
        switch try current() {
        case UInt8(ascii: "\""):
            try string()
        case UInt8(ascii: "{"):
            try open(.object)
            guard try current() != UInt8(ascii: "}") else {
                try close()
                return false
            }
            try name()
            return true
        case UInt8(ascii: "["):
            try open(.array)
            guard try current() != UInt8(ascii: "]") else {
                try close()
                return false
            }
            return true
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
        case UInt8(ascii: "t"):
            try word("true", .true)
        case UInt8(ascii: "f"):
            try word("false", .false)
        case UInt8(ascii: "n"):
            try word("null", .null)
        default:
            throw JSONError(.unexpectedByte, at: cursor)
        }
        return false
    }

    /// Goes on after a value. True at the end of the text, false when another value comes next.
    private mutating func finish() throws(JSONError) -> Bool {
        while true {
            skipWhitespace()
            guard parent != Self.noParent else {
                guard cursor == count else { throw JSONError(.trailingBytes, at: cursor) }
                return true
            }
            let isObject = tape.nodes[Int(parent)].kind == .object
            switch try current() {
            case UInt8(ascii: ","):
                cursor += 1
                skipWhitespace()
                if isObject { try name() }
                return false
            case isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"):
                try close()
            default:
                throw JSONError(.unexpectedByte, at: cursor)
            }
        }
    }

    private mutating func open(_ kind: JSONNode.Kind) throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw JSONError(.tooDeep, at: cursor) }
        let index = UInt32(tape.count)
        tape.append(JSONNode(kind: kind, height: 1, start: UInt32(cursor), end: 0, next: parent))
        parent = index
        cursor += 1
        skipWhitespace()
    }

    private mutating func close() throws(JSONError) {
        cursor += 1
        depth -= 1
        let index = Int(parent)
        let outer = tape.nodes[index].next
        tape.nodes[index].end = UInt32(cursor)
        tape.nodes[index].next = UInt32(tape.count)
        if tape.nodes[index].kind == .object { try refuseDuplicateNames(ofObjectAt: index) }
        if outer != Self.noParent {
            let height = tape.nodes[index].height &+ 1
            if tape.nodes[Int(outer)].height < height { tape.nodes[Int(outer)].height = height }
        }
        parent = outer
    }

    /// The name of a member, with its colon.
    private mutating func name() throws(JSONError) {
        guard try current() == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: cursor) }
        try string()
        skipWhitespace()
        guard try current() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: cursor) }
        cursor += 1
        skipWhitespace()
    }

    private mutating func number() throws(JSONError) {
        let start = cursor
        var kind = JSONNode.Kind.integer
        if bytes[cursor] == UInt8(ascii: "-") { cursor += 1 }
        // A leading zero stands alone: 01 is no number, and 0 followed by a digit ends up as an unexpected byte.
        if cursor < count, bytes[cursor] == UInt8(ascii: "0") { cursor += 1 } else { try digits() }
        if cursor < count, bytes[cursor] == UInt8(ascii: ".") {
            kind = .number
            cursor += 1
            try digits()
        }
        if cursor < count, bytes[cursor] | 0x20 == UInt8(ascii: "e") {
            kind = .number
            cursor += 1
            if cursor < count, bytes[cursor] == UInt8(ascii: "+") || bytes[cursor] == UInt8(ascii: "-") {
                cursor += 1
            }
            try digits()
        }
        appendScalar(kind, from: start, to: cursor)
    }

    private mutating func digits() throws(JSONError) {
        let start = cursor
        while cursor < count, bytes[cursor] &- UInt8(ascii: "0") < 10 { cursor += 1 }
        guard cursor > start else { throw JSONError(.invalidNumber, at: cursor) }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONError) {
        let start = cursor
        let end = start + word.utf8CodeUnitCount
        guard end <= count else { throw JSONError(.unexpectedEnd, at: count) }
        guard UnsafeRawBufferPointer(start: bytes + start, count: end - start).hasBytes(of: word) else {
            throw JSONError(.unexpectedByte, at: start)
        }
        cursor = end
        appendScalar(kind, from: start, to: end)
    }

    @inline(__always)
    mutating func appendScalar(_ kind: JSONNode.Kind, from start: Int, to end: Int) {
        // Offsets and indexes fit: a text has at most 2^31 bytes, and fewer entries than bytes.
        tape.append(
            JSONNode(
                kind: kind,
                start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: tape.count &+ 1)
            )
        )
    }

    @inline(__always)
    private func current() throws(JSONError) -> UInt8 {
        guard cursor < count else { throw JSONError(.unexpectedEnd, at: cursor) }
        return bytes[cursor]
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        // Compact text, which is nearly all there is, ends here at the first comparison.
        while cursor < count, bytes[cursor] <= 0x20 {
            switch bytes[cursor] {
            case 0x20, 0x0a, 0x0d, 0x09: cursor += 1
            default: return
            }
        }
    }
}
