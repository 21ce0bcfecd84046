import NIOCore

/// Calls of the API.
extension World {
    /// Decides on a call, applies it, and writes it to the log.
    mutating func react(to request: APIRequest) -> Reaction {
        let call = Call(method: request.method, path: request.path)
        let key = request.secret.flatMap { secret in keys.first { $0.hasSecret(secret) } }
        let outcome = outcome(of: call, request, key)
        log.append(CallRecord(request: request, call: call, key: key?.name, outcome: outcome))
        return outcome.reaction
    }

    /// What becomes of a call, and what the log says of it.
    struct Outcome {
        var reaction: Reaction
        var isApplied = false
        var fault: String?
    }

    private mutating func outcome(of call: Call, _ request: APIRequest, _ key: APIKey?) -> Outcome {
        guard rate.admits(request.address, at: request.monotonicArrival, limit: switches.rateLimit) else {
            var refusal = Answer.failure(429, "Too many requests")
            if let seconds = switches.rateLimitRetryAfter { refusal.headers = [("Retry-After", String(seconds))] }
            return Outcome(reaction: .answer(refusal, after: switches.latency))
        }
        if case .deleteAccount = call {
            let refusal = Answer.failure(500, "The simulator forbids the deletion of a sign-in.")
            return Outcome(reaction: .answer(refusal, after: .zero), fault: "FORBIDDEN_ACCOUNT_DELETE")
        }
        guard let fault = takeFault(call, request, key) else {
            let (answer, isApplied) = answer(call, request, key, shape: PageShape())
            return Outcome(reaction: .answer(answer, after: switches.latency), isApplied: isApplied)
        }
        return outcome(of: call, request, key, with: fault)
    }

    private mutating func outcome(of call: Call, _ request: APIRequest, _ key: APIKey?, with fault: Fault) -> Outcome {
        var isApplied = false
        var proper = Answer.noContent
        if !fault.kind.replacesCall || fault.isApplied {
            (proper, isApplied) = answer(call, request, key, shape: PageShape(fault))
        }
        let reaction: Reaction
        switch fault.kind {
        case .cutBefore, .cutAfter:
            reaction = .cut(after: switches.latency)
        case .hang:
            reaction = .silence
        case .slow:
            reaction = .answer(proper, after: switches.latency + fault.delay)
        case .status, .html, .redirect:
            reaction = .answer(fault.answer, after: switches.latency)
        case .truncated:
            if let length = proper.body?.readableBytes {
                proper.body = proper.body?.getSlice(at: 0, length: length / 2)
            }
            reaction = .answer(proper, after: switches.latency)
        case .repeatedCursor, .missingMeta, .total, .shortList:
            reaction = .answer(proper, after: switches.latency)
        }
        return Outcome(reaction: reaction, isApplied: isApplied, fault: fault.kind.rawValue)
    }

    /// The call's proper answer.
    private mutating func answer(
        _ call: Call,
        _ request: APIRequest,
        _ key: APIKey?,
        shape: PageShape
    ) -> (answer: Answer, applied: Bool) {
        guard let key else { return (.failure(401, "Invalid API token."), false) }
        guard key.isAddressAllowed else {
            return (.failure(401, "Unauthorized IP address: \(request.address)"), false)
        }
        guard request.contentType != nil else { return (.failure(400, "Bad request."), false) }
        if let list = list(call, key: key) {
            switch list {
            case .failure(let refused):
                return (refused.answer, false)
            case .success(let list):
                do {
                    return (page(try PageRequest(query: request.query), of: list, shape: shape), false)
                } catch {
                    return (.failure(400, error.text), false)
                }
            }
        }
        switch call {
        case .remove(let organization, let user): return remove(user, from: organization, key: key)
        case .suspend(let organization, let user): return suspend(true, user, in: organization, key: key)
        case .unsuspend(let organization, let user): return suspend(false, user, in: organization, key: key)
        case .restore(let organization):
            switch reach(organization, with: key) {
            case .success(let ordinal): return (.noContent, restore(ordinal))
            case .failure(let refused): return (refused.answer, false)
            }
        case .organization(let id): return (single(organization: id, key), false)
        case .user(let id): return (single(user: id, key), false)
        case .invitation(let id): return (single(invitation: id, key), false)
        case .account: return (account(key), false)
        case .apiKeys(let user): return (apiKeys(of: user, key), false)
        case .endAPIKey(let id, let user): return endAPIKey(id, of: user, key)
        case .sessions(let user): return (sessions(of: user, key), false)
        case .endSession(let token): return endSession(token, key)
        default: return (.failure(404, "Not found."), false)
        }
    }

