/// Figures of a series.
enum Series {
    /// The middle one, or the mean of the two in the middle; nil of nothing.
    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    static func median(_ values: [Int]) -> Double? {
        median(values.map(Double.init))
    }

    /// The slope of the straight line that fits best (least squares); nil with fewer than two different places.
    static func slope(_ points: [(x: Double, y: Double)]) -> Double? {
        let count = Double(points.count)
        guard count > 1 else { return nil }
        let mean = (x: points.reduce(0) { $0 + $1.x } / count, y: points.reduce(0) { $0 + $1.y } / count)
        let spread = points.reduce(0) { $0 + ($1.x - mean.x) * ($1.x - mean.x) }
        guard spread > 0 else { return nil }
        return points.reduce(0) { $0 + ($1.x - mean.x) * ($1.y - mean.y) } / spread
    }
}
