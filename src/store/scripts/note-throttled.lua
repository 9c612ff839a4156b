-- ECS throttled a call: the bucket is empty, and for a while it is half as large and refills half as fast. Refusals
-- within a second are one; further ones halve it again, down to an eighth. The time is Redis's own: see take-tokens.lua.
-- KEYS[1] buckets of the account and region
-- ARGV[1] class  ARGV[2] for how long, ms  ARGV[3] the key's life, s
-- Returns the factor that now applies, as text
local class = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function field(name) return class .. ':' .. name end
local stored = redis.call('HMGET', KEYS[1], field('factor'), field('throttledAt'))
local since = now - (tonumber(stored[2]) or -math.huge)
local factor = 1
if since >= 0 and since < tonumber(ARGV[2]) then factor = tonumber(stored[1]) or 1 end
if since < 0 or since >= 1000 then
  factor = math.max(0.125, factor / 2)
  local text = string.format('%.0f', now)
  redis.call('HSET', KEYS[1], field('tokens'), '0', field('at'), text, field('factor'), tostring(factor), field('throttledAt'), text)
end
redis.call('HINCRBY', KEYS[1], field('throttled'), 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return tostring(factor)
