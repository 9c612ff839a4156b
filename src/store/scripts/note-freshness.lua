-- Notes how fresh a cluster is. Several workers note at the same time: the newest event counts.
-- KEYS[1] freshness
-- ARGV[1] time of the newest event, ms, or empty, then fields and values that replace what is there
if ARGV[1] ~= '' and tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'lastEventAt') or '0') then
  redis.call('HSET', KEYS[1], 'lastEventAt', ARGV[1])
end
for at = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
return 1
