-- wrk's script for applications whose people are signed in.
--   wrk ... -s people.lua URL -- codes COOKIES_FILE AUTHORIZE_FILE AUTHORIZATION_FILE FORM_FILE
--   wrk ... -s people.lua URL -- refresh TOKENS_FILE AUTHORIZATION_FILE
-- codes: a browser asks for a code, and the application takes it to the token endpoint. What is counted is answers with an ID token.
-- refresh: each refresh token of the file is exchanged for the next, and that for its next. What is counted is answers with another.
-- Times are those of single requests.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local threads = {}
local mode, browsers, waiting, turn, post, form = "", {}, {}, 0, "", ""
finished, failed = 0, 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  mode = args[1]
  local host = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\n"
  local authorization = report.read(args[mode == "codes" and 4 or 3])
  post = "POST " .. wrk.path .. host .. "Authorization: " .. authorization
    .. "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
  if mode == "codes" then
    local authorize = "GET " .. report.read(args[3]) .. host .. "Cookie: "
    for cookie in io.lines(args[2]) do
      browsers[#browsers + 1] = authorize .. cookie .. "\r\n\r\n"
    end
    form = report.read(args[5])
  else
    for token in io.lines(args[2]) do
      waiting[#waiting + 1] = token
    end
    form = "grant_type=refresh_token&refresh_token="
  end
end

function request()
  local next = table.remove(waiting)
  if next then
    local body = form .. next
    return post .. #body .. "\r\n\r\n" .. body
  end
  turn = turn % #browsers + 1
  return browsers[turn]
end

function response(status, headers, body)
  if status == 303 then
    local code = (headers["Location"] or ""):match("[?&]code=([^&]+)")
    if code then
      waiting[#waiting + 1] = code
    else
      failed = failed + 1
    end
  elseif status == 200 then
    local token = body:match('"refresh_token":"([^"]+)"')
    if token and (mode == "refresh" or body:find('"id_token":"', 1, true)) then
      finished = finished + 1
      if mode == "refresh" then
        waiting[#waiting + 1] = token
      end
    else
      failed = failed + 1
    end
  end
end

function done(summary, latency, requests)
  summary.requests = 0
  for _, thread in ipairs(threads) do
    summary.requests = summary.requests + thread:get("finished")
    summary.errors.status = summary.errors.status + thread:get("failed")
  end
  report.done(summary, latency, requests)
end
