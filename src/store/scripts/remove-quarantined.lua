-- Forgets quarantined messages.
-- KEYS[1] messages by id  KEYS[2] ids by time  KEYS[3] bytes in all  KEYS[4] ids to read again
-- ARGV: ids
-- Returns the ids of those that were there
local removed = {}
for _, id in ipairs(ARGV) do
  redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[1], id))
  if redis.call('HDEL', KEYS[1], id) == 1 then removed[#removed + 1] = id end
  redis.call('ZREM', KEYS[2], id)
  redis.call('SREM', KEYS[4], id)
end
return removed
