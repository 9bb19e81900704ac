/// A value inside a scanned text: a place in the text and on its tape, nothing copied.
///
/// It points into memory that is only valid inside the closure of `JSONValue.reading(_:limits:_:)`; take out what you need and
/// let no `JSONValue` leave it.
public struct JSONValue {
    let bytes: UnsafePointer<UInt8>
    let nodes: UnsafePointer<JSONNode>
    let index: Int

    /// Scans `bytes` and hands out the outermost value.
    public static func reading<Result, Failure: Error>(
        _ bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = .standard,
        refusal: (JSONError) -> Failure,
        _ body: (JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var scanner = JSONScanner(bytes, limits: limits)
        do {
            try scanner.run()
        } catch {
            throw refusal(error)
        }
        // Both pointers stay valid to the end of `body`: the caller lends the bytes, and the tape lives in this frame.
        let root = JSONValue(bytes: scanner.bytes, nodes: scanner.tape.nodes, index: 0)
        return try scanner.tape.whileAlive { () throws(Failure) -> Result in try body(root) }
    }

    @inline(__always)
    private var node: JSONNode { nodes[index] }

    public var isNull: Bool { node.kind == .null }
    public var isObject: Bool { node.kind == .object }
    public var isArray: Bool { node.kind == .array }
    public var isString: Bool { node.kind.isString }

    /// How many levels of arrays and objects this value has, itself included.
    public var height: Int { Int(node.height) }

    /// The value if it is `true` or `false`.
    public var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        case .null, .integer, .number, .string, .escapedString, .array, .object: nil
        }
    }

    /// The value if it is a number without fraction and exponent that 64 bits hold.
    public var int64: Int64? {
        guard node.kind == .integer else { return nil }
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        var value: Int64 = 0
        for byte in digits {
            let digit = Int64(byte &- UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards when negative, as the least value has no positive counterpart.
            let (sum, carry) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// True for any number above zero, however it is written.
    public var isPositiveNumber: Bool {
        guard node.kind == .integer || node.kind == .number, text.first != UInt8(ascii: "-") else { return false }
        for byte in text {
            if byte | 0x20 == UInt8(ascii: "e") { return false }
            if byte != UInt8(ascii: "0"), byte != UInt8(ascii: ".") { return true }
        }
        return false
    }

    /// The value if it is a string.
    public var string: String? { string(maxBytes: .max) }

    /// The value if it is a string of at most `maxBytes` bytes of UTF-8.
    public func string(maxBytes: Int) -> String? {
        switch node.kind {
        case .string:
            guard text.count <= maxBytes else { return nil }
            return String(decoding: text, as: UTF8.self)
        case .escapedString:
            // An escape is at most six times as long as what it means.
            guard text.count / 6 <= maxBytes else { return nil }
            let value = JSONText.unescaped(text)
            guard value.count <= maxBytes else { return nil }
            return String(decoding: value, as: UTF8.self)
        case .null, .true, .false, .integer, .number, .array, .object:
            return nil
        }
    }

    /// The bytes of a string without escapes, as ids and type names are written.
    var plainText: UnsafeRawBufferPointer? { node.kind == .string ? text : nil }

    /// The bytes between `start` and `end`: a string without its quotes, anything else whole.
    private var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes + Int(node.start), count: Int(node.end &- node.start))
    }

    /// The value's own bytes, unchanged.
    var rawBytes: UnsafeRawBufferPointer {
        guard node.kind.isString else { return text }
        return UnsafeRawBufferPointer(start: bytes + Int(node.start) - 1, count: Int(node.end &- node.start) + 2)
    }

    private func at(_ index: Int) -> JSONValue {
        JSONValue(bytes: bytes, nodes: nodes, index: index)
    }

    /// The member called `key`; nil if this is no object or has none.
    public subscript(key: StaticString) -> JSONValue? {
        member(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// The member called `key`; nil if this is no object or has none.
    public subscript(key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { member(UnsafeRawBufferPointer($0)) }
    }

    private func member(_ key: UnsafeRawBufferPointer) -> JSONValue? {
        guard node.kind == .object else { return nil }
        let end = Int(node.next)
        var name = index + 1
        while name < end {
            if at(name).isText(key) { return at(name + 1) }
            name = Int(nodes[name + 1].next)
        }
        return nil
    }

    func isText(_ other: UnsafeRawBufferPointer) -> Bool {
        if node.kind == .string {
            guard Int(node.end &- node.start) == other.count else { return false }
            return text.hasBytes(of: other)
        }
        return JSONText.unescaped(text).withUnsafeBytes { $0.hasBytes(of: other) }
    }

    /// Calls `body` with each element, in order, until it returns false. Nothing happens if this is no array.
    public func forEachElement(_ body: (JSONValue) -> Bool) {
        guard node.kind == .array else { return }
        var element = index + 1
        while element < Int(node.next), body(at(element)) {
            element = Int(nodes[element].next)
        }
    }

    /// Calls `body` with the name and the value of each member, in order. Nothing happens if this is no object.
    public func forEachMember(_ body: (_ name: JSONValue, _ value: JSONValue) -> Void) {
        guard node.kind == .object else { return }
        var name = index + 1
        while name < Int(node.next) {
            body(at(name), at(name + 1))
            name = Int(nodes[name + 1].next)
        }
    }
}
