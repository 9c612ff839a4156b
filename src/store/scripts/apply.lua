-- Applies a batch of observations of one cluster: newer version or nothing; entity, log and announcement at once.
-- A record is seven parts joined by newlines: version, timeline, fixed, doc, attributes, described, enriched (see record.ts).
-- The timeline of a container instance is what it is now and since when, the same facts in the same order each time.
-- An empty part of an observation keeps what is stored: events do not know everything that the API knows.
-- A log entry has what was before the change, '=' for each part that stayed as it was.
-- Tasks are counted by what their status means, and how many began, ended and failed: see note-freshness.lua.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] instances  KEYS[4] tasks  KEYS[5] ended  KEYS[6] tombstones  KEYS[7] history
-- ARGV[1] run id  ARGV[2] now, ms  ARGV[3] longest log  ARGV[4] channel
-- ARGV[5] what was said before this (ms) brings no entity that is not there, then 13 for each observation:
--   kind (i, t), id, source (e event, d describe, x enrichment), version, final (0, 1, 2: and it failed), status,
--   status since (ms), said at (ms, empty: now), fixed, doc, attributes, described, enriched
-- Returns {seq, code, code, ...}: A applied, G merged, D duplicate, S stale, T tombstoned, F final, M missing;
--   {'RUN'} = begin-run first
local meta = redis.call('HMGET', KEYS[1], 'run', 'logMax')
if meta[1] ~= ARGV[1] then return {'RUN'} end
local logMax = math.min(tonumber(meta[2]) or tonumber(ARGV[3]), tonumber(ARGV[3]))

-- Versions are 64-bit decimals, beyond what a Lua number holds.
local function newer(a, b)
  if #a ~= #b then return #a > #b end
  return a > b
end

local function split(record)
  local parts, from = {}, 1
  for i = 1, 6 do
    local at = string.find(record, '\n', from, true)
    parts[i] = string.sub(record, from, at - 1)
    from = at + 1
  end
  parts[7] = string.sub(record, from)
  return parts
end

-- The status that a timeline ends with; none of an empty one.
local function lastOf(timeline)
  return string.match(',' .. timeline, '.*,([^@]+)@')
end

local function extend(timeline, status, since)
  if status == '' then return timeline end
  if timeline == '' then return status .. '@' .. since end
  if lastOf(timeline) == status then return timeline end
  return timeline .. ',' .. status .. '@' .. since
end

-- What goes on as it was keeps its time; 0 is now.
local function since(timeline, facts, at)
  local known, all = ',' .. timeline .. ',', {}
  for fact in string.gmatch(facts, '[^,]+') do
    local _, last = string.find(known, ',' .. fact .. '@', 1, true)
    all[#all + 1] = fact .. '@' .. (last and string.match(known, '^%d+', last + 1) or (at == '0' and ARGV[2] or at))
  end
  return table.concat(all, ',')
end

local function keep(incoming, stored)
  if incoming == '' then return stored end
  return incoming
end

-- What was, for whoever has what came after.
local function difference(old, new)
  for i = 1, 7 do
    if old[i] == new[i] then old[i] = '=' end
  end
  return table.concat(old, '\n')
end

local counted = {
  PROVISIONING = 'pending', PENDING = 'pending', ACTIVATING = 'pending', RUNNING = 'running',
  DEACTIVATING = 'stopping', STOPPING = 'stopping', DEPROVISIONING = 'stopping', STOPPED = 'stopped',
}
local happened = {RUNNING = 'starts', STOPPED = 'stops'}
local sums = {}
local function add(name, by)
  if name then sums[name] = (sums[name] or 0) + by end
end

local function timelineOf(kind, timeline, status, at)
  if kind == 'i' then return since(timeline, status, at) end
  return extend(timeline, status, at)
end

local reply = {''}
for at = 6, #ARGV, 13 do
  local kind, id, source, version = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local final, status, saidSince, said = ARGV[at + 4] ~= '0', ARGV[at + 5], ARGV[at + 6], ARGV[at + 7]
  local fixed, doc = ARGV[at + 8], ARGV[at + 9]
  local attributes, described, enriched = ARGV[at + 10], ARGV[at + 11], ARGV[at + 12]
  local entities = kind == 'i' and KEYS[3] or KEYS[4]
  local member = kind .. ' ' .. id
  local before = redis.call('HGET', entities, id)
  local code, old, new, ended
  if before then
    old = split(before)
    local wasFinal = redis.call('ZSCORE', KEYS[5], member)
    if source == 'x' or version == old[1] then
      code = 'G'
      new = {old[1], old[2], old[3], old[4], keep(attributes, old[5]), keep(described, old[6]), keep(enriched, old[7])}
    elseif not newer(version, old[1]) then
      code = 'S'
    elseif wasFinal and not final then
      code = 'F'
    else
      code = 'A'
      new = {version, timelineOf(kind, old[2], status, saidSince), fixed, doc, keep(attributes, old[5]), keep(described, old[6]), keep(enriched, old[7])}
      ended = final and not wasFinal
    end
  elseif source == 'x' then
    code = 'M'
  elseif said ~= '' and tonumber(said) < tonumber(ARGV[5]) then
    code = 'T'
  else
    local ban = redis.call('ZSCORE', KEYS[6], member)
    if ban and tonumber(ban) > tonumber(ARGV[2]) and (source == 'e' or final) then
      code = 'T'
    else
      if ban then redis.call('ZREM', KEYS[6], member) end
      code = 'A'
      new = {version, timelineOf(kind, '', status, saidSince), fixed, doc, attributes, described, enriched}
      ended = final
    end
  end
  local after = new and table.concat(new, '\n')
  if after and after == before then after, code = nil, 'D' end
  if after then
    local seq = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    redis.call('HSET', entities, id, after)
    if ended then redis.call('ZADD', KEYS[5], ARGV[2], member) end
    if kind == 't' and code == 'A' and (not old or new[2] ~= old[2]) then
      if old then add(counted[lastOf(old[2])], -1) end
      add(counted[status], 1)
      -- What a first comparison finds began or ended some other time.
      if before or source == 'e' then
        add(happened[status], 1)
        if ARGV[at + 4] == '2' then add('failures', 1) end
      end
    end
    if before then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', logMax, seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2], 'b', difference(old, new))
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', logMax, seq .. '-0', 'k', kind, 'id', id, 'at', ARGV[2])
    end
    redis.call('PUBLISH', ARGV[4], seq .. ' ' .. member)
  end
  reply[#reply + 1] = code
end
for name, by in pairs(sums) do
  if by ~= 0 then redis.call('HINCRBY', KEYS[7], name, by) end
end
reply[1] = redis.call('HGET', KEYS[1], 'seq')
return reply
