public import Kademlia

/// A type that a field of a message can have.
public protocol WireField: Hashable, Sendable {
    /// Nil if `json` cannot be it.
    init?(json: JSONValue)
    func write(to writer: inout JSONWriter)
}

extension String: WireField {
    public init?(json: JSONValue) {
        guard let text = json.string(maxBytes: WireLimits.text) else { return nil }
        self = text
    }

    public func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int64: WireField {
    public init?(json: JSONValue) {
        guard let number = json.int64 else { return nil }
        self = number
    }

    public func write(to writer: inout JSONWriter) { writer.int64(self) }
}

extension Bool: WireField {
    public init?(json: JSONValue) {
        guard let flag = json.bool else { return nil }
        self = flag
    }

    public func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension WireRequestID: WireField {
    public init?(json: JSONValue) {
        guard let text = json.string(maxBytes: WireLimits.requestID) else { return nil }
        self.init(text)
    }

    public func write(to writer: inout JSONWriter) { writer.string(text) }
}

extension NodeID: WireField {
    public init?(json: JSONValue) {
        guard let text = json.plainText else { return nil }
        self.init(digits: text)
    }

    public func write(to writer: inout JSONWriter) {
        withUnsafeTemporaryAllocation(byteCount: Self.digitCount, alignment: 1) { digits in
            for index in 0..<16 {
                digits[index] = Self.digit(high >> UInt64(60 - 4 * index))
                digits[16 + index] = Self.digit(middle >> UInt64(60 - 4 * index))
            }
            for index in 0..<8 {
                digits[32 + index] = Self.digit(UInt64(low >> UInt32(28 - 4 * index)))
            }
            writer.plainString(UnsafeRawBufferPointer(digits))
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value & 0xf)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension ClientID: WireField {
    public init?(json: JSONValue) {
        if let node = NodeID(json: json) {
            self = .node(node)
        } else if let text = json.string(maxBytes: WireLimits.toolID) {
            self.init(text)
        } else {
            return nil
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .node(let id): id.write(to: &writer)
        case .tool(let text): writer.string(text)
        }
    }
}

extension RawJSON: WireField {
    public init?(json: JSONValue) {
        guard json.height <= WireLimits.opaqueDepth else { return nil }
        self.init(json)
    }

    public func write(to writer: inout JSONWriter) { writer.verbatim(bytes) }
}

extension Array: WireField where Element: WireField {
    /// Entries that cannot be what the list holds are left out: one odd entry must not cost us the others.
    public init?(json: JSONValue) {
        guard json.isArray else { return nil }
        var entries: [Element] = []
        json.forEachElement { element in
            if let entry = Element(json: element) { entries.append(entry) }
            return entries.count < WireLimits.listEntries
        }
        self = entries
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for entry in self { entry.write(to: &writer) }
        writer.endArray()
    }
}
