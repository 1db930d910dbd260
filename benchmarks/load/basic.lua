-- wrk's script for a client that authenticates with client_secret_basic (RFC 6749 2.3.1).
--   wrk ... -s basic.lua URL -- AUTHORIZATION_FILE BODY_FILE
-- The request never changes, so wrk composes it once and Lua is not called again until the end.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Authorization"] = report.read(args[1])
  wrk.body = report.read(args[2])
end

done = report.done
