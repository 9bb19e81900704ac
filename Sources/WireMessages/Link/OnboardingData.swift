/// What an `OnboardingPeerResponse` carries, told apart by its fields.
public enum OnboardingData: WireField {
    /// Apart, so that who hands it on copies one reference instead of every field.
    indirect case answer(OnboardingAnswer)
    /// Sent with a failure by bridges of the current era.
    case emergency(EmergencyState)

    /// Nil if it names neither an inviter nor the state of the network: existing bootstraps count that as failure too.
    public init?(json: JSONValue) {
        if let answer = OnboardingAnswer(json: json) {
            self = .answer(answer)
        } else if let state = EmergencyState(json: json) {
            self = .emergency(state)
        } else {
            return nil
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .answer(let answer): answer.write(to: &writer)
        case .emergency(let state): state.write(to: &writer)
        }
    }
}
