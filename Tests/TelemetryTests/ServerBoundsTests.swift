import Telemetry
import Testing

@Suite struct ServerBoundsTests {
    private typealias Defaults = ServerBounds.Defaults

    @Test func largeMachineIsBoundedByTheCaps() throws {
        let bounds = try ServerBounds(.init(), on: machine(descriptors: 1 << 20, memory: 256 << 30, processors: 64))
        #expect(bounds.connections == 20_000)
        #expect(bounds.peers == 15_000)
        #expect(bounds.queueCapacity == 1_024)
        #expect(bounds.targetPeers == 50)
        // 20,000 connections with full buffers, and the process itself.
        #expect(bounds.memoryLimit == 20_000 * (64 << 10) + (40 << 20))
    }

    @Test func descriptorsBoundConnections() throws {
        // 64 for the process, 3 for each of two event loops.
        let bounds = try ServerBounds(.init(), on: machine(descriptors: 1_024, processors: 2))
        #expect(bounds.connections == 1_024 - 64 - 6)
        #expect(bounds.peers == 716)
    }

    @Test func memoryBoundsConnections() throws {
        let bounds = try ServerBounds(.init(), on: machine(memory: 512 << 20))
        #expect(bounds.memoryLimit == 256 << 20)
        #expect(bounds.connections == ((256 - 40) << 20) / (64 << 10))
    }

    @Test func smallContainerStillTakesSome() throws {
        let bounds = try ServerBounds(.init(), on: machine(memory: 48 << 20))
        #expect(bounds.memoryLimit == 36 << 20)
        #expect(bounds.connections == Defaults.fewestConnections)
        #expect(bounds.peers == 48)
        #expect(bounds.targetPeers == 48)
    }

    @Test func machineThatTellsNothingGetsTheDefaults() throws {
        let unknown = MachineLimits(descriptors: nil, physicalMemory: nil, groupMemory: nil, processors: 1)
        let bounds = try ServerBounds(.init(), on: unknown)
        #expect(bounds.connections == 20_000)
        #expect(bounds.memoryLimit == nil)
    }

    @Test func whatTheOperatorSetsCounts() throws {
        var wishes = ServerBounds.Wishes()
        wishes.connections = 300
        wishes.peers = 225
        wishes.queueCapacity = 65_536
        wishes.targetPeers = 0
        wishes.memoryLimit = 128 << 20
        let bounds = try ServerBounds(wishes, on: machine())
        #expect(bounds.connections == 300)
        #expect(bounds.peers == 225)
        #expect(bounds.queueCapacity == 65_536)
        #expect(bounds.targetPeers == 0)
        #expect(bounds.memoryLimit == 128 << 20)
    }

    @Test func moreConnectionsThanUsualBringMoreMemory() throws {
        var wishes = ServerBounds.Wishes()
        wishes.connections = 40_000
        let bounds = try ServerBounds(wishes, on: machine(memory: 16 << 30))
        #expect(bounds.memoryLimit == 40_000 * (64 << 10) + (40 << 20))
        #expect(bounds.peers == 30_000)
    }

    @Test func withoutAMemoryLimitConnectionsStillFitTheMachine() throws {
        var wishes = ServerBounds.Wishes()
        wishes.memoryLimit = 0
        let bounds = try ServerBounds(wishes, on: machine(memory: 512 << 20))
        #expect(bounds.memoryLimit == nil)
        #expect(bounds.connections == 3_456)
    }

