#!lua
-- Folds the events of a dead letter into the object's mailbox again. Answers none, new or merged.

local lane = take()
local typename = take()
local id = take()

local letter_key = dead_key(lane, typename, id)
local letter = hash(letter_key)
if not next(letter) then return 'none' end

local events = {}
for field, value in pairs(letter) do
  local name = event_name(field)
  -- An earlier replay's own mark is not one of the events.
  if name and name ~= 'replay' then
    local told = string.match(value, '^%d+ (.*)$') -- without the number it had in its old mailbox
    events[#events + 1] = {name = name, told = told, ms = tonumber(string.match(told, '^%d+')) or 0}
  end
end
table.sort(events, function(a, b) return a.ms < b.ms end)
-- Last, so that the change says where it comes from.
events[#events + 1] = {name = 'replay', told = now .. ' - - -'}

local is_new = false
for _, event in ipairs(events) do
  if fold(lane, typename, id, event.name, event.told) then is_new = true end
end

-- Only the handlers that were given up on run. In a live mailbox a neighbour may run once more: it may still owe a run.
if is_new then
  local box = box_key(lane, typename, id)
  local upto = call('HGET', box, 'n')
  for _, route in ipairs(routes_of(typename)) do
    if route.lane == lane and not letter['h:' .. route.handler] then
      call('HSET', box, 'd:' .. route.handler, upto)
    end
  end
end

call('DEL', letter_key)
call('ZREM', dead_index_key, lane .. ':' .. typename .. ':' .. id)
call('HINCRBY', stats_key, 'replayed', 1)
return is_new and 'new' or 'merged'
