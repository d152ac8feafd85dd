#!lua flags=allow-oom
-- Throws away a dead letter, or a quarantined body. Answers 1, or 0 if there was none.

local kind = take()

if kind == 'bad' then
  local digest = take()
  local bytes = call('HGET', bad_key(digest), 'bytes')
  if not bytes then return 0 end
  call('DEL', bad_key(digest))
  call('ZREM', bad_index_key, digest)
  call('HINCRBY', stats_key, 'bad_bytes', -tonumber(bytes))
  return 1
end

local lane = take()
local typename = take()
local id = take()
call('ZREM', dead_index_key, lane .. ':' .. typename .. ':' .. id)
return call('DEL', dead_key(lane, typename, id))
