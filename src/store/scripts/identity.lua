-- Which history of writes the Redis process has that answers for a key: another one after each restart of a primary,
-- and after each failover.
-- KEYS[1] the key; nothing is read of it
-- ARGV: none
-- Returns the id
return string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
