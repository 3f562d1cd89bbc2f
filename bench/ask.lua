-- Each request asks for the next of the tasks named in the file IDS.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "result.lua")
local paths, counter = {}, 0

function init()
  for id in io.lines(os.getenv("IDS")) do
    table.insert(paths, wrk.path .. "?api_agent_task_id=" .. id)
  end
end

function request()
  counter = counter % #paths + 1
  return wrk.format("GET", paths[counter])
end
