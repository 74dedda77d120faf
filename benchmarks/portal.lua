-- Debtors at their pages, for wrk: each request is another link's. Arguments: a file with a token and a form's token on each line,
-- and GET or POST. A POST carries a wrong code and comes from an address of its own, as debtors do behind the proxy.
local lines, at, way, expected = {}, 0, "GET", 200
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  for line in io.lines(arguments[1]) do
    lines[#lines + 1] = line
  end
  way = arguments[2]
  expected = way == "GET" and 200 or 403
  answered = 0
end

function request()
  at = at % #lines + 1
  local token, form = lines[at]:match("(%S+) (%S+)")
  local from = { ["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.floor(at / 65536) % 256, math.floor(at / 256) % 256, at % 256) }
  if way == "GET" then
    return wrk.format("GET", "/f/" .. token, from)
  end
  from["Content-Type"] = "application/x-www-form-urlencoded"
  return wrk.format("POST", "/f/" .. token, from, "step=open&code=22222222&form_token=" .. form)
end

function response(status)
  if status == expected then
    answered = answered + 1
  end
end

function done(summary, latency)
  local said = 0
  for _, thread in ipairs(threads) do
    said = said + thread:get("answered")
  end
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"expected":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"broken":%d}\n', summary.requests, said,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout))
end
