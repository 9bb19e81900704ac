/// An object with known fields, inside a message or as one.
public protocol WireObject: WireField {
    init(reading fields: WireFields) throws(WireError.Reason)
    /// Writes the members, in the order in which existing senders write them.
    func writeMembers(to writer: inout JSONWriter)
}

extension WireObject {
    public init?(json: JSONValue) {
        guard json.isObject, let object = try? Self(reading: WireFields(object: json)) else { return nil }
        self = object
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }
}

/// One message. Its `type` is implied by the Swift type.
public protocol WireMessage: WireObject {
    /// The value of the field `type`.
    static var wireType: StaticString { get }
}

extension WireMessage {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.plainString(
            UnsafeRawBufferPointer(start: Self.wireType.utf8Start, count: Self.wireType.utf8CodeUnitCount)
        )
        writeMembers(to: &writer)
        writer.endObject()
    }
}

/// The `type` of a message being decoded. Compared with literals in place, as most conversations have thirty types.
public struct WireType {
    let value: JSONValue

    public static func ~= (literal: StaticString, type: WireType) -> Bool {
        type.value.isText(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// The type, cut to `WireLimits.messageType` bytes.
    public var text: String { (value.string ?? "").cut(toBytes: WireLimits.messageType) }
}

/// All that one side may say on one kind of link: an enum with a case per message.
public protocol WireConversation: Hashable, Sendable {
    /// The message of that type, or the case for unknown types, which a receiver ignores (protocol.md 0.4).
    init(type: WireType, fields: WireFields) throws(WireError.Reason)
    func write(to writer: inout JSONWriter)
}

extension WireConversation {
    /// Reads one message.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Self {
        try JSONValue.reading(bytes, refusal: { WireError(reason: .notJSON($0)) }) {
            (root: JSONValue) throws(WireError) -> Self in
            guard root.isObject else { throw WireError(reason: .notAnObject) }
            guard let type = root["type"], type.isString else {
                throw WireError(reason: .missingType, requestID: root.requestID)
            }
            do throws(WireError.Reason) {
                return try Self(type: WireType(value: type), fields: WireFields(object: root))
            } catch {
                throw WireError(reason: error, messageType: WireType(value: type).text, requestID: root.requestID)
            }
        }
    }

    /// Reads one message.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> Self {
        try bytes.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(WireError) -> Self in
            try decode(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The message as compact JSON.
    public func encode() -> [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

extension JSONValue {
    fileprivate var requestID: WireRequestID? { self["requestId"].flatMap(WireRequestID.init(json:)) }
}

extension String {
    /// The longest beginning of whole characters that fits into `limit` bytes.
    fileprivate func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while String.Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
