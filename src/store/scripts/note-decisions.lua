-- Adds decisions to the history of a daemon, bounded. A scheduler passes its lease; one that lost it writes nothing.
-- KEYS[1] history  KEYS[2] lease
-- ARGV[1] lease held (empty: none needed)  ARGV[2] most to keep  ARGV[3] seconds to keep the last one, then
-- the decisions, oldest first
-- Returns 1, or 0 when the lease is not held
if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
for at = 4, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[at]) end
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
