#!lua flags=allow-oom
-- Keeps the table of who wants what: each process says all of its routes at its start and every minute.
-- Prunes dead letters past their time on the way. Answers how many.

local FORGOTTEN_MS = 600000  -- a route leaves so long after the last process that knows it
local FLEET_DOWN_MS = 120000 -- nobody said anything for so long: nobody was there, and nothing of it counts as age

local keep_dead = tonumber(take())
local count = tonumber(take())

local newest = call('ZREVRANGE', routes_seen_key, 0, 0, 'WITHSCORES')[2]
if newest and tonumber(newest) < now - FLEET_DOWN_MS then
  for _, member in ipairs(call('ZRANGE', routes_seen_key, 0, -1)) do call('ZADD', routes_seen_key, now, member) end
end

for _ = 1, count do call('ZADD', routes_seen_key, now, take()) end -- "<type> <lane> <handler> <name>"
call('ZREMRANGEBYSCORE', routes_seen_key, '-inf', now - FORGOTTEN_MS)

local function names_by_type_and_handler()
  local types = {}
  for _, member in ipairs(call('ZRANGE', routes_seen_key, 0, -1)) do
    local typename, lane, handler, name = string.match(member, '^(%S+) (%S+) (%S+) (%S+)$')
    local handlers = types[typename] or {}
    types[typename] = handlers
    local place = lane .. '/' .. handler
    if name == '*' or handlers[place] == '*' then
      handlers[place] = '*'
    else
      handlers[place] = handlers[place] and handlers[place] .. ',' .. name or name
    end
  end
  return types
end

call('DEL', routes_key)
for typename, handlers in pairs(names_by_type_and_handler()) do
  local written = {}
  for place, names in pairs(handlers) do written[#written + 1] = place .. '=' .. names end
  table.sort(written)
  call('HSET', routes_key, typename, table.concat(written, ' '))
end

local expired = call('ZRANGEBYSCORE', dead_index_key, '-inf', now - keep_dead, 'LIMIT', 0, 100)
for _, member in ipairs(expired) do
  call('DEL', prefix .. 'dead:' .. member)
  call('ZREM', dead_index_key, member)
end
return #expired
