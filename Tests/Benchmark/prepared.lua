-- Sends requests that were prepared in a file: the length of a record in eight digits, then the records.
-- wrk -s prepared.lua URL -- FILE

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "figures.lua")

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
