-- The platform told one of us to wait: all do.
-- KEYS: brake (the ms until which nobody may go), step (the last wait that we chose ourselves, in ms)
-- ARGV: ms to wait ('' = the platform named none), first own wait, longest own wait, now in ms ('' = the server's clock)
-- Returns the ms that the fleet waits from now on.
local brake, step = KEYS[1], KEYS[2]
local asked, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local before = tonumber(redis.call('GET', brake) or '0')
if not asked then
  if before > now then
    -- Answers to requests that were under way before the brake: they tell nothing new.
    return before - now
  end
  asked = math.min(longest, (tonumber(redis.call('GET', step) or '0')) * 2)
  if asked < first then
    asked = first
  end
  -- Forgotten when as long again has gone well after the wait.
  redis.call('SET', step, asked, 'PX', asked * 2)
end
local until_ms = math.max(before, now + asked)
if until_ms > now then
  redis.call('SET', brake, until_ms, 'PX', until_ms - now)
end
return until_ms - now
