-- Adds to a cluster's event history, once per event id, and forgets what is too old or too much.
-- KEYS[1] ids by event time  KEYS[2] events by id
-- ARGV[1] most events kept  ARGV[2] oldest event time kept, ms  ARGV[3] time to live of the whole history, ms
-- then 3 for each event: id, event time (ms), event as JSON
-- Returns how many were not there before
local added = 0
for at = 4, #ARGV, 3 do
  if redis.call('ZADD', KEYS[1], 'NX', ARGV[at + 1], ARGV[at]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 2])
    added = added + 1
  end
end
local function forget(ids)
  for _, id in ipairs(ids) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
  end
end
forget(redis.call('ZRANGE', KEYS[1], 0, -tonumber(ARGV[1]) - 1))
forget(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return added
