#!lua
-- Keeps a body that was signed but could not be understood. Answers 1 if it is kept, also from before; 0 if there is no room.
-- Like accept without allow-oom, and always with a write: its 200 waits for the disk as well.

local digest = take()
local max_bytes = tonumber(take())
local bucket = take() -- '' = nothing to remember it by
local identity = take()
local reason = take()
local headers = take()
local body = take()

local function keep()
  local size = #body + #headers + #reason
  if tonumber(call('HGET', stats_key, 'bad_bytes') or 0) + size > max_bytes then return 0 end
  call('HSET', bad_key(digest), 'body', body, 'reason', reason, 'headers', headers, 'at', now, 'bytes', size)
  call('ZADD', bad_index_key, now, digest)
  call('HINCRBY', stats_key, 'bad_bytes', size)
  if bucket ~= '' then remember(bucket, identity) end
  return 1
end

local is_known = call('EXISTS', bad_key(digest)) == 1 or (bucket ~= '' and is_remembered(bucket, identity))
local kept = is_known and 1 or keep()
call('HINCRBY', stats_key, is_known and 'quarantined_again' or kept == 1 and 'quarantined' or 'quarantine_full', 1)
return kept
