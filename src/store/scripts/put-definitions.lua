-- Keeps the task definitions that tasks of a cluster refer to, and drops those that none refers to any more.
-- They never change in ECS, so there is no version to compare: the same record is no change.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] task definitions
-- ARGV[1] run id  ARGV[2] now, ms  ARGV[3] longest log  ARGV[4] channel
-- then 2 for each: id, record ('' removes it)
-- Returns {changed}; {'RUN'} = begin-run first
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return {'RUN'} end
local changed = 0
for at = 5, #ARGV, 2 do
  local id, record = ARGV[at], ARGV[at + 1]
  local before = redis.call('HGET', KEYS[3], id)
  if (before or '') ~= record then
    local seq = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    if record == '' then redis.call('HDEL', KEYS[3], id) else redis.call('HSET', KEYS[3], id, record) end
    if before then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', 'f', 'id', id, 'at', ARGV[2], 'b', before)
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', 'f', 'id', id, 'at', ARGV[2])
    end
    redis.call('PUBLISH', ARGV[4], seq .. ' f ' .. id)
    changed = changed + 1
  end
end
return {changed}
