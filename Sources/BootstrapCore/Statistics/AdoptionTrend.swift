/// How a share in per cent moved over a list of snapshots. What words mean is the existing server's: more than 2 points make a
/// direction, more than 5 a strong one.
public struct AdoptionTrend: Sendable, Equatable {
    public enum Direction: String, Sendable {
        case increasing, decreasing, stable

        public init(change: Int) {
            self = change > 2 ? .increasing : change < -2 ? .decreasing : .stable
        }
    }

    public struct Point: Sendable, Equatable {
        public var unixMilliseconds: Int64
        public var percentage: Int
        /// How many clients it is a share of.
        public var sampleSize: Int

        public init(unixMilliseconds: Int64, percentage: Int, sampleSize: Int) {
            self.unixMilliseconds = unixMilliseconds
            self.percentage = percentage
            self.sampleSize = sampleSize
        }
    }

    /// The straight line that fits best, over the number of the point.
    public struct Line: Sendable, Equatable {
        public var slope: Double
        public var intercept: Double
        /// The coefficient of determination.
        public var fit: Double
    }

    public let first: Point
    public let last: Point
    public let count: Int
    public let minimum: Int
    public let maximum: Int
    public let average: Int
    public let averageSampleSize: Int
    public let line: Line

    /// nil for fewer than two points, which have no trend.
    public init?(_ points: [Point]) {
        guard points.count >= 2, let first = points.first, let last = points.last else { return nil }
        self.first = first
        self.last = last
        count = points.count
        minimum = points.reduce(first.percentage) { min($0, $1.percentage) }
        maximum = points.reduce(first.percentage) { max($0, $1.percentage) }
        average = Self.average(points.map(\.percentage))
        averageSampleSize = Self.average(points.map(\.sampleSize))
        line = Self.line(through: points.map { Double($0.percentage) })
    }

    /// In percentage points.
    public var change: Int { last.percentage - first.percentage }

    public var direction: Direction { Direction(change: change) }

    /// In percentage points; 0 if no time passed.
    public var changePerDay: Double {
        let days = Double(last.unixMilliseconds - first.unixMilliseconds) / (24 * 3_600_000)
        return days > 0 ? Double(change) / days : 0
    }

    private static func average(_ values: [Int]) -> Int {
        (2 * values.reduce(0, +) + values.count) / (2 * values.count)
    }

    /// Ordinary least squares.
    private static func line(through values: [Double]) -> Line {
        let count = Double(values.count)
        let meanX = (count - 1) / 2
        let meanY = values.reduce(0, +) / count
        var covariance = 0.0
        var varianceX = 0.0
        var varianceY = 0.0
        for (index, value) in values.enumerated() {
            let (x, y) = (Double(index) - meanX, value - meanY)
            covariance += x * y
            varianceX += x * x
            varianceY += y * y
        }
        let slope = covariance / varianceX
        return Line(
            slope: slope,
            intercept: meanY - slope * meanX,
            fit: varianceY > 0 ? covariance * covariance / (varianceX * varianceY) : 0
        )
    }
}

extension AdoptionTrend {
    /// The trend of all clients.
    public init?(_ snapshots: [AdoptionHistory.Snapshot]) {
        self.init(snapshots.map { Point($0.unixMilliseconds, $0.totals.all) })
    }

    /// The trend of some clients, over the snapshots that have any.
    public init?(
        _ snapshots: [AdoptionHistory.Snapshot],
        of clients: (ProfileTotals) -> ProfileTotals.Adoption?
    ) {
        self.init(
            snapshots.compactMap { snapshot in
                clients(snapshot.totals).flatMap { $0.total > 0 ? Point(snapshot.unixMilliseconds, $0) : nil }
            }
        )
    }
}

extension AdoptionTrend.Point {
    fileprivate init(_ unixMilliseconds: Int64, _ adoption: ProfileTotals.Adoption) {
        self.init(
            unixMilliseconds: unixMilliseconds,
            percentage: adoption.percentage,
            sampleSize: adoption.total
        )
    }
}
