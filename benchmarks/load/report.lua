-- What both scripts share: reading a file, and the figures as one line of JSON for the program that started wrk.
local report = {}

function report.read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

-- All times in microseconds. Every answer that is not 2xx or 3xx counts under "refused".
function report.done(summary, latency, requests)
  io.write(string.format(
    '\nFIGURES {"requests":%d,"durationMicros":%d,"refused":%d,"connectErrors":%d,"readErrors":%d,"writeErrors":%d,'
      .. '"timeouts":%d,"meanMicros":%d,"p50Micros":%d,"p90Micros":%d,"p99Micros":%d,"p999Micros":%d,"maxMicros":%d}\n',
    summary.requests, summary.duration, summary.errors.status, summary.errors.connect, summary.errors.read,
    summary.errors.write, summary.errors.timeout, latency.mean, latency:percentile(50), latency:percentile(90),
    latency:percentile(99), latency:percentile(99.9), latency.max))
end

return report
