#!lua flags=allow-oom
-- Wakes waiting mailboxes of a lane that are due, and mends batches that showed no sign of life. Safe in all workers at once.
-- Answers {woken, mended, ms until the next one is due or nil}.

local lane = take()
local grace = tonumber(take())
local limit = tonumber(take()) -- a call: others wait for this script meanwhile

local woken = 0
for _, member in ipairs(call('ZRANGEBYSCORE', later_key(lane), '-inf', now, 'LIMIT', 0, limit)) do
  local typename, id = string.match(member, '^([^:]+):(.*)$')
  call('ZREM', later_key(lane), member)
  if call('HGET', box_key(lane, typename, id), 's') == 'l' then
    schedule(lane, typename, id)
    woken = woken + 1
  end
end

-- 1 if arq had dropped the batch's job. A batch that merely waits its turn counts as alive again.
local function mend(gen)
  local meta = hash(meta_key(gen))
  if not meta.lane or call('SCARD', batch_key(gen)) == 0 then
    if meta.lane and call('GET', open_key(meta.lane, meta.type)) == gen then
      call('DEL', open_key(meta.lane, meta.type))
    end
    delete_batch(gen)
    return 0
  elseif is_scheduled(meta.lane, gen) then
    call('ZADD', batches_key, now, gen)
    return 0
  end
  write_job(meta.lane, gen)
  return 1
end

local mended = 0
for _, gen in ipairs(call('ZRANGEBYSCORE', batches_key, '-inf', now - grace, 'LIMIT', 0, limit)) do
  mended = mended + mend(gen)
end

local next_due = call('ZRANGE', later_key(lane), 0, 0, 'WITHSCORES')[2]
return {woken, mended, next_due and math.max(0, math.ceil(tonumber(next_due) - now)) or false}
