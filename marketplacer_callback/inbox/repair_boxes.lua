#!lua flags=allow-oom
-- Looks after mailboxes that no batch and no waiting list holds. Answers how many were put back.

local count = tonumber(take())

local function is_held(lane, typename, id, fields)
  if fields.s == 'l' then return call('ZSCORE', later_key(lane), typename .. ':' .. id) end
  return (fields.s == 'q' or fields.s == 'r') and fields.g
    and call('EXISTS', meta_key(fields.g)) == 1
    and call('SISMEMBER', batch_key(fields.g), id) == 1
end

local function has_event(fields)
  for field in pairs(fields) do
    if event_name(field) then return true end
  end
  return false
end

local repaired = 0
for _ = 1, count do
  local lane = take()
  local typename = take()
  local id = take()
  local box = box_key(lane, typename, id)
  local fields = hash(box)
  if next(fields) and not has_event(fields) then
    call('DEL', box) -- nothing to run for; the event that it was made for was refused, and comes again
    repaired = repaired + 1
  elseif next(fields) and not is_held(lane, typename, id, fields) then
    call('ZREM', later_key(lane), typename .. ':' .. id)
    if not fields.t then call('HSET', box, 't', now) end
    schedule(lane, typename, id)
    repaired = repaired + 1
  end
end
return repaired
