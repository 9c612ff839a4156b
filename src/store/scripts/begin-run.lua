-- Opens a cluster's log for a writer that talks to this Redis process, also that of a cluster that had been closed.
-- A Redis process that restarted, failed over or was restored may have lost the last changes, which readers
-- have seen. So a new process continues far beyond any number that could have been handed out: a reader
-- that saw a lost change finds its position nowhere, one that did not reads on without a gap. The number is the time in
-- microseconds, which no log outruns: the former process's own jump may be among what was lost.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] freshness, then the other keys of the cluster that close-cluster.lua lets go
-- ARGV[1] run id of this Redis process  ARGV[2] epoch to use if there is none  ARGV[3] now, ms
-- ARGV[4] channel  ARGV[5] how far to jump at least
-- Returns {epoch, seq, '1' when this call opened it, or '0'}
local opened = '0'
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch, opened = ARGV[2], '1'
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', '0', 'run', ARGV[1])
elseif redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
  opened = '1'
  local tail = redis.call('HGET', KEYS[1], 'seq')
  local time = redis.call('TIME')
  local seq = string.format('%.0f', math.max(tail + ARGV[5], time[1] * 1000000 + time[2]))
  redis.call('HSET', KEYS[1], 'seq', seq)
  redis.call('XADD', KEYS[2], seq .. '-0', 'k', 'r', 'p', tail, 'at', ARGV[3])
  redis.call('HSET', KEYS[1], 'run', ARGV[1])
  -- What was intended just before may be lost: see restart.ts.
  redis.call('HSET', KEYS[3], 'restartedAt', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  redis.call('PUBLISH', ARGV[4], seq)
end
if opened == '1' then
  for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
end
return {epoch, redis.call('HGET', KEYS[1], 'seq'), opened}
