import Telemetry
import Testing

@Suite struct MemoryPressureTests {
    @Test func beginsAboveTheLimitAndEndsBelowNineTenths() {
        var pressure = MemoryPressure(limit: 1_000)
        #expect(pressure.update(residentBytes: 1_000) == nil)
        #expect(pressure.update(residentBytes: 1_001) == true)
        #expect(pressure.isOn)
        #expect(pressure.update(residentBytes: 5_000) == nil)
        #expect(pressure.update(residentBytes: 900) == nil)
        #expect(pressure.update(residentBytes: 899) == false)
        #expect(!pressure.isOn)
        #expect(pressure.update(residentBytes: 950) == nil)
    }
}
