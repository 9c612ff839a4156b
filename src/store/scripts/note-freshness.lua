-- Notes how fresh a cluster is. Several workers note at the same time: the newest event counts. With it goes what the
-- history keeps of this minute: the longest lag, the median that was noted last, the drift that was repaired, what tasks
-- did since the last note, and how many there are now.
-- KEYS[1] freshness  KEYS[2] history: counts by name, and a ring of minutes  KEYS[3] meta
-- ARGV[1] time of the newest event, ms, or empty  ARGV[2] minutes since the epoch  ARGV[3] length of the ring
-- ARGV[4] lag of events, ms, or empty  ARGV[5] drift repaired  ARGV[6] median of lags, ms, or empty, then fields and
-- values that replace what is there
if ARGV[1] ~= '' and tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'lastEventAt') or '0') then
  redis.call('HSET', KEYS[1], 'lastEventAt', ARGV[1])
end
if ARGV[5] ~= '0' then redis.call('HINCRBY', KEYS[1], 'driftRepaired', ARGV[5]) end
for at = 7, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end

-- Of a cluster that was closed, or has nothing yet, there is no history.
if redis.call('HEXISTS', KEYS[3], 'run') == 0 then return 0 end
local place = string.format('%d', tonumber(ARGV[2]) % tonumber(ARGV[3]))
local noted = redis.call('HGET', KEYS[2], place) or ''
local minute, lag, drift, starts, stops, failures, median =
  string.match(noted, '^(%d+) (%S+) (%d+) (%d+) (%d+) (%d+) %d+ %d+ %d+ %d+ (%S+)$')
if minute ~= ARGV[2] then lag, drift, starts, stops, failures, median = '-', 0, 0, 0, 0, '-' end
if ARGV[6] ~= '' then median = ARGV[6] end
if ARGV[4] ~= '' and (lag == '-' or tonumber(ARGV[4]) > tonumber(lag)) then lag = ARGV[4] end
local counts = redis.call('HMGET', KEYS[2], 'starts', 'stops', 'failures', 'pending', 'running', 'stopping', 'stopped')
for at = 1, 7 do counts[at] = counts[at] or 0 end
local sums = {drift + ARGV[5], starts + counts[1], stops + counts[2], failures + counts[3]}
for at = 1, 4 do sums[at] = string.format('%d', sums[at]) end
local tasks = table.concat({counts[4], counts[5], counts[6], counts[7], median}, ' ')
redis.call('HSET', KEYS[2], place, ARGV[2] .. ' ' .. lag .. ' ' .. table.concat(sums, ' ') .. ' ' .. tasks)
redis.call('HDEL', KEYS[2], 'starts', 'stops', 'failures')
return 1
