extension JoinTimeline {
    /// How far it got: the last step that says what became of the newcomer; `asked` while it waits for its answer.
    public var outcome: Event { steps.last { $0.event.isOutcome }?.event ?? .asked }
}

extension JoinTimeline.Event {
    /// It says what became of the newcomer, not of one bridge that was asked.
    public var isOutcome: Bool {
        switch self {
        case .asked, .queued, .sent, .busy, .refused, .timedOut, .linkLost, .unusable: false
        case .helperNamed, .degraded, .genesis, .turnedAway, .abandoned, .invited, .accepted, .connected, .failed,
            .silent,
            .unknown:
            true
        }
    }

    /// Nothing can follow it.
    public var isFinal: Bool {
        switch self {
        case .degraded, .genesis, .turnedAway, .abandoned, .connected, .failed, .silent, .unknown: true
        case .asked, .queued, .sent, .busy, .refused, .timedOut, .linkLost, .unusable, .helperNamed, .invited,
            .accepted:
            false
        }
    }
}
