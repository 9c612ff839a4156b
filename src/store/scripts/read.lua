-- Reads the change log from a position, with the present record of everything that it touches, at one instant.
-- Entries hold what was before a change: with the present records a reader can tell every state in between.
-- KEYS[1] meta  KEYS[2] log  KEYS[3] instances  KEYS[4] tasks  KEYS[5] daemons  KEYS[6] placements  KEYS[7] task definitions
-- ARGV[1] position (seq already seen)  ARGV[2] entries at the most
-- Returns {epoch or '', seq, entries as XRANGE gives them, {kind, id, record or false, ...}}
local hashes = {i = KEYS[3], t = KEYS[4], d = KEYS[5], p = KEYS[6], f = KEYS[7]}
local entries = redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])
local present, seen = {}, {}
for _, entry in ipairs(entries) do
  local fields = entry[2]
  local kind, id = fields[2], fields[4]
  local hash = hashes[kind]
  if hash and not seen[kind .. id] then
    seen[kind .. id] = true
    present[#present + 1] = kind
    present[#present + 1] = id
    present[#present + 1] = redis.call('HGET', hash, id)
  end
end
return {redis.call('HGET', KEYS[1], 'epoch') or '', redis.call('HGET', KEYS[1], 'seq') or '0', entries, present}
