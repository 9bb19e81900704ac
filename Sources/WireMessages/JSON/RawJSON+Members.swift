extension RawJSON {
    public var isObject: Bool { bytes.first == UInt8(ascii: "{") }

    /// The member called `key`; nil if this is no object, has none, or it is null.
    public func member(_ key: String) -> RawJSON? {
        let member: RawJSON?? = withValue { value in
            value[key].flatMap { $0.isNull ? nil : RawJSON($0) }
        }
        return member ?? nil
    }

    /// The member called `key` if it is a string.
    public func string(_ key: String) -> String? {
        let text: String?? = withValue { $0[key]?.string }
        return text ?? nil
    }

    /// The member called `key` if it is an integer that 64 bits hold.
    public func int64(_ key: String) -> Int64? {
        let number: Int64?? = withValue { $0[key]?.int64 }
        return number ?? nil
    }

    /// The member called `key` if it is a boolean.
    public func bool(_ key: String) -> Bool? {
        let flag: Bool?? = withValue { $0[key]?.bool }
        return flag ?? nil
    }

    /// The elements of the member called `key`; none if it is no array.
    public func elements(_ key: String) -> [RawJSON] {
        var elements: [RawJSON] = []
        _ = withValue { value in
            value[key]?.forEachElement { element in
                elements.append(RawJSON(element))
                return true
            }
        }
        return elements
    }

    /// The members whose names are in `keys`, in their order and with their bytes; `{}` if this is no object.
    public func keeping(_ keys: MemberNames) -> RawJSON {
        filtered { keys.contains($0) }
    }

    /// All members but those whose names are in `keys`, in their order and with their bytes; `{}` if this is no object.
    public func removing(_ keys: MemberNames) -> RawJSON {
        filtered { !keys.contains($0) }
    }

    /// This object with the member `key` set to `value`, at its end. An earlier member of that name goes away.
    public func adding(_ key: String, _ value: some WireField) -> RawJSON {
        .object { writer in
            copyMembers(to: &writer) { $0.string != key }
            writer.key(key)
            value.write(to: &writer)
        }
    }

    private func filtered(_ isKept: (JSONValue) -> Bool) -> RawJSON {
        .object { copyMembers(to: &$0, where: isKept) }
    }

    private func copyMembers(to writer: inout JSONWriter, where isKept: (JSONValue) -> Bool) {
        _ = withValue { object in
            object.forEachMember { name, value in
                guard isKept(name) else { return }
                writer.key(verbatim: name.rawBytes)
                writer.verbatim(value.rawBytes)
            }
        }
    }
}
