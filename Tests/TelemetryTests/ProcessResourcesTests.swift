import Logging
import Telemetry
import Testing
import Timekeeping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// What is measured here is the process that runs the tests, and other tests run beside these.
#if os(Linux)
    @Suite(.serialized) struct ProcessResourcesTests {
        @Test func readingOfThisProcessIsWhole() throws {
            let reading = ProcessResources.read(at: .zero + .seconds(3))
            #expect(reading.readAt == .zero + .seconds(3))
            #expect(try #require(reading.residentBytes) > 1 << 20)
            #expect(try #require(reading.openDescriptors) >= 3)
            #expect(try #require(reading.threads) >= 1)
            #expect(try #require(reading.processorTime) >= .zero)
        }

        @Test func residentMemoryGrowsByWhatIsTouched() throws {
            let size = 64 << 20
            let before = try #require(ProcessResources.residentBytes())
            let memory = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
            defer { munmap(memory, size) }
            memset(memory, 1, size)
            let after = try #require(ProcessResources.residentBytes())
            // Others free and touch memory meanwhile.
            #expect(after - before > size / 2)
        }

        @Test func ageGrowsWithTime() throws {
            let age = try #require(ProcessResources.age())
            #expect(age > .zero)
            let later = try #require(ProcessResources.age())
            #expect(later >= age)
            // Younger than its machine, and older than what was read of it: a start in the future would be another clock's.
            var sinceBoot = timespec()
            clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
            #expect(later < .seconds(sinceBoot.tv_sec + 1))
        }

        @Test func openFilesAreCounted() throws {
            // Enough that what other tests open or close meanwhile does not matter.
            let files = (0..<200).map { _ in open("/dev/null", O_RDONLY) }
            let opened = try #require(ProcessResources.read(at: .zero).openDescriptors)
            for file in files { close(file) }
            let closed = try #require(ProcessResources.read(at: .zero).openDescriptors)
            #expect(opened - closed >= 100)
        }

        @Test func processorTimeGrowsWithWork() throws {
            let before = try #require(ProcessResources.read(at: .zero).processorTime)
            var used = Duration.zero
            var sum: UInt64 = 1
            // Ticks are 10 ms; a million rounds take about as long.
            for _ in 0..<2_000 where used < .milliseconds(50) {
                for round in 0..<100_000 { sum = sum &* 6_364_136_223_846_793_005 &+ UInt64(round) }
                used = try #require(ProcessResources.read(at: .zero).processorTime) - before
            }
            #expect(used >= .milliseconds(50), "\(sum)")
        }

        @Test func freedMemoryCanBeReturned() throws {
            var blocks: [UnsafeMutableRawPointer] = []
            for _ in 0..<2_000 {
                let block = UnsafeMutableRawPointer.allocate(byteCount: 32 << 10, alignment: 16)
                memset(block, 1, 32 << 10)
                blocks.append(block)
            }
            // The last block stays, so that the allocator cannot give back what lies below by itself.
            let full = try #require(ProcessResources.residentBytes())
            for block in blocks.dropLast() { block.deallocate() }
            ProcessResources.returnFreedMemory()
            let after = try #require(ProcessResources.residentBytes())
            blocks.last?.deallocate()
            #expect(full - after > 32 << 20)
        }
    }

    @Suite struct MachineLimitsTests {
        @Test func limitsOfThisMachineMakeSense() throws {
            let limits = MachineLimits.current()
            #expect(try #require(limits.physicalMemory) > 64 << 20)
            #expect(limits.descriptors.map { $0 > 16 } ?? true)
            #expect(limits.processors >= 1)
            #expect(try #require(limits.memory) <= limits.physicalMemory ?? 0)
        }

        @Test func smallestMemoryCounts() {
            func memory(_ physical: Int?, _ group: Int?) -> Int? {
                MachineLimits(descriptors: nil, physicalMemory: physical, groupMemory: group, processors: 1).memory
            }
            #expect(memory(100, 50) == 50)
            #expect(memory(100, 500) == 100)
            #expect(memory(100, nil) == 100)
            #expect(memory(nil, 50) == 50)
            #expect(memory(nil, nil) == nil)
        }

        @Test func takingAllRaisesTheSoftLimitToTheHardOne() throws {
            let raised = MachineLimits.takingAll(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            var limit = rlimit()
            #if canImport(Glibc)
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #else
                getrlimit(RLIMIT_NOFILE, &limit)
            #endif
            #expect(limit.rlim_cur == limit.rlim_max)
            #expect(raised == .current())
        }
    }
#endif
