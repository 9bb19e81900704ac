import Foundation
import LoadDriver

/// What loads that last want of a process.
extension BenchProcess {
    var observed: ObservedProcess { ObservedProcess(id: processID) }

    /// Waits for what it says, in one line of JSON.
    func report<Report: Decodable>(as type: Report.Type = Report.self) throws -> Report {
        try JSONDecoder().decode(type, from: line())
    }
}
