#include "sim_euicc/frontends/lpac_stdio.h"

#include <istream>
#include <ostream>
#include <thread>

#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/json/asn1_json.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;

/// Longer lines than any APDU needs are refused before they are parsed.
constexpr std::size_t kMaxLine = 64 * 1024;
constexpr int kFailed = -1;

struct Reply {
  int ecode = kFailed;
  rsp::Bytes data = {};
};

/// An answer after the time that it takes: nobody else waits on this thread.
rsp::Bytes transmit(rsp::card::Card& card, rsp::BytesView command) {
  rsp::Bytes answer = card.transmit(command);
  if (auto delay = card.take_delay(); delay.count() > 0) std::this_thread::sleep_for(delay);
  return answer;
}

ResponseApdu send(rsp::card::Card& card, const CommandApdu& command) {
  return ResponseApdu::parse(transmit(card, command.encode())).value_or(ResponseApdu{});
}

/// MANAGE CHANNEL and SELECT, as lpac's other drivers do it themselves.
Reply open_channel(rsp::card::Card& card, rsp::BytesView aid) {
  ResponseApdu opened =
      send(card, {0x00, rsp::card::kManageChannelIns, 0, 0, {}, std::uint16_t{1}});
  if (!opened.sw.success() || opened.data.size() != 1) return {};
  std::uint8_t channel = opened.data[0];
  ResponseApdu selected =
      send(card, {rsp::card::cla_on_channel(0x00, channel), rsp::card::kSelectIns, 0x04, 0x00,
                  rsp::to_bytes(aid), std::nullopt});
  if (selected.sw.success() || selected.sw.more_data()) return {channel};
  send(card, {0x00, rsp::card::kManageChannelIns, 0x80, channel, {}, std::nullopt});
  return {};
}

Reply close_channel(rsp::card::Card& card, rsp::BytesView channel) {
  if (channel.size() != 1) return {};
  ResponseApdu closed =
      send(card, {0x00, rsp::card::kManageChannelIns, 0x80, channel[0], {}, std::nullopt});
  return {closed.sw.success() ? 0 : kFailed};
}

Reply serve(rsp::card::Card& card, const std::string& function, rsp::BytesView parameter) {
  if (function == "connect") return card.reset(), Reply{0};
  if (function == "disconnect") return {0};
  if (function == "logic_channel_open") return open_channel(card, parameter);
  if (function == "logic_channel_close") return close_channel(card, parameter);
  if (function == "transmit") {
    rsp::Bytes answer = transmit(card, parameter);
    // A card without power answers nothing at all.
    return {answer.empty() ? kFailed : 0, std::move(answer)};
  }
  return {};
}

/// A text member, or nothing.
std::optional<std::string> text(const rsp::Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Reply serve_request(rsp::card::Card& card, const rsp::Json& request) {
  auto payload = request.find("payload");
  if (payload == request.end() || !payload->is_object()) return {};
  auto function = text(*payload, "func");
  auto parameter = rsp::from_hex(text(*payload, "param").value_or(""));
  if (!function || !parameter) return {};
  return serve(card, *function, *parameter);
}

void write(std::ostream& out, const Reply& reply) {
  rsp::Json line;
  line["type"] = "apdu";
  line["payload"]["ecode"] = reply.ecode;
  line["payload"]["data"] = rsp::to_hex(reply.data);
  out << rsp::dump(line) << "\n" << std::flush;
}

}  // namespace

void serve_lpac_stdio(rsp::card::Card& card, std::istream& in, std::ostream& out,
                      std::ostream& other) {
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    rsp::Json request = line.size() > kMaxLine
                            ? rsp::Json()
                            : rsp::Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!request.is_object()) {
      write(out, Reply{});
    } else if (text(request, "type") == "apdu") {
      write(out, serve_request(card, request));
    } else {
      other << line << "\n" << std::flush;
    }
  }
}

}  // namespace sim