    private func single(organization id: String, _ key: APIKey) -> Answer {
        guard key.mayListOrganizations else { return Refused.forbidden.answer }
        guard let ordinal = organizationOrdinals[id], ordinal == key.home || listed(by: key).contains(ordinal) else {
            return Refused.organizationNotFound.answer
        }
        let json = organizations[ordinal].json
        let wrapper = switches.singleOrganizationWrapper
        return .json(200, wrapper == "bare" ? json : .object([(wrapper, json)]))
    }

    private mutating func single(user id: String, _ key: APIKey) -> Answer {
        guard key.mayList else { return Refused.forbidden.answer }
        guard let ordinal = personOrdinals[id], isVisible(ordinal, to: key) else {
            return .failure(404, "Invalid user")
        }
        let row = people[ordinal].row(showsServiceUser: !switches.omitServiceUserSingle)
        return .json(200, .object([("user", .encoded(row))]))
    }

    private func single(invitation id: String, _ key: APIKey) -> Answer {
        guard key.mayListInvitations else { return Refused.forbidden.answer }
        let covered = covered(by: key)
        guard let found = invitations.first(where: { $0.id == id && covered.contains($0.organization) }) else {
            return .failure(404, "Invite not found")
        }
        return .json(200, found.json(organizations[found.organization]))
    }

    private func account(_ key: APIKey) -> Answer {
        guard key.mayReadAccount, let ordinal = personOrdinals[key.owner] else { return Refused.forbidden.answer }
        let owner = people[ordinal]
        var fields: [(String, JSON)] = [("name", .string(owner.name))]
        if let email = owner.email { fields.append(("email", .string(email))) }
        fields += [
            ("acls", .array(owner.acls.map { .string($0) })), ("balance", .integer(-5)),
            ("pending_charges", .integer(0)), ("last_payment_date", .string("")),
        ]
        return .json(200, .object([("account", .object(fields))]))
    }
}

extension World {
    /// The fault that a call runs into, counted.
    ///
    /// The list is walked in its order. A fault that matches and has calls to skip lets the call on to those behind it;
    /// the first that fires ends the walk.
    private mutating func takeFault(_ call: Call, _ request: APIRequest, _ key: APIKey?) -> Fault? {
        guard !faults.isEmpty else { return nil }
        let place = place(call, request, key)
        for index in faults.indices where faults[index].isAlive {
            let fault = faults[index]
            guard fault.method.map({ $0 == request.method }) ?? true,
                fault.path.map({ $0.matches(request.path) }) ?? true,
                fault.key.map({ $0 == key?.name }) ?? true,
                fault.page.map({ $0 == place?.number }) ?? true,
                !fault.kind.shapesLists || call.isList,
                fault.kind != .repeatedCursor || place?.hasCursor == true
            else { continue }
            if fault.skipped < fault.skip {
                faults[index].skipped += 1
                continue
            }
            faults[index].fired += 1
            return faults[index]
        }
        return nil
    }

    /// Where in a list a call is; `nil` for other calls and those that get no list.
    private func place(_ call: Call, _ request: APIRequest, _ key: APIKey?) -> (number: Int, hasCursor: Bool)? {
        guard call.isList else { return nil }
        guard let key, case .success(let list)? = list(call, key: key) else { return (1, false) }
        // What cannot be read is on no page; the call itself is answered 400 for it.
        guard let page = try? PageRequest(query: request.query) else { return nil }
        return pageNumber(page, in: list).map { ($0, page.cursor != nil) }
    }
}

extension World.PageShape {
    fileprivate init(_ fault: Fault) {
        lacksMeta = fault.kind == .missingMeta
        total = fault.kind == .total ? fault.total : nil
        repeatsCursor = fault.kind == .repeatedCursor
        endsEarly = fault.kind == .shortList
    }
}

extension Fault {
    /// The answer of a fault that answers in the call's place.
    fileprivate var answer: Answer {
        var answer: Answer
        switch kind {
        case .redirect:
            answer = Answer(status: status ?? 302, headers: [("Location", location)])
        case .html:
            answer = .html(status ?? 200)
        default:
            let status = status ?? 500
            if status == 204 || status == 304 {
                answer = Answer(status: status)
            } else {
                answer = hasHTMLBody ? .html(status) : .failure(status, "Simulated answer \(status)")
            }
        }
        if let retryAfter { answer.headers.append(("Retry-After", retryAfter)) }
        return answer
    }
}
