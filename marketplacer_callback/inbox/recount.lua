#!lua flags=allow-oom
-- Counts the mailboxes anew, in one go so that none comes or goes meanwhile. Answers {counted before, counted now}.

local pattern = take()

local live, cursor = 0, '0'
local found = {}
repeat
  local page = call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 10000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    -- A scan may show a key twice.
    if not found[key] then
      found[key] = true
      live = live + 1
    end
  end
until cursor == '0'

local before = tonumber(call('HGET', stats_key, 'live') or 0)
call('HSET', stats_key, 'live', live)
return {before, live}
