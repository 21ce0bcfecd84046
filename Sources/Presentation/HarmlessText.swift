/// Text of other people's making, such as names from Vultr and from senders.
package enum HarmlessText {
    /// The text with control and format characters shown as `?`: a terminal would act on them, and a page would turn
    /// round what stands beside them.
    package static func text(_ text: String) -> String {
        var harmless = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: harmless.append("?")
            default: harmless.append(scalar)
            }
        }
        return String(harmless)
    }
}
