-- Takes tokens of one class of ECS calls from a bucket that every process of an account and region shares.
-- The time is Redis's own, the same for all of them. A time that is yet to come was noted before that clock was set
-- back: it holds nothing up.
-- KEYS[1] buckets of the account and region
-- ARGV[1] class  ARGV[2] burst  ARGV[3] refill a second  ARGV[4] tokens wanted
-- ARGV[5] share of the burst that the caller leaves to more urgent ones  ARGV[6] the key's life, s
-- ARGV[7] calls that had to wait since the last report  ARGV[8] how long they did in all, ms
-- ARGV[9] for how long a bucket is slow that ECS throttled, ms
-- Returns {tokens granted, ms until there may be one more}
local class, wanted = ARGV[1], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function field(name) return class .. ':' .. name end
local stored = redis.call('HMGET', KEYS[1], field('tokens'), field('at'), field('factor'), field('throttledAt'))
local sinceThrottled = now - (tonumber(stored[4]) or -math.huge)
local factor = 1
if sinceThrottled >= 0 and sinceThrottled < tonumber(ARGV[9]) then factor = tonumber(stored[3]) or 1 end
local burst, perSecond = tonumber(ARGV[2]) * factor, tonumber(ARGV[3]) * factor
local tokens = (tonumber(stored[1]) or burst) + math.max(0, now - (tonumber(stored[2]) or now)) * perSecond / 1000
tokens = math.min(burst, tokens)
local free = tokens - burst * tonumber(ARGV[5])
local granted = math.max(0, math.min(wanted, math.floor(free)))
local waitMs = 0
if granted < wanted then waitMs = math.ceil((granted + 1 - free) * 1000 / perSecond) end
redis.call('HSET', KEYS[1], field('tokens'), string.format('%.4f', tokens - granted), field('at'), string.format('%.0f', now))
redis.call('HINCRBY', KEYS[1], field('calls'), granted)
if ARGV[7] ~= '0' then
  redis.call('HINCRBY', KEYS[1], field('waits'), ARGV[7])
  redis.call('HINCRBY', KEYS[1], field('waitedMs'), ARGV[8])
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
return {granted, waitMs}
