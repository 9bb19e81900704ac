import Telemetry
import Testing

@Suite struct KernelTextTests {
    @Test func residentPagesAreTheSecondNumber() {
        #expect(KernelText.residentPages(statm: "257612 43792 12061 20 0 170233 0\n") == 43_792)
    }

    @Test(arguments: ["", "\n", "765", "765 x 406", "765 -4 406", "765 99999999999999999999 1", "765 ٣ 1", "\0 \0"])
    func oddMemoryLinesSayNothing(text: String) {
        #expect(KernelText.residentPages(statm: text) == nil)
    }

    @Test(arguments: [
        "causeway", "a b", "a) R 1 2 3 (b", ")", "", "((", "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
    ])
    func activityIsReadWhateverTheProgramIsCalled(name: String) {
        let text = """
            27616 (\(name)) R 27608 27608 26004 0 -1 4194304 103 0 0 0 250 31 0 0 20 0 7 0 2425162 3133440 418 \
            18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0

            """
        let activity = KernelText.activity(stat: text)
        #expect(activity?.threads == 7)
        #expect(activity?.ticks == 281)
        #expect(activity?.startTicks == 2_425_162)
    }

    @Test(arguments: [
        "", ")", "1 (a) R", "no parenthesis 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
        "1 (a) R 1 2 3 4 5 6 7 8 9 10 -1 12 13 14 15 16 17 18 19 20 21",
        "1 (a) R 1 2 3 4 5 6 7 8 9 10 9223372036854775807 9223372036854775807 13 14 15 16 17 18 19 20 21",
    ])
    func oddActivityLinesSayNothing(text: String) {
        #expect(KernelText.activity(stat: text) == nil)
    }

    @Test func groupOfVersion2IsLimitedByAllGroupsAroundIt() {
        #expect(
            KernelText.memoryLimitFiles(cgroup: "0::/system.slice/bridge.service\n") == [
                "/sys/fs/cgroup/system.slice/bridge.service/memory.max", "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        )
    }

    @Test func groupOfVersion1IsThatOfTheMemoryController() {
        let text = """
            12:cpu,cpuacct:/docker/cafe
            9:name=systemd:/docker/cafe
            4:memory:/docker/cafe
            0::/
            """
        #expect(
            KernelText.memoryLimitFiles(cgroup: text) == [
                "/sys/fs/cgroup/memory/docker/cafe/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory.max",
            ]
        )
    }

    @Test func controllersMayShareALineAndPathsMayHoldColonsAndBlanks() {
        #expect(
            KernelText.memoryLimitFiles(cgroup: "4:hugetlb,memory:/a:b c").first
                == "/sys/fs/cgroup/memory/a:b c/memory.limit_in_bytes"
        )
    }

    @Test func groupOutsideOfOurViewLeadsToTheRootOnly() {
        #expect(KernelText.memoryLimitFiles(cgroup: "0::/../../etc") == ["/sys/fs/cgroup/memory.max"])
        let deep = String(repeating: "/a", count: 5_000)
        #expect(KernelText.memoryLimitFiles(cgroup: "0::\(deep)") == ["/sys/fs/cgroup/memory.max"])
    }

    @Test(arguments: [
        "", "\n\n", "0::", "0:", "::", "4:memory", "4:memory:relative", "4:memoryless:/a", "x:y:/z", "\0",
    ])
    func oddGroupsNameNoFile(text: String) {
        #expect(KernelText.memoryLimitFiles(cgroup: text) == [])
    }

    @Test func limitIsInBytes() {
        #expect(KernelText.memoryLimit("134217728\n") == 134_217_728)
    }

    @Test(arguments: [
        "max\n", "", "\n", "0", "-1", "9223372036854771712\n", "18446744073709551615", "1e9", "12 34", "0x10", "１２",
    ])
    func whatIsNoNumberOrHugeIsNoLimit(text: String) {
        #expect(KernelText.memoryLimit(text) == nil)
    }
}
