-- Writes control records (daemons, placements): all of them or none, each only over the record that the writer read.
-- A writer that acts for a cluster passes its lease; one that lost it writes nothing.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] daemons  KEYS[4] placements  KEYS[5] lease
-- ARGV[1] run id  ARGV[2] now, ms  ARGV[3] longest log  ARGV[4] channel  ARGV[5] lease held (empty: none needed)
-- then 4 for each: kind (d, p), id, record expected ('*' any, '+' some, '' absent), new record ('' removes it, '=' keeps it)
-- Returns {'OK', seq, epoch, run id}, {'FENCED'}, {'CONFLICT', id}; {'RUN'} = begin-run first
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return {'RUN'} end
if ARGV[5] ~= '' and redis.call('GET', KEYS[5]) ~= ARGV[5] then return {'FENCED'} end
local function hash(kind) return kind == 'd' and KEYS[3] or KEYS[4] end
for at = 6, #ARGV, 4 do
  local expected = ARGV[at + 2]
  if expected ~= '*' then
    local present = redis.call('HGET', hash(ARGV[at]), ARGV[at + 1]) or ''
    local holds = present == expected
    if expected == '+' then holds = present ~= '' end
    if not holds then return {'CONFLICT', ARGV[at + 1]} end
  end
end
for at = 6, #ARGV, 4 do
  local kind, id, record = ARGV[at], ARGV[at + 1], ARGV[at + 3]
  local before = redis.call('HGET', hash(kind), id)
  if record ~= '=' and (before or '') ~= record then
    local seq = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    if record == '' then redis.call('HDEL', hash(kind), id) else redis.call('HSET', hash(kind), id, record) end
    if before then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2], 'b', before)
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2])
    end
    redis.call('PUBLISH', ARGV[4], seq .. ' ' .. kind .. ' ' .. id)
  end
end
return {'OK', redis.call('HGET', KEYS[1], 'seq'), redis.call('HGET', KEYS[1], 'epoch'), ARGV[1]}
