-- Takes or renews the right to act for a cluster. Each new holder gets a higher fencing token: the count begins at the
-- time, so that it goes on above what was handed out before Redis forgot the cluster.
-- KEYS[1] meta  KEYS[2] lease
-- ARGV[1] holder  ARGV[2] time to live, ms
-- Returns {1, lease held} or {0, lease of the other holder}
local lease = redis.call('GET', KEYS[2])
if lease then
  if string.sub(lease, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then return {0, lease} end
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  return {1, lease}
end
local time = redis.call('TIME')
redis.call('HSETNX', KEYS[1], 'lease', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
lease = ARGV[1] .. ':' .. string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'lease', 1))
redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
return {1, lease}
