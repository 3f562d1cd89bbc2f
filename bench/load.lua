-- wrk: each request invites somebody else, so that every answer is a new task.
local counter, thread = 0, 0

function setup(t)
  thread = thread + 1
  t:set("id", thread)
end

function request()
  counter = counter + 1
  local body = string.format(
    '{"profile_urn": "urn:li:fsd_profile:ACoAA%s-%02d-%09d", "note": "Hello, I liked your talk."}',
    os.getenv("RUN"), id, counter
  )
  return wrk.format("POST", nil, nil, body)
end

local refused = 0

function response(status)
  if status ~= 200 then refused = refused + 1; wrk.thread:stop() end
end

function done(summary, latency)
  io.write(string.format(
    "\nRESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
