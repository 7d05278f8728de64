#include "rsp/card/apdu.h"

#include <fmt/format.h>

namespace rsp::card {
namespace {

Error malformed(std::string text) {
  return {.layer = Layer::kDecode, .path = "apdu", .text = std::move(text)};
}

std::uint16_t le_of(std::uint8_t octet) { return octet == 0 ? 256 : octet; }

}  // namespace

std::string to_string(StatusWord sw) { return fmt::format("{:04X}", sw.value()); }

std::string_view meaning(StatusWord sw) {
  switch (sw.value()) {
    case 0x9000:
      return "done";
    case 0x6200:
      return "warning, state unchanged";
    case 0x6283:
      return "selected file or application is deactivated";
    case 0x6581:
      return "memory failure";
    case 0x6700:
      return "wrong length";
    case 0x6881:
      return "logical channel not supported or not open";
    case 0x6882:
      return "secure messaging not supported";
    case 0x6982:
      return "security status not satisfied";
    case 0x6983:
      return "authentication method blocked";
    case 0x6985:
      return "conditions of use not satisfied";
    case 0x6A80:
      return "wrong data";
    case 0x6A81:
      return "function not supported, or no free logical channel";
    case 0x6A82:
      return "file or application not found";
    case 0x6A84:
      return "not enough memory";
    case 0x6A86:
      return "wrong P1 or P2";
    case 0x6A88:
      return "referenced data not found";
    case 0x6D00:
      return "instruction not supported";
    case 0x6E00:
      return "class not supported";
    case 0x6F00:
      return "no precise diagnosis";
    default:
      break;
  }
  switch (sw.sw1()) {
    case 0x61:
      return "more data: GET RESPONSE";
    case 0x63:
      return "warning, state changed";
    case 0x6C:
      return "wrong Le, SW2 says the right one";
    case 0x91:
      return "done, a proactive command is waiting";
    default:
      return "unknown status word";
  }
}

Result<CommandApdu> CommandApdu::parse(BytesView apdu) {
  if (apdu.size() < 4) {
    return failure(
        malformed(fmt::format("a command APDU has at least 4 octets, this has {}", apdu.size())));
  }
  CommandApdu command{apdu[0], apdu[1], apdu[2], apdu[3], {}, std::nullopt};
  BytesView body = apdu.subspan(4);
  if (body.empty()) return command;  // case 1
  if (body.size() == 1) {            // case 2
    command.le = le_of(body[0]);
    return command;
  }
  if (body[0] == 0) {
    return failure(malformed(
        "extended lengths are not supported; use short ones, at most 255 octets of data"));
  }
  std::size_t lc = body[0];
  BytesView rest = body.subspan(1);
  if (rest.size() < lc || rest.size() > lc + 1) {
    return failure(
        malformed(fmt::format("Lc says {} octets of data, {} octets follow it", lc, rest.size())));
  }
  command.data = to_bytes(rest.first(lc));             // case 3
  if (rest.size() > lc) command.le = le_of(rest[lc]);  // case 4
  return command;
}

Bytes CommandApdu::encode() const {
  Bytes out{cla, ins, p1, p2};
  if (!data.empty()) {
    out.push_back(static_cast<std::uint8_t>(data.size()));
    append(out, data);
  }
  if (le) out.push_back(static_cast<std::uint8_t>(*le));  // 256 becomes 00
  return out;
}

Result<ResponseApdu> ResponseApdu::parse(BytesView apdu) {
  if (apdu.size() < 2) {
    return failure(
        malformed(fmt::format("a response APDU has at least 2 octets, this has {}", apdu.size())));
  }
  return ResponseApdu{to_bytes(apdu.first(apdu.size() - 2)),
                      StatusWord(static_cast<std::uint16_t>(big_endian(apdu.last(2))))};
}

Bytes ResponseApdu::encode() const {
  Bytes out = data;
  out.push_back(sw.sw1());
  out.push_back(sw.sw2());
  return out;
}

std::uint8_t cla_on_channel(std::uint8_t cla, std::uint8_t channel) {
  if (channel < 4) return static_cast<std::uint8_t>(cla | channel);
  return static_cast<std::uint8_t>((cla & 0xB0) | 0x40 | (channel - 4));
}

std::uint8_t channel_of(std::uint8_t cla) {
  bool further = (cla & 0x40) != 0;
  return static_cast<std::uint8_t>(further ? 4 + (cla & 0x0F) : cla & 0x03);
}

bool is_iso_class(std::uint8_t cla) { return (cla & 0x80) == 0; }

bool has_secure_messaging(std::uint8_t cla) {
  bool further = (cla & 0x40) != 0;
  return further ? (cla & 0x20) != 0 : (cla & 0x0C) != 0;
}

}  // namespace rsp::card
