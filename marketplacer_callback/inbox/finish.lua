#!lua flags=allow-oom
-- Takes mailboxes back from the owner of a batch, each with the verdicts of its handlers.
-- Answers {fenced} to who is not the owner, else a word for each: queued, later, idle, or skip for one that was given back before.
--
-- verdicts (msgpack): {{id, upto, release, results = {{handler, verb, after, counted, reason, digest, skipped}, …}}, …}

local gen = take()
local token = take()
local floor = tonumber(take())    -- an object that fails runs at most once in so many ms, however many events arrive
local dead_max = tonumber(take())
local keep_digests = tonumber(take())
local cooldowns = cmsgpack.unpack(take())
local verdicts = cmsgpack.unpack(take())

local WITHOUT_ROOM_MS = 3600000 -- a dead letter for which there is no room is asked again after an hour

local meta = hash(meta_key(gen))
local lane, typename = meta.lane, meta.type
if meta.owner ~= token then return {'fenced'} end

local cooldown = cooldowns[lane] or 0
local routes = {}
for _, route in ipairs(routes_of(typename)) do
  if route.lane == lane then routes[#routes + 1] = route end
end

local function earliest(a, b) return a and math.min(a, b) or b end

local function store_digest(id, result)
  local key = done_key(typename, id)
  local before = call('HGET', key, result.handler)
  local once_done = not result.skipped or (before and string.sub(before, 1, 1) == '1')
  call('HSET', key, result.handler, (once_done and '1 ' or '0 ') .. result.digest)
  call('PEXPIRE', key, keep_digests)
end

local function resolve_dead_letter(id, handler)
  local key = dead_key(lane, typename, id)
  if call('HDEL', key, 'h:' .. handler) == 0 then return end
  for field in pairs(hash(key)) do
    if string.sub(field, 1, 2) == 'h:' then return end
  end
  call('DEL', key)
  call('ZREM', dead_index_key, lane .. ':' .. typename .. ':' .. id)
end

-- All events are copied: one that came under the same name during the run must not take the old one out of the letter.
local function write_dead_letter(box, id, result)
  local key = dead_key(lane, typename, id)
  for field, value in pairs(hash(box)) do
    if event_name(field) then call('HSET', key, field, value) end
  end
  call('HSET', key, 'h:' .. result.handler, result.reason, 'at', now)
  call('ZADD', dead_index_key, now, lane .. ':' .. typename .. ':' .. id)
  call('HINCRBY', stats_key, 'dead', 1)
end

local function has_room_for_dead_letter(id)
  return call('ZCARD', dead_index_key) < dead_max
    or call('ZSCORE', dead_index_key, lane .. ':' .. typename .. ':' .. id)
end

local function conclude(box, handler, upto)
  call('HDEL', box, 'a:' .. handler, 'st:' .. handler, 'r:' .. handler)
  call('HSET', box, 'd:' .. handler, upto)
end

-- When a failed handler runs again. Events may pull a run forward; its attempts still count at their natural pace.
local function retry_at(box, handler, after, counted)
  local natural = tonumber(call('HGET', box, 'due') or 0)
  if counted and natural > now then return natural end
  if counted then
    call('HINCRBY', box, 'a:' .. handler, 1)
    call('HINCRBY', stats_key, 'failures', 1)
  end
  return now + after
end

-- Applies one handler's result. Answers when the handler wants to run again, nil if it does not, and whether that is a
-- second look rather than a failure.
local function apply(box, id, upto, result)
  local handler, verb = result.handler, result.verb
  if verb == 'done' then
    conclude(box, handler, upto)
    store_digest(id, result)
    resolve_dead_letter(id, handler)
    return nil
  elseif verb == 'dead' and has_room_for_dead_letter(id) then
    write_dead_letter(box, id, result)
    conclude(box, handler, upto)
    return nil
  elseif verb == 'dead' then
    return now + WITHOUT_ROOM_MS
  elseif verb == 'settle' then
    call('HSET', box, 'st:' .. handler, upto)
    if result.digest ~= '' then store_digest(id, result) end -- it was called, and is called again only if it was early
    return now + result.after, true
  end
  if result.reason ~= '' then call('HSET', box, 'r:' .. handler, result.reason) end
  return retry_at(box, handler, result.after, result.counted)
end

-- Whether a handler that said nothing has an event to run for: this worker's code is older than the routes, or newer.
local function is_owed(fields, route)
  local done_upto = tonumber(fields['d:' .. route.handler] or 0)
  for field, value in pairs(fields) do
    local name = event_name(field)
    if name and wants(route.names, name) and event_number(value) > done_upto then return true end
  end
  return false
end

local function unreported_at(box, reported)
  local fields
  for _, route in ipairs(routes) do
    if not reported[route.handler] then
      fields = fields or hash(box)
      if is_owed(fields, route) then return now + floor end
    end
  end
  return nil
end

-- All handlers are done, but newer events are there: a new round, after the object's rest.
local function begin_round(box, id, upto)
  for field, value in pairs(hash(box)) do
    local is_old_event = event_name(field) and event_number(value) <= upto
    if is_old_event or string.find(field, '^[dar]:') or string.find(field, '^st:') then call('HDEL', box, field) end
  end
  call('HDEL', box, 'due', 'nb')
  call('HSET', box, 't', now, 'b', upto)
  if cooldown > 0 then
    call('HSET', box, 'nb', now + cooldown)
    wait_until(now + cooldown, lane, typename, id)
    return 'later'
  end
  schedule(lane, typename, id)
  return 'queued'
end

local function close(box, id)
  call('DEL', box)
  call('HINCRBY', stats_key, 'live', -1)
  if cooldown > 0 then call('SET', cool_key(lane, typename, id), now + cooldown, 'PX', cooldown) end
  return 'idle'
end

local function finish(verdict)
  local id, upto = verdict.id, verdict.upto
  local box = box_key(lane, typename, id)
  if call('SREM', batch_key(gen), id) == 0 then return 'skip' end
  if verdict.release then
    schedule(lane, typename, id) -- the crashes stay counted: a release may come from a dying worker
    return 'queued'
  end
  call('HDEL', box, 'c')

  local due, failing, reported = nil, false, {}
  for _, result in ipairs(verdict.results) do
    reported[result.handler] = true
    local again, settles = apply(box, id, upto, result)
    if again then
      due = earliest(due, again)
      failing = failing or not settles
    end
  end
  local unreported = unreported_at(box, reported)
  if unreported then due = earliest(due, unreported) end
  failing = failing or unreported

  local has_newer = tonumber(call('HGET', box, 'n')) > upto
  if due then
    -- An event pulls a failing object forward at most once in the floor; one that only waits for its second look may run
    -- as soon as it has rested, since what the event tells is news.
    local not_before = math.min(due, now + (failing and floor or cooldown))
    call('HSET', box, 'due', due, 'nb', not_before)
    wait_until(has_newer and not_before or due, lane, typename, id)
    return 'later'
  elseif has_newer then
    return begin_round(box, id, upto)
  end
  return close(box, id)
end

local words = {}
for i, verdict in ipairs(verdicts) do words[i] = finish(verdict) end
if call('SCARD', batch_key(gen)) == 0 then delete_batch(gen) end
return words
