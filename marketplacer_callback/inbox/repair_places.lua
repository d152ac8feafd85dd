#!lua flags=allow-oom
-- Removes from batches, or from the waiting list of a lane, what has no mailbox there. Answers how many.
-- A batch that lost its entry among the batches gets it back, so that tend looks after it.

local kind = take()
local removed = 0

if kind == 'later' then
  local lane = take()
  local count = tonumber(take())
  for _ = 1, count do
    local member = take()
    local typename, id = string.match(member, '^([^:]+):(.*)$')
    if call('HGET', box_key(lane, typename, id), 's') ~= 'l' then
      removed = removed + call('ZREM', later_key(lane), member)
    end
  end
  return removed
end

local function drop_strangers(gen, lane, typename)
  for _, id in ipairs(call('SMEMBERS', batch_key(gen))) do
    if call('HGET', box_key(lane, typename, id), 'g') ~= gen then
      removed = removed + call('SREM', batch_key(gen), id)
    end
  end
end

local count = tonumber(take())
for _ = 1, count do
  local gen = take()
  local meta = hash(meta_key(gen))
  if meta.lane then
    drop_strangers(gen, meta.lane, meta.type)
    call('ZADD', batches_key, 'NX', now, gen)
  else
    removed = removed + call('DEL', batch_key(gen))
  end
end
return removed
