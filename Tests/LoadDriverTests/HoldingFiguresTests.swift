import Testing

@testable import LoadDriver

@Suite struct HoldPlanTests {
    @Test func peersFillOneProcessAfterTheOther() throws {
        let room = 2_000 - HoldDefaults.descriptorReserve
        let plan = try HoldPlan(peers: 2_000, servers: 1, descriptors: 2_000, serverDescriptors: nil)
        #expect(
            plan.shares == [
                HoldPlan.Share(server: 0, peers: room, firstPeer: 0),
                HoldPlan.Share(server: 0, peers: 2_000 - room, firstPeer: room),
            ]
        )
    }

    @Test func serversShareThePeersEvenly() throws {
        let plan = try HoldPlan(peers: 50_000, servers: 3, descriptors: 20_000, serverDescriptors: 20_000)
        #expect(plan.atServers == [16_667, 16_667, 16_666])
        #expect(plan.shares.map(\.peers).reduce(0, +) == 50_000)
        #expect(plan.shares.allSatisfy { $0.peers <= 20_000 - HoldDefaults.descriptorReserve })
    }

    @Test func moreThanAServerMayHaveOpenIsRefusedWithAWayOut() {
        #expect {
            try HoldPlan(peers: 50_000, servers: 1, descriptors: nil, serverDescriptors: 20_000)
        } throws: { error in
            let text = "\(error)"
            return text.contains("50512 open files") && text.contains("may have 20000") && text.contains("--servers 3")
                && text.contains("ulimit -Hn")
        }
    }

    @Test func theWayOutLeadsOut() throws {
        for limit in [600, 1_024, 20_000] {
            let room = limit - HoldDefaults.descriptorReserve
            let servers = (50_000 + room - 1) / room
            _ = try HoldPlan(peers: 50_000, servers: servers, descriptors: limit, serverDescriptors: limit)
            #expect(throws: HoldPlan.TooMany.self) {
                try HoldPlan(peers: 50_000, servers: servers - 1, descriptors: limit, serverDescriptors: limit)
            }
        }
    }

    @Test func addressesChangeBeforeTheirPortsRunOut() {
        #expect(HoldPlan.source(ofPeer: 0, dialling: "127.0.0.1") == "127.0.0.2")
        #expect(HoldPlan.source(ofPeer: 19_999, dialling: "127.0.0.1") == "127.0.0.2")
        #expect(HoldPlan.source(ofPeer: 20_000, dialling: "127.0.0.1") == "127.0.0.3")
        #expect(HoldPlan.source(ofPeer: 20_000, dialling: "192.0.2.1") == nil)
    }
}

@Suite struct ProcessTextTests {
    @Test func residentMemoryIsReadWhateverStandsAroundIt() {
        let text = """
            565008ecb000-7ffe1e559000 ---p 00000000 00:00 0                          [rollup]
            Rss:                1736 kB
            Pss:                 285 kB
            """
        #expect(ProcessText.bytes(of: "Rss", smaps: text) == 1_736 * 1_024)
    }

    @Test(arguments: ["", "Rss:", "Rss: 12", "Rss: many kB", "Rss: -1 kB", "Rss: 1 MB", "Rss: 9223372036854775807 kB"])
    func whatIsNotAsDocumentedIsNoNumber(text: String) {
        #expect(ProcessText.bytes(of: "Rss", smaps: text) == nil)
    }

    @Test func limitOfOpenFilesIsTheSoftOne() {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             1                    2                    processes
            Max open files            1024                 20000                files
            """
        #expect(ProcessText.openFiles(limits: text) == 1_024)
        #expect(ProcessText.openFiles(limits: "Max open files   unlimited  unlimited files") == nil)
        #expect(ProcessText.openFiles(limits: "") == nil)
    }
}

@Suite struct SeriesTests {
    @Test func medianIsInTheMiddle() {
        #expect(Series.median([Double]()) == nil)
        #expect(Series.median([3, 1, 2]) == 2)
        #expect(Series.median([4, 1, 3, 2]) == 2.5)
    }

    @Test func slopeIsThatOfTheLine() throws {
        let slope = try #require(Series.slope((0..<10).map { (x: Double($0), y: 7 + 3 * Double($0)) }))
        #expect(abs(slope - 3) < 1e-9)
        #expect(Series.slope([(x: 1, y: 1)]) == nil)
        #expect(Series.slope([(x: 1, y: 1), (x: 1, y: 2)]) == nil)
    }
}

@Suite struct SoakTrendTests {
    private let base = 40 << 20

    private func trend(memory: (Int) -> Int, descriptors: (Int) -> Int = { _ in 230 }) throws -> SoakTrend {
        let samples = (0..<100).map {
            SoakTrend.Sample(second: Double($0), residentBytes: memory($0), descriptors: descriptors($0))
        }
        return try #require(SoakTrend(samples, population: 200))
    }

    @Test func noiseIsFlat() throws {
        let trend = try trend(memory: { base + ($0 % 7) * 50_000 }, descriptors: { 230 + $0 % 9 })
        #expect(trend.flat)
        #expect(trend.residentBytes.min == base)
        #expect(trend.residentBytes.max == base + 300_000)
        #expect(trend.samples == 100)
    }

    @Test func leakOfMemoryIsNot() throws {
        // 3 % of 40 MiB are 1.2 MiB; this leaks 2 MiB in a hundred seconds.
        let trend = try trend(memory: { base + $0 * 20_972 })
        #expect(!trend.flat)
        #expect(!trend.residentBytes.flat)
        #expect(trend.descriptors.flat)
        let slope = try #require(trend.residentBytes.slopePerMinute)
        #expect(abs(slope - 60 * 20_972) < 1)
    }

    @Test func smallGrowthOfASmallServerIsFlat() throws {
        #expect(try trend(memory: { (10 << 20) + $0 * 10_000 }).flat)
        #expect(try !trend(memory: { (10 << 20) + $0 * 13_000 }).flat)
    }

    @Test func memoryThatShrinksIsFlat() throws {
        #expect(try trend(memory: { base - $0 * 100_000 }).flat)
    }

    @Test(arguments: [1, -1])
    func descriptorsMayNeitherGrowNorShrink(direction: Int) throws {
        #expect(try trend(memory: { _ in base }, descriptors: { 1_000 + direction * $0 / 5 }).flat)
        #expect(try !trend(memory: { _ in base }, descriptors: { 1_000 + direction * $0 }).flat)
    }

    @Test func nothingReadIsNoTrend() {
        #expect(SoakTrend([], population: 1) == nil)
    }
}
