#!lua flags=allow-oom
-- Hands a batch to the holder of a token. Nothing is removed, so a crash repeats it.
-- Answers {gone}, {busy, ms} or {ok, lane, type, {id, mailbox, remembered digests}, …}.

local gen = take()
local token = take()
local lease = tonumber(take())
local split = tonumber(take()) -- from so many crashes on, a mailbox gets a batch of its own

local meta = hash(meta_key(gen))
local lane, typename, owner = meta.lane, meta.type, meta.owner
if not lane then return {'gone'} end

local held_for = tonumber(meta['till'] or 0) - now
if owner and owner ~= token and held_for > 0 then return {'busy', held_for} end
local took_over = owner and owner ~= token

local ids = call('SMEMBERS', batch_key(gen))
table.sort(ids)

-- Mailboxes that died alone as well are run one after the other, or the one that kills its workers would count against all
-- that are run beside it.
local SUSPECT_AGAIN_MS = 200
if #ids == 1 then
  local crashes = tonumber(call('HGET', box_key(lane, typename, ids[1]), 'c') or 0) + (took_over and 1 or 0)
  if crashes > split then
    local other, other_for = suspect()
    if other ~= gen and other_for > 0 then return {'busy', math.min(other_for, SUSPECT_AGAIN_MS)} end
    hold_suspect(gen, lease)
  end
end

-- Closed: what is accepted from now on goes to another batch.
if call('GET', open_key(lane, typename)) == gen then call('DEL', open_key(lane, typename)) end

-- A mailbox that may be killing its workers is moved away, so that its neighbours get through.
local function is_moved_away(box, id)
  if not took_over then return false end
  local crashes = call('HINCRBY', box, 'c', 1)
  if crashes < split or #ids == 1 then return false end
  call('SREM', batch_key(gen), id)
  join(new_batch(lane, typename), box, id)
  return true
end

local answer = {'ok', lane, typename}
for _, id in ipairs(ids) do
  local box = box_key(lane, typename, id)
  if not is_moved_away(box, id) then
    call('HSET', box, 's', 'r')
    answer[#answer + 1] = {id, call('HGETALL', box), call('HGETALL', done_key(typename, id))}
  end
end

if #answer == 3 then
  delete_batch(gen)
  return {'gone'}
end
call('HSET', meta_key(gen), 'owner', token, 'till', now + lease)
call('ZADD', batches_key, now + lease, gen)
return answer
