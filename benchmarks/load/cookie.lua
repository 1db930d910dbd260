-- wrk's script for a form that a browser posts.
--   wrk ... -s cookie.lua URL -- COOKIE_FILE BODY_FILE
-- The request never changes. An answer that leads nowhere counts as refused.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local threads = {}
failed = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Cookie"] = report.read(args[1])
  wrk.body = report.read(args[2])
end

function response(status, headers, body)
  if status ~= 303 then
    failed = failed + 1
  end
end

function done(summary, latency, requests)
  for _, thread in ipairs(threads) do
    summary.errors.status = summary.errors.status + thread:get("failed")
  end
  report.done(summary, latency, requests)
end
