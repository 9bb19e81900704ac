package import HTTPRoutes
import Hummingbird
import Kademlia
import LinkCore
import Logging
package import Observation
import Telemetry
import WireMessages

/// `GET /api/v1/joins/ID`.
extension JoinJournal {
    /// What a GET for this id gets. May block for as long as the history takes: not for event loops.
    ///
    /// - Parameter id: as it stands in the path: 32 lowercase hex digits, or nonsense.
    package func page(for id: String) -> MonitorPage {
        guard let request = RequestID(id) else {
            return Self.failure(
                "The id of a join has 32 lowercase hex digits, as in the receipt of its answer.",
                code: "invalid_join_id",
                .badRequest
            )
        }
        do {
            guard let timeline = try timelineBlocking(of: request, id) else {
                return Self.failure(
                    "No join with this id is known. Either there was none, it is still waiting for its answer, or it was long ago.",
                    code: "unknown_join",
                    .notFound
                )
            }
            return .json(Self.json(timeline))
        } catch {
            // Why is for the log: it may name files.
            logger.error("history could not be read", [.reason: "\(error)"])
            return Self.failure("The history cannot be read.", code: "history_unusable", .serviceUnavailable)
        }
    }

    private static func failure(_ text: String, code: String, _ status: HTTPResponse.Status) -> MonitorPage {
        let body = RawJSON.object { writer in
            writer.member("error", BoundedText.clean(text, maxBytes: 300))
            writer.member("code", code)
        }
        return .json(body.bytes, status: status)
    }

    /// The timeline as monitors and `causeway status` read it.
    package static func json(_ timeline: JoinTimeline) -> [UInt8] {
        RawJSON.object { writer in
            writer.member("id", timeline.id)
            writer.member("askedAt", timeline.askedAt)
            writer.member("newcomer", timeline.newcomer)
            writer.member("helper", orNull: timeline.helper?.description)
            writer.member("outcome", timeline.outcome.rawValue)
            writer.key("steps")
            writer.beginArray()
            for step in timeline.steps {
                writer.beginObject()
                writer.member("at", timeline.askedAt + step.afterMicroseconds / 1_000)
                writer.member("afterUs", step.afterMicroseconds)
                writer.member("event", step.event.rawValue)
                writer.member("bridge", orNull: step.bridge)
                writer.member("detail", orNull: step.detail)
                writer.endObject()
            }
            writer.endArray()
            writer.member("stepsDropped", Int64(timeline.stepsDropped))
        }.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, orNull value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }
}
