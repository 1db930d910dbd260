-- The same as basic.lua, for a rate that the server can bear: each connection waits between its requests.
--   wrk ... -s paced.lua URL -- AUTHORIZATION_FILE BODY_FILE MILLISECONDS
-- The waits are random, with that mean, so that requests do not come in step.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")
local mean = 0

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Authorization"] = report.read(args[1])
  wrk.body = report.read(args[2])
  mean = tonumber(args[3])
end

function delay()
  return math.random(0, 2 * mean)
end

done = report.done
