-- One request asks for its turn.
-- KEYS: window (list of the ms at which the last requests went), brake (the ms until which nobody may go)
-- ARGV: most requests of this lane in a window, length of a window in ms, now in ms ('' = the server's clock)
-- Returns 0 if the request may go, and counts it; else the ms to wait before asking again.
local window, brake = KEYS[1], KEYS[2]
local most, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local until_ms = tonumber(redis.call('GET', brake) or '0')
if until_ms > now then
  return until_ms - now
end

local oldest = tonumber(redis.call('LINDEX', window, 0))
while oldest and oldest <= now - length do
  redis.call('LPOP', window)
  oldest = tonumber(redis.call('LINDEX', window, 0))
end

local count = redis.call('LLEN', window)
if count >= most then
  -- This lane's next turn comes when so many have left that fewer than its share are in the window.
  local leaving = tonumber(redis.call('LINDEX', window, count - most))
  return math.max(1, leaving + length - now)
end
redis.call('RPUSH', window, now)
redis.call('PEXPIRE', window, length)
return 0
