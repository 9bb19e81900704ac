extension JSONWriter {
    /// A number with at most `places` digits behind the point, rounded to the nearest, without zeros at its end: 2.5, -0.125, 3.
    /// Zero for what is no number. For reports; messages hold integers (protocol.md 0.4).
    public mutating func decimal(_ value: Double, places: Int) {
        let scale = (0..<places).reduce(Int64(1)) { product, _ in product * 10 }
        let scaled = Int64(exactly: (value * Double(scale)).rounded()) ?? 0
        var text = "\(scaled.magnitude / UInt64(scale))"
        let rest = String(scaled.magnitude % UInt64(scale))
        var fraction = String(repeating: "0", count: places - min(places, rest.utf8.count)) + rest
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { text += ".\(fraction)" }
        verbatim((scaled < 0 ? "-\(text)" : text).utf8)
    }
}
