-- What wrk sends: the requests of a file in turn, each as its bytes go over the wire, apart by NUL. Once all have been
-- sent it says so, and at the end what was measured, each on one line.
local requests, at, sent = {}, 0, 0

function init(arguments)
  local file = assert(io.open(arguments[1], 'rb'))
  for request in file:read('*a'):gmatch('[^%z]+') do requests[#requests + 1] = request end
  file:close()
end

function request()
  sent = sent + 1
  if sent == #requests + 1 then
    io.write('all sent\n')
    io.flush()
  end
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('measured {"answers":%d,"micros":%d,"refusals":%d,"broken":%d,"p50Micros":%d,"p99Micros":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
