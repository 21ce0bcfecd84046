-- Sends one request again and again, without work for each: wrk -s fixed.lua URL -- FILE
-- FILE holds the method's headers, a line each, an empty line, and the body.

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    for line in file:lines() do
        if line == "" then break end
        local name, value = line:match("^([^:]+): (.*)$")
        wrk.headers[name] = value
    end
    wrk.method = "POST"
    wrk.body = file:read("*a")
end

function done(summary, latency, requests)
    io.write(string.format(
        '\nFIGURES {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,'
            .. '"other_statuses":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
        summary.errors.status, summary.errors.connect, summary.errors.read, summary.errors.write,
        summary.errors.timeout))
end
