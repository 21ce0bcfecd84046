import ArgumentParser

/// Removes people who left from every Vultr organization that they belong to.
@main struct VultrOffboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vultr-offboard",
        abstract: "Removes people who left from every Vultr organization that they belong to.",
        discussion: """
            Exit status: 0 done; 1 it ran and the answer is no; 64 wrong usage or an unknown case; 69 Vultr or the store \
            is out of reach; 78 wrong configuration.
            """.examples(
                "check --config offboard.yaml",
                "remove avery.stone@example.com --config offboard.yaml",
                "cases --state held --config offboard.yaml"
            ),
        version: "0.5.0",
        subcommands: [
            Serve.self, Check.self, PlanCommand.self, Remove.self, Cases.self, Show.self, Deliveries.self,
            Resolve.self, Approve.self, Refuse.self, Retry.self, Cancel.self, Sign.self, TestCommand.self,
            SendersCommand.self, LimitsCommand.self, Report.self, Sweep.self, AccessReviewCommand.self,
            ExportPerson.self, ErasePerson.self, AuditCommand.self, Receipt.self, Backup.self, Restore.self,
        ]
    )

    static func main() async {
        CrashOutput.limit()
        HeapBounds.set()
        await main(nil)
    }
}
