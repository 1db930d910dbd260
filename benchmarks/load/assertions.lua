-- wrk's script for a client that authenticates with private_key_jwt (RFC 7523).
--   wrk ... -s assertions.lua URL -- ASSERTIONS_FILE BODY_FILE
-- One line of the file is one assertion, used once. Where they run out, the run ends early.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local assertions, head, body, last

function init(args)
  assertions = assert(io.open(args[1], "r"))
  body = report.read(args[2])
    .. "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
  head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
    .. "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
end

function request()
  local assertion = assertions:read("*l")
  if assertion then
    last = body .. assertion
  else
    wrk.thread:stop()
  end
  return head .. #last .. "\r\n\r\n" .. last
end

done = report.done