    @Test func moreConnectionsThanDescriptorsAreRefusedWithBothNumbers() {
        let refusal = refusal(machine(descriptors: 1_024, processors: 2)) { $0.connections = 5_000 }
        #expect(refusal?.bound == .connections)
        #expect(
            refusal?.problem == """
                5000 is more than this process may have: of its 1024 open files it keeps 70 for itself, so at most 954 \
                fit. Lower it, or raise the limit (ulimit -n, LimitNOFILE)
                """
        )
        #expect(self.refusal(machine(descriptors: 1_024, processors: 2)) { $0.connections = 954 } == nil)
        #expect(self.refusal(machine(descriptors: 1_024, processors: 2)) { $0.connections = 955 } != nil)
    }

    @Test func processWithoutDescriptorsForAnyoneIsRefused() {
        #expect(refusal(machine(descriptors: 67, processors: 1)) { _ in }?.bound == .connections)
        #expect(refusal(machine(descriptors: 68, processors: 1)) { _ in } == nil)
    }

    @Test func connectionsThatIdleAboveTheMemoryLimitAreRefused() {
        let refusal = refusal(machine(memory: 1 << 30)) {
            $0.connections = 20_000
            $0.memoryLimit = 128 << 20
        }
        #expect(refusal?.bound == .connections)
        #expect(refusal?.problem.contains("20000 need 236MiB of") == true)
        #expect(refusal?.problem.contains("the limit is 128MiB.") == true)
    }

    @Test func everyBoundIsRefusedByItsName() {
        #expect(refusal { $0.connections = 0 }?.bound == .connections)
        #expect(refusal { $0.connections = .min }?.bound == .connections)
        #expect(refusal { $0.connections = .max }?.bound == .connections)
        #expect(refusal { $0.peers = 0 }?.bound == .peers)
        #expect(refusal { $0.queueCapacity = 0 }?.bound == .queueCapacity)
        #expect(refusal { $0.queueCapacity = 65_537 }?.bound == .queueCapacity)
        #expect(refusal { $0.targetPeers = -1 }?.bound == .targetPeers)
        #expect(refusal { $0.memoryLimit = (64 << 20) - 1 }?.bound == .memoryLimit)
        #expect(refusal { $0.memoryLimit = -1 }?.bound == .memoryLimit)
        #expect(refusal { $0.memoryLimit = (8 << 30) + 1 }?.bound == .memoryLimit)
    }

    @Test func leastMemoryIsWhatASmallContainerGetsByItself() {
        let small = machine(memory: 48 << 20)
        #expect(refusal(small) { $0.memoryLimit = 36 << 20 } == nil)
        #expect(
            refusal(small) { $0.memoryLimit = (36 << 20) - 1024 }?.problem
                == "36863KiB is too little to run; 36MiB is the least, 0 means no limit"
        )
        #expect(
            refusal { $0.memoryLimit = 1 << 10 }?.problem
                == "1KiB is too little to run; 64MiB is the least, 0 means no limit"
        )
        #expect(
            refusal(machine(memory: (1 << 30) + 5)) { $0.memoryLimit = (1 << 30) + 6 }?.problem
                == "1073741830 bytes is more than the 1GiB that this machine or container has. Lower it"
        )
    }

    @Test func hugeWishesOnAMachineThatTellsNothingDoNotTrap() {
        let unknown = MachineLimits(descriptors: nil, physicalMemory: nil, groupMemory: nil, processors: 1)
        #expect(refusal(unknown) { $0.connections = .max } == nil)
        #expect(refusal(unknown) { $0.memoryLimit = .max } == nil)
        #expect(
            refusal(unknown) {
                $0.memoryLimit = .max / 4
                $0.connections = .max
            }?.bound == .connections
        )
    }

    @Test func peersLeaveRoomForBootstraps() {
        let refusal = refusal {
            $0.connections = 4_096
            $0.peers = 4_000
        }
        #expect(refusal?.bound == .peers)
        #expect(
            refusal?.problem == """
                4000 is more than fits: of 4096 connections 256 are kept for bootstrap servers, so at most 3840. Lower it, \
                or allow more connections
                """
        )
        // A quarter, where 256 would be most of them.
        #expect(
            self.refusal {
                $0.connections = 100
                $0.peers = 75
            } == nil
        )
    }

    @Test func targetAboveThePeersAllowedIsRefused() {
        let refusal = refusal {
            $0.peers = 40
            $0.targetPeers = 41
        }
        #expect(refusal?.bound == .targetPeers)
        #expect(refusal?.problem.contains("41") == true)
        #expect(refusal?.problem.contains("40") == true)
    }

    @Test func boundsOfAnyMachineHoldTogether() throws {
        for descriptors in [80, 256, 1_024, 20_000, 1 << 20] {
            for memory in [48 << 20, 64 << 20, 80 << 20, 100 << 20, 1 << 30, 64 << 30] {
                for processors in [1, 2, 4] {
                    let machine = machine(descriptors: descriptors, memory: memory, processors: processors)
                    let bounds = try ServerBounds(.init(), on: machine)
                    #expect(bounds.connections >= 1)
                    #expect(bounds.connections + 64 + 3 * processors <= max(descriptors, 64 + 3 * processors + 1))
                    #expect(bounds.peers >= 1 && bounds.peers <= bounds.connections)
                    #expect(bounds.targetPeers <= bounds.peers)
                    #expect(bounds.memoryLimit.map { $0 < memory } == true)
                    // What was chosen may also be asked for.
                    var same = ServerBounds.Wishes()
                    same.connections = bounds.connections
                    same.peers = bounds.peers
                    same.targetPeers = bounds.targetPeers
                    same.memoryLimit = bounds.memoryLimit
                    #expect(refusal(machine) { $0 = same } == nil, "\(descriptors) \(memory) \(processors)")
                }
            }
        }
    }

    private func machine(descriptors: Int = 1 << 20, memory: Int = 8 << 30, processors: Int = 1) -> MachineLimits {
        MachineLimits(descriptors: descriptors, physicalMemory: memory, groupMemory: nil, processors: processors)
    }

    private func refusal(
        _ machine: MachineLimits? = nil,
        _ change: (inout ServerBounds.Wishes) -> Void
    ) -> ServerBounds.Refusal? {
        var wishes = ServerBounds.Wishes()
        change(&wishes)
        do throws(ServerBounds.Refusal) {
            _ = try ServerBounds(wishes, on: machine ?? self.machine())
            return nil
        } catch {
            return error
        }
    }
}
