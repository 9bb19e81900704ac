/// An optional value that most of its owners do not have. It is kept apart: whoever has none pays one word for it, in memory
/// and when it is copied. Each change of one that is there makes it anew.
@propertyWrapper
struct Rare<Value: Sendable>: Sendable {
    private indirect enum Storage: Sendable {
        case none
        case some(Value)
    }

    private var storage = Storage.none

    init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    var wrappedValue: Value? {
        get {
            switch storage {
            case .none: nil
            case .some(let value): value
            }
        }
        set {
            storage = newValue.map(Storage.some) ?? .none
        }
    }
}
