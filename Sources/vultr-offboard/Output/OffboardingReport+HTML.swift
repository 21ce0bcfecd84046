import Foundation
import Offboarding
import Presentation

/// The report as one page that needs nothing else: no script, no font, no picture from anywhere.
extension OffboardingReport {
    /// - Parameter madeAt: when the page was made.
    func html(madeAt: Date) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Offboarding report, \(HTMLText.escaped(period))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <header>
        <h1>Offboarding report</h1>
        <p>\(HTMLText.escaped(sender.map { "Sender \($0). " } ?? ""))Departures received: \(HTMLText.escaped(period)). \
        Made \(HTMLText.escaped(TimeText.text(madeAt))).</p>
        </header>
        <main>
        \(numbers)
        <section aria-labelledby="chart"><h2 id="chart">Departures by \(chart.unit)</h2>
        \(rows.isEmpty ? "<p>No departure was received.</p>" : chart.svg)
        </section>
        <section aria-labelledby="people"><h2 id="people">People</h2>
        \(table)
        </section>
        </main>
        </body>
        </html>
        """
    }

    private var chart: DepartureChart { DepartureChart(rows.map { ($0.shown.receivedAt, $0.outcome) }) }

    private var numbers: String {
        var items = [("departures", String(rows.count))]
        items += counts.filter { $0.count > 0 }.map { ($0.outcome.name, String($0.count)) }
        for (name, part) in [("median time to revoke", 0.5), ("95 % within", 0.95), ("slowest", 1)] {
            if let seconds = secondsToRevoke(ofPart: part) { items.append((name, Self.duration(seconds))) }
        }
        let list = items.map { "<div><dt>\(HTMLText.escaped($0.0))</dt><dd>\(HTMLText.escaped($0.1))</dd></div>" }
        return "<dl>\n" + list.joined(separator: "\n") + "\n</dl>"
    }

    private var table: String {
        guard !rows.isEmpty else { return "<p>Nobody.</p>" }
        let headings = ["Told", "Person", "Outcome", "Removed", "Took", "Organizations", "Case", "Exceptions"]
        let head = headings.map { "<th scope=\"col\">\($0)</th>" }.joined()
        let body = rows.map { row in
            let cells = [
                TimeText.text(row.shown.receivedAt), row.shown.email.text, row.outcome.name,
                row.outcome == .removed ? row.shown.finishedAt.map(TimeText.text) ?? "" : "",
                row.secondsToRevoke.map(Self.duration) ?? "", row.organizations.joined(separator: ", "),
                row.shown.id.text, row.exceptions.joined(separator: "; "),
            ]
            return "<tr class=\"\(row.outcome.rawValue)\">"
                + cells.map { "<td>\(HTMLText.escaped($0))</td>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table><thead><tr>\(head)</tr></thead>\n<tbody>\n"
            + body.joined(separator: "\n") + "\n</tbody></table></div>"
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1b1f24;--faint:#5b6673;--line:#d7dce2;--paper:#fff;--removed:#1f7a4d;\
        --no_account:#8a94a0;--dry_run:#5b7fb5;--needs_person:#c2410c;--under_way:#b98900;--ended:#6b4fa0}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--faint:#9aa5b1;--line:#333b45;--paper:#14181d;\
        --removed:#4cc38a;--no_account:#7d8894;--dry_run:#7fa6e0;--needs_person:#f0874a;--under_way:#e0b341;--ended:#a78fe0}}
        body{margin:2rem auto;max-width:75rem;padding:0 1rem;color:var(--ink);background:var(--paper);\
        font:15px/1.5 system-ui,sans-serif}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}header p{color:var(--faint);margin:.2rem 0 0}
        dl{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;margin:1.5rem 0}dt{color:var(--faint)}dd{margin:0;font-size:1.5rem}
        svg{width:100%;height:auto;max-height:20rem}svg text{fill:var(--faint);font-size:12px}svg line{stroke:var(--line)}
        .removed rect,rect.removed{fill:var(--removed)}rect.no_account{fill:var(--no_account)}\
        rect.dry_run{fill:var(--dry_run)}rect.needs_person{fill:var(--needs_person)}\
        rect.under_way{fill:var(--under_way)}rect.ended{fill:var(--ended)}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line)}
        th{color:var(--faint);font-weight:600}tr.needs_person td:nth-child(3){color:var(--needs_person);font-weight:600}
        @media print{body{margin:0;max-width:none}}
        """
}

/// Text in a page.
enum HTMLText {
    /// The text with everything that means something in HTML written as a reference, in attributes too.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in HarmlessText.text(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
