#!lua flags=allow-oom
-- Prolongs a claim, and arq's lease with it. Answers 1, or 0 to who is not the owner (any more).

local gen = take()
local token = take()
local lease = tonumber(take())

if call('HGET', meta_key(gen), 'owner') ~= token then return 0 end
call('HSET', meta_key(gen), 'till', now + lease)
call('ZADD', batches_key, now + lease, gen)
call('PEXPIRE', in_progress_key(gen), lease)
if suspect() == gen then hold_suspect(gen, lease) end
return 1
