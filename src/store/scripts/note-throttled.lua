-- ECS throttled a call: the bucket is empty, and for a while it is half as large and refills half as fast. Refusals
-- within a second are one; further ones halve it again, down to an eighth.
-- KEYS[1] buckets of the account and region
-- ARGV[1] now, ms  ARGV[2] class  ARGV[3] for how long, ms  ARGV[4] the key's life, s
-- Returns the factor that now applies, as text
local class, now = ARGV[2], tonumber(ARGV[1])
local function field(name) return class .. ':' .. name end
local stored = redis.call('HMGET', KEYS[1], field('factor'), field('slowUntil'), field('throttledAt'))
local factor = 1
if (tonumber(stored[2]) or 0) > now then factor = tonumber(stored[1]) or 1 end
if now - (tonumber(stored[3]) or 0) >= 1000 then
  factor = math.max(0.125, factor / 2)
  redis.call('HSET', KEYS[1], field('tokens'), '0', field('at'), ARGV[1], field('factor'), tostring(factor),
    field('slowUntil'), string.format('%.0f', now + tonumber(ARGV[3])), field('throttledAt'), ARGV[1])
end
redis.call('HINCRBY', KEYS[1], field('throttled'), 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return tostring(factor)
