-- eSIM provisioning (SGP.22) in Wireshark 4.0 and newer: says which ES10 function each STORE DATA belongs to.
-- It stands on Wireshark's own dissector of SIM traffic in GSMTAP, so that it works on everybody's traces.
--
-- "esimbench trace lua --out FILE" writes it; put it into the plugin folder that Help, About, Folders names.
-- Wireshark loads no such scripts when root runs it.

-- By tag: the function that commands and responses beginning with it belong to.
local functions = {
--%functions%
}
-- By first octets: the segments of a Bound Profile Package.
local segments = {
--%segments%
}
local status_words = {
--%status_words%
}
-- The same for all with this first octet.
local status_classes = {
--%status_classes%
}

local LOAD = "--%load%"
local RESULT = "--%result%"
local STORE_DATA, GET_RESPONSE, LAST_BLOCK = 0xE2, 0xC0, 0x91
local HEADER = 5 -- CLA INS P1 P2 P3

local proto = Proto("esimbench", "eSIM provisioning (SGP.22)")
local fields = {
  name = ProtoField.string("esimbench.function", "Function"),
  message = ProtoField.string("esimbench.message", "Message"),
  segment = ProtoField.string("esimbench.segment", "Segment of the Bound Profile Package"),
  block = ProtoField.uint8("esimbench.block", "Block"),
  last = ProtoField.bool("esimbench.last", "Last block"),
  octets = ProtoField.uint32("esimbench.octets", "Octets so far"),
  first = ProtoField.framenum("esimbench.first", "It begins in"),
  status = ProtoField.string("esimbench.status", "Status"),
  atr = ProtoField.bytes("esimbench.atr", "ATR"),
}
proto.fields = fields

local original = DissectorTable.get("gsmtap.type"):get_dissector(4)

-- What each logical channel is in the middle of, and what was found out about each frame: frames are dissected in
-- order once, and afterwards in any order.
local channels, frames = {}, {}
function proto.init()
  channels, frames = {}, {}
end

local function channel_of(class)
  if bit.band(class, 0x40) ~= 0 then return 4 + bit.band(class, 0x0F) end
  return bit.band(class, 0x03)
end

local function tag_at(tvb, offset, size)
  if size < 1 then return nil end
  local first = tvb(offset, 1):uint()
  if first ~= 0xBF or size < 2 then return string.format("%02X", first) end
  return string.format("BF%02X", tvb(offset + 1, 1):uint())
end

local function status_of(tvb)
  local sw = tvb(tvb:len() - 2, 2):uint()
  local meaning = status_words[sw] or status_classes[math.floor(sw / 256)]
  return string.format("%04X%s", sw, meaning and " " .. meaning or "")
end

-- A block of a command. The first one says what it is, and the following ones belong to it.
local function block(tvb, number, found, state)
  local size = math.min(tvb(4, 1):uint(), tvb:len() - HEADER)
  local p2 = tvb(3, 1):uint()
  if p2 == 0 or not state.first then
    local tag = tag_at(tvb, HEADER, size)
    state.first, state.octets = number, 0
    state.segment = segments[tag]
    state.name = state.segment and LOAD or functions[tag]
  end
  state.octets = state.octets + size
  found.block, found.last = p2, tvb(2, 1):uint() == LAST_BLOCK
  found.octets, found.segment = state.octets, state.segment
  if state.first ~= number then found.first = state.first end
  found.message = "request"
  state.answering = nil
  return HEADER + size
end

-- Response data; what continues an earlier response has no tag of its own.
local function answer(tvb, offset, number, found, state)
  local size = tvb:len() - 2 - offset
  if size <= 0 then return end
  local tag = tag_at(tvb, offset, size)
  if not state.answering then
    state.answering = number
    if tag == RESULT then state.name = LOAD else state.name = functions[tag] or state.name end
  else
    found.first = state.answering
  end
  found.message = found.message and "request and response" or "response"
end

local function analyse(tvb, number)
  local instruction = tvb(1, 1):uint()
  if instruction ~= STORE_DATA and instruction ~= GET_RESPONSE then return nil end
  local channel = channel_of(tvb(0, 1):uint())
  channels[channel] = channels[channel] or {}
  local state, found, offset = channels[channel], {}, HEADER
  if instruction == STORE_DATA then offset = block(tvb, number, found, state) end
  if instruction == GET_RESPONSE and not state.name then return nil end
  answer(tvb, offset, number, found, state)
  found.name = state.name
  if tvb:len() >= HEADER + 2 then found.status = status_of(tvb) end
  return found
end

local function summary(found)
  local text = found.name or "STORE DATA"
  if found.message then text = text .. " " .. found.message end
  if found.segment then text = text .. ", " .. found.segment end
  if found.block then text = text .. string.format(", block %d%s", found.block, found.last and " (last)" or "") end
  if found.status then text = text .. ": " .. found.status end
  return text
end

local function show(tree, tvb, found)
  local branch = tree:add(proto, tvb())
  for _, name in ipairs({ "name", "message", "segment", "block", "last", "octets", "first", "status" }) do
    if found[name] ~= nil then branch:add(fields[name], found[name]):set_generated() end
  end
end

function proto.dissector(tvb, pinfo, tree)
  local class = tvb:len() > 0 and tvb(0, 1):uint() or 0
  -- No APDU has such a class, and every ATR begins with one of these (ISO 7816-3, 8.1). Wireshark has no other sign
  -- of it: the sub type of GSMTAP is not passed on.
  if class == 0x3B or class == 0x3F then
    tree:add(proto, tvb()):add(fields.atr, tvb())
    pinfo.cols.protocol:set("GSM SIM")
    pinfo.cols.info:set("ATR " .. tvb():bytes():tohex())
    return
  end
  original:call(tvb, pinfo, tree)
  if tvb:len() < HEADER then return end
  if not pinfo.visited then frames[pinfo.number] = analyse(tvb, pinfo.number) or nil end
  local found = frames[pinfo.number]
  if not found then return end
  pinfo.cols.info:set(summary(found))
  show(tree, tvb, found)
end

DissectorTable.get("gsmtap.type"):set(4, proto)
