-- Keeps messages that nobody could read, bounded in number and in bytes: the oldest make room.
-- KEYS[1] messages by id  KEYS[2] ids by time  KEYS[3] bytes in all  KEYS[4] ids to read again
-- ARGV[1] most messages  ARGV[2] most bytes  ARGV[3] id  ARGV[4] now, ms  ARGV[5] message as JSON
-- Returns 1 when the message is new, 0 when it replaced what was kept under its id
local function forget(id)
  redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[1], id))
  redis.call('HDEL', KEYS[1], id)
  redis.call('SREM', KEYS[4], id)
end
redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[1], ARGV[3]))
redis.call('SREM', KEYS[4], ARGV[3])
local isNew = redis.call('HSET', KEYS[1], ARGV[3], ARGV[5])
redis.call('ZADD', KEYS[2], 'NX', ARGV[4], ARGV[3])
local bytes = redis.call('INCRBY', KEYS[3], #ARGV[5])
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[1]) or tonumber(bytes) > tonumber(ARGV[2]) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])
  if not oldest[1] then break end
  forget(oldest[1])
  bytes = redis.call('GET', KEYS[3])
end
return isNew
