-- Says in which form the data is from now on, and drops of an older form what ECS can tell again: all at once, so that
-- two workers that start together cannot drop what the first of them has filled in since.
-- KEYS[1] schema, then 7 for each cluster: meta, log, instances, tasks, ended, tombstones, history
-- ARGV[1] form of now  ARGV[2] form found, or empty
-- Returns 1, or 0 when another worker was first
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
local run = ARGV[1] .. '.'
for at = 2, #KEYS, 7 do
  -- A log that was begun in this form has only lost the note of it.
  if string.sub(redis.call('HGET', KEYS[at], 'run') or '', 1, #run) ~= run then
    -- Without its epoch the log begins anew: readers take a new snapshot, reconcile fills it.
    redis.call('HDEL', KEYS[at], 'epoch', 'run', 'seq', 'logMax')
    for key = at + 1, at + 6 do redis.call('UNLINK', KEYS[key]) end
  end
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
