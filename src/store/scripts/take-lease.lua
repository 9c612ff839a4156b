-- Takes or renews the right to act for a cluster. Each new holder gets a higher fencing token.
-- KEYS[1] meta  KEYS[2] lease
-- ARGV[1] holder  ARGV[2] time to live, ms
-- Returns {1, lease held} or {0, lease of the other holder}
local lease = redis.call('GET', KEYS[2])
if lease then
  if string.sub(lease, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then return {0, lease} end
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  return {1, lease}
end
lease = ARGV[1] .. ':' .. string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'lease', 1))
redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
return {1, lease}
