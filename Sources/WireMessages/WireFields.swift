/// The fields of a message being decoded.
///
/// Absent and null are one thing (protocol.md 0.4). A field that the message can do without reads as absent when its value has
/// a wrong type; one that it cannot do without makes the message invalid.
public struct WireFields {
    let object: JSONValue

    private func value(_ key: StaticString) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    func required<Field: WireField>(_ key: StaticString) throws(WireError.Reason) -> Field {
        guard let value = value(key) else { throw .missingField(key.description) }
        guard let field = Field(json: value) else { throw .invalidField(key.description) }
        return field
    }

    func optional<Field: WireField>(_ key: StaticString) -> Field? {
        value(key).flatMap(Field.init(json:))
    }

    /// A field that holds an opaque object of limited size, such as `metadata` or a token.
    func requiredObject(_ key: StaticString) throws(WireError.Reason) -> RawJSON {
        guard let value = value(key) else { throw .missingField(key.description) }
        guard let object = Self.boundedObject(value) else { throw .invalidField(key.description) }
        return object
    }

    func optionalObject(_ key: StaticString) -> RawJSON? {
        value(key).flatMap(Self.boundedObject)
    }

    /// A field that may hold any value, null included, but has to be there.
    func requiredValue(_ key: StaticString) throws(WireError.Reason) -> RawJSON {
        guard let value = object[key] else { throw .missingField(key.description) }
        guard let field = RawJSON(json: value) else { throw .invalidField(key.description) }
        return field
    }

    private static func boundedObject(_ value: JSONValue) -> RawJSON? {
        guard value.isObject, value.rawBytes.count <= WireLimits.metadata else { return nil }
        return RawJSON(json: value)
    }
}

extension JSONWriter {
    public mutating func member(_ key: StaticString, _ value: some WireField) {
        self.key(key)
        value.write(to: &self)
    }

    /// Nothing if `value` is nil.
    public mutating func member(_ key: StaticString, ifPresent value: (some WireField)?) {
        if let value { member(key, value) }
    }

    /// `null` if `value` is nil, where existing senders write it so.
    public mutating func member(_ key: StaticString, orNull value: (some WireField)?) {
        self.key(key)
        if let value { value.write(to: &self) } else { null() }
    }
}

extension JSONWriter {
    /// A message of which only the type is known.
    mutating func typeOnly(_ type: String) {
        beginObject()
        member("type", type)
        endObject()
    }
}
