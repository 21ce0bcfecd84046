import Foundation
import Logging
import Offboarding

/// Why an answer of status 2xx is not what its endpoint returns. Holds nothing of the answer.
struct Misread: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension VultrKeyClient {
    /// All pages of a list, one after the other, each tried again on its own.
    func list<Row: ListedRow>(
        _ row: Row.Type,
        _ endpoint: Endpoint,
        path: String
    ) async throws(VultrError) -> Listing<Row.Item> {
        var collector = PageCollector<Row>()
        repeat {
            let query = "?per_page=\(PageCollector<Row>.rowsPerPage)"
            let cursor = collector.cursor.map { "&cursor=" + BaseURL.encoded($0) } ?? ""
            let call = Call(endpoint, path: path + query + cursor)
            collector.add(try await get(call, as: Page<Row>.self) { (page) throws(Misread) in page })
        } while collector.cursor != nil
        return collector.listing
    }

    /// A GET whose answer is decoded and understood, tried again while trouble may pass. A broken answer is trouble too.
    func get<Body: Decodable, Value: Sendable>(
        _ call: Call,
        as body: Body.Type,
        understand: (Body) throws(Misread) -> Value
    ) async throws(VultrError) -> Value {
        var attempt = 1
        while true {
            let failure: VultrError
            do throws(VultrError) {
                return try decoded(try await send(call), of: call, understand: understand)
            } catch {
                failure = error
            }
            guard failure.passes, attempt < Backoff.mostAttempts, !Task.isCancelled else { throw failure }
            try await pause(after: attempt, failure, of: call)
            attempt += 1
        }
    }

    /// One request, and after a 401 one more if the secret was replaced meanwhile. Statuses other than 2xx are thrown.
    func send(_ call: Call) async throws(VultrError) -> Answer {
        let used = try secret()
        let answer = try await connection.exchange(call, with: used, key: name)
        if answer.status == 401, let replacement = try replacement(for: used) {
            connection.logger.notice(
                "the secret was replaced; the call is made with the new one",
                metadata: ["key": "\(name)"]
            )
            let second = try await connection.exchange(call, with: replacement, key: name)
            return try checked(second, of: call, secret: replacement)
        }
        return try checked(answer, of: call, secret: used)
    }

    private func checked(_ answer: Answer, of call: Call, secret: Secret) throws(VultrError) -> Answer {
        let delete = call.method == .delete
        let code: VultrError.Code
        let what: String
        var retryAt: Date?
        var mayHaveBeenApplied = false
        switch answer.status {
        case 200..<300:
            return answer
        case 300..<400:
            (code, what) = (.operatorNeeded, "was answered with a redirect, which is never followed")
        case 404:
            (code, what) = (.notFound, "found nothing")
        case 429:
            (code, what) = (.rateLimited, "came too early")
            retryAt = answer.retryAt
        case 400..<500:
            (code, what) = (.operatorNeeded, "was refused")
        default:
            (code, what) = (.unavailable, "met trouble at Vultr")
            retryAt = answer.status == 503 ? answer.retryAt : nil
            mayHaveBeenApplied = delete
        }
        let said = call.isSecret ? nil : ErrorText.reading(answer.body, hiding: secret)
        let text = said.map { ": " + $0 } ?? ""
        throw VultrError(
            code,
            status: answer.status,
            message: ErrorText.cut("\(call.name) \(what)\(text)"),
            retryAt: retryAt,
            mayHaveBeenApplied: mayHaveBeenApplied
        )
    }

    private func decoded<Body: Decodable, Value>(
        _ answer: Answer,
        of call: Call,
        understand: (Body) throws(Misread) -> Value
    ) throws(VultrError) -> Value {
        let reason: String
        do {
            return try understand(try JSONDecoder().decode(Body.self, from: answer.body))
        } catch let misread as Misread {
            reason = misread.reason
        } catch {
            // Foundation's text may quote the answer, and with it emails.
            reason = "the answer is not JSON of the expected shape"
        }
        throw VultrError(.brokenAnswer, status: answer.status, message: "\(call.name): \(reason)")
    }

    private func pause(after attempt: Int, _ failure: VultrError, of call: Call) async throws(VultrError) {
        let time = connection.time
        let jitter = Backoff.seconds(after: attempt, random: connection.random())
        let asked = failure.retryAt.map { max(0, $0.timeIntervalSince(time.now())) } ?? 0
        connection.logger.debug(
            "a call to Vultr is tried again",
            metadata: [
                "key": "\(name)", "call": "\(call.name)", "attempt": "\(attempt)", "cause": "\(failure.code.rawValue)",
            ]
        )
        do {
            try await time.sleep(seconds: asked + jitter)
        } catch {
            throw VultrError(.unavailable, message: "\(call.name) was cancelled while it waited to be tried again")
        }
    }
}
