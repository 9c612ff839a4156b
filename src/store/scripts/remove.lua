-- Removes entities that ECS no longer has, or whose retention is over, and bars late events from bringing them back.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] instances  KEYS[4] tasks  KEYS[5] ended  KEYS[6] tombstones
-- KEYS[7] history, which counts tasks by what their status means
-- ARGV[1] run id  ARGV[2] now, ms  ARGV[3] longest log  ARGV[4] channel  ARGV[5] end of the ban, ms (0: none)
-- then 3 for each: kind (i, t), id, version at which it may be removed (empty: any)
-- Returns {removed}; {'RUN'} = begin-run first
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return {'RUN'} end
local counted = {
  PROVISIONING = 'pending', PENDING = 'pending', ACTIVATING = 'pending', RUNNING = 'running',
  DEACTIVATING = 'stopping', STOPPING = 'stopping', DEPROVISIONING = 'stopping', STOPPED = 'stopped',
}
local removed = 0
for at = 6, #ARGV, 3 do
  local kind, id, version = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local entities = kind == 'i' and KEYS[3] or KEYS[4]
  local member = kind .. ' ' .. id
  local before = redis.call('HGET', entities, id)
  if before and (version == '' or string.sub(before, 1, #version + 1) == version .. '\n') then
    local seq = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    redis.call('HDEL', entities, id)
    redis.call('ZREM', KEYS[5], member)
    local was = kind == 't' and counted[string.match(before, '^[^\n]*\n[^\n]-([^,@\n]+)@%d+\n')]
    if was then redis.call('HINCRBY', KEYS[7], was, -1) end
    if ARGV[5] ~= '0' then redis.call('ZADD', KEYS[6], ARGV[5], member) end
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2], 'b', before)
    redis.call('PUBLISH', ARGV[4], seq .. ' ' .. member)
    removed = removed + 1
  end
end
return {removed}
