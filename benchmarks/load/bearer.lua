-- wrk's script for requests to a service, each with a bearer token.
--   wrk ... -s bearer.lua URL -- TOKENS_FILE HOW_MANY
-- Goes round the first HOW_MANY tokens of the file. The other headers are those that a proxy sends to the guard; a proxy replaces them.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local requests, turn = {}, 0

function init(args)
  local many = tonumber(args[2])
  for token in io.lines(args[1]) do
    if #requests < many then
      requests[#requests + 1] = "GET " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
        .. "\r\nAuthorization: Bearer " .. token
        .. "\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: mail.example\r\nX-Forwarded-Uri: /inbox\r\n\r\n"
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

done = report.done
