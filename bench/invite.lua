-- Each request invites somebody else, so that every answer is a new task.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "result.lua")
local run, counter = os.getenv("RUN"), 0

function request()
  counter = counter + 1
  local body = string.format(
    '{"profile_urn": "urn:li:fsd_profile:ACoAA%s-%09d", "note": "Hello, I liked your talk."}', run, counter
  )
  return wrk.format("POST", nil, nil, body)
end
