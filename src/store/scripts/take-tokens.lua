-- Takes tokens of one class of ECS calls from a bucket that every process of an account and region shares.
-- Time only moves forward in it; a clock that is far behind starts it anew rather than standing still.
-- KEYS[1] buckets of the account and region
-- ARGV[1] now, ms  ARGV[2] class  ARGV[3] burst  ARGV[4] refill a second  ARGV[5] tokens wanted
-- ARGV[6] share of the burst that the caller leaves to more urgent ones  ARGV[7] the key's life, s
-- ARGV[8] calls that had to wait since the last report  ARGV[9] how long they did in all, ms
-- Returns {tokens granted, ms until there may be one more}
local class, now, wanted = ARGV[2], tonumber(ARGV[1]), tonumber(ARGV[5])
local function field(name) return class .. ':' .. name end
local stored = redis.call('HMGET', KEYS[1], field('tokens'), field('at'), field('factor'), field('slowUntil'))
local factor = 1
if (tonumber(stored[4]) or 0) > now then factor = tonumber(stored[3]) or 1 end
local burst, perSecond = tonumber(ARGV[3]) * factor, tonumber(ARGV[4]) * factor
local tokens, at = tonumber(stored[1]) or burst, tonumber(stored[2]) or now
if at - now > 60000 then at = now end
if now > at then
  tokens = tokens + (now - at) * perSecond / 1000
  at = now
end
tokens = math.min(burst, tokens)
local free = tokens - burst * tonumber(ARGV[6])
local granted = math.max(0, math.min(wanted, math.floor(free)))
local waitMs = 0
if granted < wanted then waitMs = math.ceil((granted + 1 - free) * 1000 / perSecond) end
redis.call('HSET', KEYS[1], field('tokens'), string.format('%.4f', tokens - granted), field('at'), string.format('%.0f', at))
redis.call('HINCRBY', KEYS[1], field('calls'), granted)
if ARGV[8] ~= '0' then
  redis.call('HINCRBY', KEYS[1], field('waits'), ARGV[8])
  redis.call('HINCRBY', KEYS[1], field('waitedMs'), ARGV[9])
end
redis.call('EXPIRE', KEYS[1], ARGV[7])
return {granted, waitMs}
