-- Applies a batch of observations of one cluster: newer version or nothing; entity, log and announcement at once.
-- A record is six parts joined by newlines: version, timeline, doc, attributes, described, enriched (see record.ts).
-- An empty part of an observation keeps what is stored: events do not know everything that the API knows.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] instances  KEYS[4] tasks  KEYS[5] ended  KEYS[6] tombstones
-- ARGV[1] run id  ARGV[2] now, ms  ARGV[3] longest log  ARGV[4] channel, then 11 for each observation:
--   kind (i, t), id, source (e event, d describe, x enrichment), version, final (0, 1), status, status since (ms),
--   doc, attributes, described, enriched
-- Returns {seq, code, code, ...}: A applied, D duplicate, S stale, T tombstoned, F final, M missing; {'RUN'} = begin-run first
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return {'RUN'} end

-- Versions are 64-bit decimals, beyond what a Lua number holds.
local function newer(a, b)
  if #a ~= #b then return #a > #b end
  return a > b
end

local function split(record)
  local parts, from = {}, 1
  for i = 1, 5 do
    local at = string.find(record, '\n', from, true)
    parts[i] = string.sub(record, from, at - 1)
    from = at + 1
  end
  parts[6] = string.sub(record, from)
  return parts
end

local function extend(timeline, status, since)
  if status == '' then return timeline end
  if timeline == '' then return status .. '@' .. since end
  local last = string.match(timeline, '([^,@]+)@%d+$')
  if last == status then return timeline end
  return timeline .. ',' .. status .. '@' .. since
end

local function keep(incoming, stored)
  if incoming == '' then return stored end
  return incoming
end

local reply = {''}
for at = 5, #ARGV, 11 do
  local kind, id, source, version = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local final, status, since = ARGV[at + 4] == '1', ARGV[at + 5], ARGV[at + 6]
  local doc, attributes, described, enriched = ARGV[at + 7], ARGV[at + 8], ARGV[at + 9], ARGV[at + 10]
  local entities = kind == 'i' and KEYS[3] or KEYS[4]
  local member = kind .. ' ' .. id
  local before = redis.call('HGET', entities, id)
  local after, code, ended
  if before then
    local old = split(before)
    local wasFinal = redis.call('ZSCORE', KEYS[5], member)
    if source == 'x' or version == old[1] then
      after = table.concat({old[1], old[2], old[3], keep(attributes, old[4]), keep(described, old[5]), keep(enriched, old[6])}, '\n')
    elseif not newer(version, old[1]) then
      code = 'S'
    elseif wasFinal and not final then
      code = 'F'
    else
      after = table.concat({version, extend(old[2], status, since), doc, keep(attributes, old[4]), keep(described, old[5]), keep(enriched, old[6])}, '\n')
      ended = final and not wasFinal
    end
    if after == before then after, code = nil, 'D' end
  elseif source == 'x' then
    code = 'M'
  else
    local ban = redis.call('ZSCORE', KEYS[6], member)
    if ban and tonumber(ban) > tonumber(ARGV[2]) and source == 'e' then
      code = 'T'
    else
      if ban then redis.call('ZREM', KEYS[6], member) end
      after = table.concat({version, extend('', status, since), doc, attributes, described, enriched}, '\n')
      ended = final
    end
  end
  if after then
    code = 'A'
    local seq = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    redis.call('HSET', entities, id, after)
    if ended then redis.call('ZADD', KEYS[5], ARGV[2], member) end
    if before then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2], 'b', before)
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2])
    end
    redis.call('PUBLISH', ARGV[4], seq .. ' ' .. member)
  end
  reply[#reply + 1] = code
end
reply[1] = redis.call('HGET', KEYS[1], 'seq')
return reply
