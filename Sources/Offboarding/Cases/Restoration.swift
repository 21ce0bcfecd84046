/// What a store that comes from a backup must not do by itself. Runs inside one transaction.
///
/// Since the backup was made somebody may have come back, been refused or been protected, and nothing of it is known. So
/// no case that was open then removes anybody before a person has looked at its plan.
public struct Restoration {
    private let session: any StoreSession

    public init(session: any StoreSession) { self.session = session }

    /// Has every open case held when it is worked next.
    ///
    /// - Returns: how many there are.
    public func restrainOpenCases() throws -> Int {
        let states = Set(CaseState.allCases.filter(\.isOpen))
        let open = try session.cases(matching: CaseFilter(states: states))
        for var restrained in open {
            restrained.approval = nil
            // A test removes nobody in any case, and the others wait for a person as they are.
            restrained.restraint = restrained.restraint ?? .restored
            try session.update(restrained)
        }
        return open.count
    }
}
