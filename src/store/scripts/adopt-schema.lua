-- Says in which form the data is from now on, unless another worker has said something else meanwhile.
-- KEYS[1] schema
-- ARGV[1] form of now  ARGV[2] form found, or empty
-- Returns 1, or 0 when another worker was first
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
