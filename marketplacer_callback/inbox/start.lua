#!lua flags=allow-oom
-- Takes due jobs for one worker, as many as it has room for, each under arq's in-progress lease.
-- Answers {{gen, score, gen, score, …}, 1 if due jobs were left for lack of room, ms until the next job is due or nil, ms of pause}.

local lane = take()
local free = tonumber(take())
local lease = tonumber(take())
local count = tonumber(take())

local paused = call('PTTL', pause_key)
if paused > 0 then return {{}, 0, false, paused} end

local taken, left = {}, 0
for _ = 1, count do
  local gen = take()
  local score = tonumber(call('ZSCORE', queue_key(lane), gen))
  if score and score <= now then
    if #taken >= 2 * free then
      left = 1
      break
    end
    if call('SET', in_progress_key(gen), '1', 'NX', 'PX', lease) then
      taken[#taken + 1] = gen
      taken[#taken + 1] = score
    end
  end
end

-- false is sent as nil; a nil would end the list.
local next_due = call('ZRANGEBYSCORE', queue_key(lane), '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
return {taken, left, next_due and math.ceil(tonumber(next_due) - now) or false, 0}
