-- wrk's script for applications whose people are signed in.
--   wrk ... -s people.lua URL -- codes COOKIES_FILE AUTHORIZE_FILE AUTHORIZATION_FILE FORM_FILE
--   wrk ... -s people.lua URL -- refresh TOKENS_FILE AUTHORIZATION_FILE
-- codes: a browser asks for a code, and the application takes it to the token endpoint. What is counted is answers with an ID token.
-- refresh: each refresh token of the file is exchanged for the next, and that for its next. What is counted is answers with another.
-- Times are those of single requests. A session's secret turns every half minute: its browser goes on with the next, as browsers do.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local report = dofile(here .. "report.lua")

local threads = {}
-- Of each browser by the part of its secret that stays: what stands before the part that turns, and behind it.
local heads, tails, places = {}, {}, {}
-- The cookies as they are now: written back at the end, for the next load.
current = {}
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
    cookies_file = args[2]
    local authorize = "GET " .. report.read(args[3]) .. host .. "Cookie: "
    for cookie in io.lines(args[2]) do
      local stays, from, to = cookie:match("%-session=([^.;]+)%.()[^;]+()")
      if stays then
        places[stays] = #browsers + 1
        heads[#browsers + 1] = authorize .. cookie:sub(1, from - 1)
        tails[#browsers + 1] = cookie:sub(to) .. "\r\n\r\n"
      end
      current[#browsers + 1] = cookie
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
  if status == 303 or status == 302 then
    local set = headers["Set-Cookie"]
    if set then
      local stays, turns = set:match("%-session=([^.;]+)%.([^;]+)")
      local place = stays and places[stays]
      if place then
        browsers[place] = heads[place] .. turns .. tails[place]
        current[place] = current[place]:gsub("(%-session=[^.;]+%.)[^;]+", "%1" .. turns)
      end
    end
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
  local cookies = threads[1]:get("cookies_file")
  if cookies then
    local out = assert(io.open(cookies, "w"))
    for _, cookie in ipairs(threads[1]:get("current")) do
      out:write(cookie, "\n")
    end
    out:close()
  end
  summary.requests = 0
  for _, thread in ipairs(threads) do
    summary.requests = summary.requests + thread:get("finished")
    summary.errors.status = summary.errors.status + thread:get("failed")
  end
  report.done(summary, latency, requests)
end
