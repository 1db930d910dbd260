-- wrk's script for sources of audit events.
--   wrk ... -s audit.lua URL -- TOKENS_FILE EVENTS_FILE BATCH FIRST
-- Each token is that of one source, whose events are numbered from FIRST on; BATCH events of the file go with a request, in turn.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local heads, before, after, sequence, parts = {}, {}, {}, {}, {}
local batch, source, event = 1, 0, 0

function init(args)
  for token in io.lines(args[1]) do
    heads[#heads + 1] = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
      .. "\r\nAuthorization: Bearer " .. token
      .. "\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
    sequence[#heads] = tonumber(args[4])
  end
  for line in io.lines(args[2]) do
    local from, to = line:find('"sequence":0', 1, true)
    before[#before + 1] = line:sub(1, to - 1)
    after[#before] = line:sub(to + 1) .. "\n"
  end
  batch = tonumber(args[3])
end

function request()
  source = source % #heads + 1
  local next, at = sequence[source], 0
  for _ = 1, batch do
    event = event % #before + 1
    parts[at + 1], parts[at + 2], parts[at + 3] = before[event], next, after[event]
    next, at = next + 1, at + 3
  end
  sequence[source] = next
  local body = table.concat(parts, "", 1, at)
  return heads[source] .. #body .. "\r\n\r\n" .. body
end

done = report.done
