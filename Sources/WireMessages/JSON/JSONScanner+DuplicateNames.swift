extension JSONScanner {
    /// Up to this many members a name is compared with the earlier ones, which takes no memory. Beyond, the names are sorted, so
    /// that 10,000 of them, even if chosen to look alike, cost no more than sorting 10,000 short texts.
    private static var fewMembers: Int { 16 }

    /// Throws if two members of the object have one name. `"a"` and `"\u0061"` are one name.
    mutating func refuseDuplicateNames(ofObjectAt object: Int) throws(JSONError) {
        let nodes = tape.nodes
        let end = Int(nodes[object].next)
        var count = 0
        // A set of 64 classes of names: one whose class was not there before equals no earlier one.
        var seen: UInt64 = 0
        var index = object + 1
        while index < end, count < Self.fewMembers {
            let bit = classBit(nodes[index])
            if seen & bit != 0 || nodes[index].kind == .escapedString {
                var earlier = object + 1
                while earlier < index {
                    if sameText(nodes[earlier], nodes[index]) {
                        throw JSONError(.duplicateKey, at: Int(nodes[index].start))
                    }
                    earlier = Int(nodes[earlier + 1].next)
                }
            }
            // A name with escapes may equal one of any class, so all later ones get compared.
            seen |= nodes[index].kind == .escapedString ? .max : bit
            count += 1
            index = Int(nodes[index + 1].next)
        }
        guard index < end else { return }
        try sortAndCompareNames(ofObjectAt: object)
    }

    /// The class of a name without escapes, from its length and its outermost characters.
    @inline(__always)
    private func classBit(_ name: JSONNode) -> UInt64 {
        let length = Int(name.end &- name.start)
        guard length > 0 else { return 1 }
        let first = UInt32(bytes[Int(name.start)])
        let last = UInt32(bytes[Int(name.end) - 1])
        let mixed = (UInt32(truncatingIfNeeded: length) ^ first << 8 ^ last << 16) &* 0x9e37_79b1
        return 1 << UInt64(mixed >> 26)
    }

    private func sortAndCompareNames(ofObjectAt object: Int) throws(JSONError) {
        let nodes = tape.nodes
        let end = Int(nodes[object].next)
        var names: [JSONNode] = []
        // Names with escapes are compared by their value, so those come decoded; a text of such names is rare.
        var decoded: [UInt32: [UInt8]] = [:]
        var index = object + 1
        while index < end {
            let name = nodes[index]
            names.append(name)
            if name.kind == .escapedString { decoded[name.start] = JSONText.unescaped(text(name)) }
            index = Int(nodes[index + 1].next)
        }
        let bytes = bytes
        func withText<Result>(_ name: JSONNode, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            if name.kind == .escapedString, let value = decoded[name.start] { return value.withUnsafeBytes(body) }
            return body(UnsafeRawBufferPointer(start: bytes + Int(name.start), count: Int(name.end - name.start)))
        }
        func order(_ left: JSONNode, _ right: JSONNode) -> Int {
            withText(left) { left in withText(right) { right in left.order(against: right) } }
        }
        names.sort { order($0, $1) < 0 }
        for (left, right) in zip(names, names.dropFirst()) where order(left, right) == 0 {
            throw JSONError(.duplicateKey, at: Int(max(left.start, right.start)))
        }
    }

    private func sameText(_ left: JSONNode, _ right: JSONNode) -> Bool {
        if left.kind == .string, right.kind == .string {
            guard left.end &- left.start == right.end &- right.start else { return false }
            return text(left).hasBytes(of: text(right))
        }
        return JSONText.unescaped(text(left)) == JSONText.unescaped(text(right))
    }

    private func text(_ node: JSONNode) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes + Int(node.start), count: Int(node.end - node.start))
    }
}
