import Offboarding
import Senders

/// Reads each delivery by the rules of its sender.
struct SenderInterpreter: DeliveryInterpreter {
    private let interpreters: [String: any DeliveryInterpreter]

    init(_ senders: [Sender]) {
        interpreters = Dictionary(senders.map { ($0.name, $0.deliveryInterpreter) }) { first, _ in first }
    }

    func interpret(_ delivery: Delivery) -> Interpretation {
        guard let interpreter = interpreters[delivery.sender] else {
            // It was verified when it came, so somebody may have left: a person must look.
            return Interpretation(unresolved: ["its sender is not configured any more"])
        }
        return interpreter.interpret(delivery)
    }
}
