-- Sends requests that were prepared in a file: the length of a record in eight digits, then the records.
-- wrk -s prepared.lua URL -- FILE

local file, length

function init(arguments)
    file = assert(io.open(arguments[1], "rb"))
    length = tonumber(file:read(8))
end

function request()
    local record = file:read(length)
    if record == nil then
        -- Out of requests: one that is refused shows in the figures, one that repeats would not.
        wrk.thread:stop()
        return "GET /out-of-requests HTTP/1.1\r\nHost: localhost\r\n\r\n"
    end
    return record
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
