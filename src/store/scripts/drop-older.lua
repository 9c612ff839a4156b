-- Drops of a cluster what is in an older form and ECS can tell again.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] instances  KEYS[4] tasks  KEYS[5] ended  KEYS[6] tombstones  KEYS[7] history
-- KEYS[8] freshness
-- ARGV[1] form of now
-- Returns 1, or 0 when nothing of it is in an older form
local run = ARGV[1] .. '.'
-- A log that was begun in this form has only lost the note of it, or another worker was first and filled it since.
if string.sub(redis.call('HGET', KEYS[1], 'run') or '', 1, #run) == run then return 0 end
-- Without its epoch the log begins anew: readers take a new snapshot, reconcile fills it.
redis.call('HDEL', KEYS[1], 'epoch', 'run', 'seq', 'logMax')
for key = 2, 7 do redis.call('UNLINK', KEYS[key]) end
-- Daemons wait until it was compared whole again: what they have started is not known here any more.
redis.call('HDEL', KEYS[8], 'lastReconciledAt')
return 1
