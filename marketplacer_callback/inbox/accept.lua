#!lua
-- Folds events into mailboxes. Answers a word for each: new, coalesced, dup, unwanted or full.
-- Without allow-oom: when memory is full it is refused whole, before its first write.

local max_backlog = tonumber(take())
local events = cmsgpack.unpack(take()) -- flat: digest, bucket, type, id, name, tail of each

if call('EXISTS', routes_key) == 0 then
  return redis.error_reply('NOROUTES no worker has registered its handlers yet')
end

local routes_cache = {}

-- The lanes in which a handler wants this event.
local function lanes_wanting(typename, name)
  local routes = routes_cache[typename]
  if not routes then
    routes = routes_of(typename)
    routes_cache[typename] = routes
  end
  local lanes, listed = {}, {}
  for _, route in ipairs(routes) do
    if wants(route.names, name) and not listed[route.lane] then
      listed[route.lane] = true
      lanes[#lanes + 1] = route.lane
    end
  end
  return lanes
end

-- Only an event that needs a new mailbox can be too much.
local function has_room(lanes, typename, id)
  local fresh = 0
  for _, lane in ipairs(lanes) do
    fresh = fresh + 1 - call('EXISTS', box_key(lane, typename, id))
  end
  return fresh == 0 or tonumber(call('HGET', stats_key, 'live') or 0) + fresh <= max_backlog
end

local function accept(digest, bucket, typename, id, name, tail)
  if is_remembered(bucket, digest) then return 'dup' end
  local lanes = lanes_wanting(typename, name)
  if #lanes == 0 then return 'unwanted' end
  if not has_room(lanes, typename, id) then return 'full' end
  local word = 'coalesced'
  for _, lane in ipairs(lanes) do
    if fold(lane, typename, id, name, now .. ' ' .. tail) then word = 'new' end
  end
  -- Last: Lua does not roll back, and a marker without its event would turn the redelivery away.
  remember(bucket, digest)
  return word
end

local words, counts = {}, {}
for at = 1, #events, 6 do
  local word = accept(unpack(events, at, at + 5))
  words[#words + 1] = word
  counts[word] = (counts[word] or 0) + 1
end

-- Always a write: WAITAOF on a connection that wrote nothing returns at once, and a duplicate must wait for its original.
for word, times in pairs(counts) do call('HINCRBY', stats_key, word, times) end
return words
