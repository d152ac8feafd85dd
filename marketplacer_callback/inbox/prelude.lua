-- Stands in front of every script: the arguments that all of them take, the names of the keys, and the moves of a mailbox.
--
-- ARGV[1..6]: the prefix of all keys; the time in ms, "0" = this server's; 16 random hex digits; arq's job before and after
-- the generation; the most ids in a batch. A script reads its own arguments one after the other with take().

local call = redis.call

local position = 0
local function take()
  position = position + 1
  return ARGV[position]
end

local prefix = take()
local now = tonumber(take())
local seed = take()
local job_before = take()
local job_after = take()
local batch_max = tonumber(take())

if now == 0 then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Keys: keys.py and arq_format.py make the same names.

local function box_key(lane, typename, id) return prefix .. 'box:' .. lane .. ':' .. typename .. ':' .. id end
local function cool_key(lane, typename, id) return prefix .. 'cool:' .. lane .. ':' .. typename .. ':' .. id end
local function dead_key(lane, typename, id) return prefix .. 'dead:' .. lane .. ':' .. typename .. ':' .. id end
local function done_key(typename, id) return prefix .. 'done:' .. typename .. ':' .. id end
local function batch_key(gen) return prefix .. 'batch:' .. gen end
local function meta_key(gen) return prefix .. 'meta:' .. gen end
local function open_key(lane, typename) return prefix .. 'open:' .. lane .. ':' .. typename end
local function later_key(lane) return prefix .. 'later:' .. lane end
local function queue_key(lane) return prefix .. 'q:' .. lane end
local function bell_key(lane) return prefix .. 'bell:' .. lane end
local function seen_key(window, bucket) return prefix .. 'seen:' .. window .. ':' .. bucket end
local function bad_key(digest) return prefix .. 'bad:' .. digest end
local batches_key = prefix .. 'batches'
local dead_index_key = prefix .. 'dead'
local bad_index_key = prefix .. 'bad'
local routes_key = prefix .. 'routes'
local routes_seen_key = prefix .. 'routes:seen'
local stats_key = prefix .. 'stats'
local pause_key = prefix .. 'pause'
local suspect_key = prefix .. 'suspect'

local function job_key(gen) return 'arq:job:' .. gen end
local function in_progress_key(gen) return 'arq:in-progress:' .. gen end

-- Reading.

local function hash(key)
  local flat = call('HGETALL', key)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

-- The name of the event that this field of a mailbox or dead letter holds; nil for other fields.
local function event_name(field) return string.match(field, '^e:(.+)$') end

-- The number of an event in its mailbox: the first word of its value.
local function event_number(value) return tonumber(string.match(value, '^%d+')) end

-- The routes of a type as a list of {lane, handler, names}; names is '*' or 'create,update'.
local function routes_of(typename)
  local routes = {}
  local written = call('HGET', routes_key, typename) or ''
  for lane, handler, names in string.gmatch(written, '([^ /]+)/([^ =]+)=([^ ]+)') do
    routes[#routes + 1] = {lane = lane, handler = handler, names = names}
  end
  return routes
end

local function wants(names, name)
  return names == '*' or string.find(',' .. names .. ',', ',' .. name .. ',', 1, true) ~= nil
end

-- Batches.

local function ring(lane)
  call('LPUSH', bell_key(lane), 1)
  call('LTRIM', bell_key(lane), 0, 15)
end

local function write_job(lane, gen)
  call('SET', job_key(gen), job_before .. gen .. job_after)
  call('ZADD', batches_key, now, gen)
  call('ZADD', queue_key(lane), now, gen)
  ring(lane)
end

local made = 0
local function new_batch(lane, typename)
  local gen
  -- A call that the client library sent twice comes with the same seed: take the next number that is free.
  repeat
    made = made + 1
    gen = seed .. string.format('%04x', made)
  until call('EXISTS', meta_key(gen)) == 0
  call('HSET', meta_key(gen), 'lane', lane, 'type', typename)
  write_job(lane, gen)
  return gen
end

local function is_scheduled(lane, gen)
  return call('ZSCORE', queue_key(lane), gen) and call('EXISTS', job_key(gen), meta_key(gen)) == 2
end

local function join(gen, box, id)
  call('SADD', batch_key(gen), id)
  call('HSET', box, 's', 'q', 'g', gen)
end

-- Puts a mailbox that is in no batch and not waiting into the open batch of its lane and type, or into a new one.
local function schedule(lane, typename, id)
  local open = open_key(lane, typename)
  local gen = call('GET', open)
  if not gen or call('SCARD', batch_key(gen)) >= batch_max or not is_scheduled(lane, gen) then
    gen = new_batch(lane, typename)
    call('SET', open, gen)
  end
  join(gen, box_key(lane, typename, id), id)
end

-- Of the mailboxes that may be killing their workers one is run at a time, so that the killer takes no other along.
-- "<gen> <till>" is the batch of the one that is run.

local function suspect()
  local gen, till = string.match(call('GET', suspect_key) or '', '^(%S+) (%d+)$')
  return gen, till and math.max(0, till - now) or 0
end

local function hold_suspect(gen, lease)
  call('SET', suspect_key, gen .. ' ' .. string.format('%.0f', now + lease), 'PX', lease)
end

local function delete_batch(gen)
  if suspect() == gen then call('DEL', suspect_key) end
  call('DEL', meta_key(gen), batch_key(gen))
  call('ZREM', batches_key, gen)
end

-- Waiting.

local function wait_until(due, lane, typename, id)
  local box = box_key(lane, typename, id)
  call('HSET', box, 's', 'l')
  call('HDEL', box, 'g')
  call('ZADD', later_key(lane), due, typename .. ':' .. id)
end

local function pull_forward(lane, typename, id)
  local not_before = tonumber(call('HGET', box_key(lane, typename, id), 'nb') or 0)
  local member = typename .. ':' .. id
  if not_before <= now then
    call('ZREM', later_key(lane), member)
    schedule(lane, typename, id)
  else
    call('ZADD', later_key(lane), 'LT', not_before, member)
  end
end

-- Folds an event into its mailbox; true if the mailbox is new. value = "<ms> <event id> <sequence|-> <updated ms|->".
local function fold(lane, typename, id, name, value)
  local box = box_key(lane, typename, id)
  local state = call('HGET', box, 's')
  local number = call('HINCRBY', box, 'n', 1)
  call('HSET', box, 'e:' .. name, number .. ' ' .. value)
  if number == 1 then
    call('HSET', box, 't', now)
    call('HINCRBY', stats_key, 'live', 1)
  end
  if state == 'l' then
    pull_forward(lane, typename, id)
  elseif not state then
    local rests_until = tonumber(call('GET', cool_key(lane, typename, id)) or 0)
    if rests_until > now then
      call('HSET', box, 'nb', rests_until)
      wait_until(rests_until, lane, typename, id)
    else
      schedule(lane, typename, id)
    end
  end
  -- Queued or running: whoever has it will see the event, or find at its finish that there is a newer one.
  return not state
end

-- Remembering what came.

local WINDOW_MS = 216000000 -- 2.5 days: an identity is looked up in three windows, so remembered for 5 to 7.5 days

local function is_remembered(bucket, digest)
  local window = math.floor(now / WINDOW_MS)
  for age = 0, 2 do
    if call('SISMEMBER', seen_key(window - age, bucket), digest) == 1 then return true end
  end
  return false
end

local function remember(bucket, digest)
  local key = seen_key(math.floor(now / WINDOW_MS), bucket)
  call('SADD', key, digest)
  if call('PTTL', key) < 0 then call('PEXPIRE', key, 3 * WINDOW_MS) end
end
