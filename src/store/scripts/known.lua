-- Reads a page of what is stored of one kind without the records: ids and versions.
-- KEYS[1] instances or tasks
-- ARGV[1] cursor ('0' to begin)  ARGV[2] entities to look at, about
-- Returns {next cursor ('0' at the end), id, version, id, version, ...}; an id may come twice
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local reply = {page[1]}
for at = 1, #page[2], 2 do
  local record = page[2][at + 1]
  reply[#reply + 1] = page[2][at]
  reply[#reply + 1] = string.sub(record, 1, string.find(record, '\n', 1, true) - 1)
end
return reply
