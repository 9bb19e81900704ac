extension RawJSON {
    package var isObject: Bool { bytes.first == UInt8(ascii: "{") }

    /// The member called `key`; nil if this is no object, has none, or it is null.
    package func member(_ key: String) -> RawJSON? {
        let member: RawJSON?? = withValue { value in
            value[key].flatMap { $0.isNull ? nil : RawJSON($0) }
        }
        return member ?? nil
    }

    /// The member called `key` if it is a string.
    package func string(_ key: String) -> String? {
        let text: String?? = withValue { $0[key]?.string }
        return text ?? nil
    }

    /// The member called `key` if it is an integer that 64 bits hold.
    package func int64(_ key: String) -> Int64? {
        let number: Int64?? = withValue { $0[key]?.int64 }
        return number ?? nil
    }

    /// The member called `key` if it is a boolean.
    package func bool(_ key: String) -> Bool? {
        let flag: Bool?? = withValue { $0[key]?.bool }
        return flag ?? nil
    }

    /// The elements of the member called `key`; none if it is no array.
    package func elements(_ key: String) -> [RawJSON] {
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
    package func keeping(_ keys: Set<String>) -> RawJSON {
        filtered { keys.contains($0) }
    }

    /// All members but those whose names are in `keys`, in their order and with their bytes; `{}` if this is no object.
    package func removing(_ keys: Set<String>) -> RawJSON {
        filtered { !keys.contains($0) }
    }

    /// This object with the member `key` set to `value`, at its end. An earlier member of that name goes away.
    package func adding(_ key: String, _ value: some WireField) -> RawJSON {
        .object { writer in
            copyMembers(to: &writer) { $0 != key }
            writer.key(key)
            value.write(to: &writer)
        }
    }

    private func filtered(_ isKept: (String) -> Bool) -> RawJSON {
        .object { copyMembers(to: &$0, where: isKept) }
    }

    private func copyMembers(to writer: inout JSONWriter, where isKept: (String) -> Bool) {
        _ = withValue { object in
            object.forEachMember { name, value in
                guard let key = name.string, isKept(key) else { return }
                writer.key(key)
                writer.verbatim(value.rawBytes)
            }
        }
    }
}
