-- Ends a cluster that nothing is left of: its keys go by themselves after a while, unless somebody opens it again.
-- Without the run id every writer has to begin a run first (begin-run.lua), so that none goes on writing to what readers
-- have forgotten. What is known of its freshness is of the cluster that ended, and goes at once.
-- KEYS[1] meta  KEYS[2] instances  KEYS[3] tasks  KEYS[4] daemons  KEYS[5] freshness, then the other keys that go
-- ARGV[1] how long they stay, ms
-- Returns 1, or 0 when something is there
for key = 2, 4 do
  if redis.call('HLEN', KEYS[key]) > 0 then return 0 end
end
redis.call('HDEL', KEYS[1], 'run')
redis.call('UNLINK', KEYS[5])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
return 1
