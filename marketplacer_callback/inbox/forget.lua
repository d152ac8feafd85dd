#!lua flags=allow-oom
-- Throws away everything that is held of one object: its mailboxes, dead letters, digests and rests.
-- Answers {mailboxes, of these running, dead letters, 1 if its handlers' digests were kept}.
-- A run that is under way finds no mailbox at its finish, and leaves nothing behind.

local typename = take()
local id = take()
local lanes = cmsgpack.unpack(take())

local boxes, running, letters = 0, 0, 0
for _, lane in ipairs(lanes) do
  local box = box_key(lane, typename, id)
  local state = call('HGET', box, 's')
  local gen = call('HGET', box, 'g')
  if gen then call('SREM', batch_key(gen), id) end
  call('ZREM', later_key(lane), typename .. ':' .. id)
  if call('DEL', box) == 1 then
    boxes = boxes + 1
    call('HINCRBY', stats_key, 'live', -1)
    if state == 'r' then running = running + 1 end
  end
  call('DEL', cool_key(lane, typename, id))
  call('ZREM', dead_index_key, lane .. ':' .. typename .. ':' .. id)
  letters = letters + call('DEL', dead_key(lane, typename, id))
end
return {boxes, running, letters, call('DEL', done_key(typename, id))}
