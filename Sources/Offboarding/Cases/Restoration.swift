/// What a store that does not hold the last of what was said must not do by itself: one that comes from a backup, or that
/// has lost the end of its log. Runs inside one transaction.
///
/// Since then somebody may have come back, been refused or been protected, and nothing of it is known. So no case that is
/// open removes anybody before a person has looked at its plan.
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
            restrained.restraint = restrained.restraint ?? .incomplete
            try session.update(restrained)
        }
        return open.count
    }
}
