#include "hil/trace/pcapng.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "hil/trace/explain.h"
#include "hil/trace/packets.h"
#include "hil/trace/sequence.h"
#include "rsp/json/asn1_json.h"
#include "rsp/json/es9_json.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Party;
using rsp::TraceEvent;
using rsp::TraceKind;
using Side = TcpConversation::Side;
using Moment = std::chrono::sys_time<std::chrono::microseconds>;

// --- The file (draft-ietf-opsawg-pcapng) ---

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A, kInterface = 1, kEnhancedPacket = 6,
                        kDecryptionSecrets = 10;
constexpr std::uint16_t kRawIp = 101, kComment = 1, kInterfaceName = 2;
constexpr std::uint32_t kTlsKeyLog = 0x544C534B;
constexpr std::size_t kMaxComment = 60'000;  // the format has 16 bits for it

Bytes le16(std::size_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}
Bytes le32(std::uint64_t value) {
  return rsp::concat({le16(value & 0xFFFF), le16(value >> 16 & 0xFFFF)});
}
Bytes padded(BytesView octets) {
  Bytes out = rsp::to_bytes(octets);
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

Bytes block(std::uint32_t type, BytesView body) {
  Bytes content = padded(body);
  Bytes size = le32(content.size() + 12);
  return rsp::concat({le32(type), size, content, size});
}

Bytes options(std::uint16_t code, std::string_view text) {
  if (text.empty()) return {};
  return rsp::concat({le16(code), le16(text.size()), padded(rsp::view_of(text)), le32(0)});
}

/// Comments in one, as UTF-8 without control characters, cut where the format ends.
std::string comment_text(const std::vector<std::string>& comments) {
  std::string joined = fmt::format("{}", fmt::join(comments, "\n"));
  for (char& c : joined) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = ' ';
  }
  if (joined.size() > kMaxComment / 3) joined = joined.substr(0, kMaxComment / 3) + " ...";
  // Writing and reading JSON replaces what is no UTF-8, by at most three octets for each.
  return rsp::Json::parse(rsp::dump(rsp::Json(joined))).get<std::string>();
}

struct Packet {
  Moment at;
  Bytes octets;
  std::vector<std::string> comments;
};

Bytes packet_block(const Packet& packet) {
  auto time = static_cast<std::uint64_t>(packet.at.time_since_epoch().count());
  Bytes size = le32(packet.octets.size());
  return block(kEnhancedPacket, rsp::concat({le32(0), le32(time >> 32), le32(time & 0xFFFFFFFF),
                                             size, size, padded(packet.octets),
                                             options(kComment, comment_text(packet.comments))}));
}

Bytes to_file(const std::vector<Packet>& packets, std::string_view keys,
              const std::vector<std::string>& comments) {
  constexpr std::uint32_t kByteOrder = 0x1A2B3C4D;
  Bytes unknown_length(8, 0xFF);
  std::vector<Bytes> blocks;
  blocks.push_back(
      block(kSectionHeader, rsp::concat({le32(kByteOrder), le16(1), le16(0), unknown_length,
                                         options(kComment, comment_text(comments))})));
  blocks.push_back(block(kInterface, rsp::concat({le16(kRawIp), le16(0), le32(0),
                                                  options(kInterfaceName, "esimbench")})));
  // A reader needs the secrets before the first packet that they open.
  if (!keys.empty()) {
    blocks.push_back(block(kDecryptionSecrets,
                           rsp::concat({le32(kTlsKeyLog), le32(keys.size()), rsp::view_of(keys)})));
  }
  for (const Packet& packet : packets) blocks.push_back(packet_block(packet));
  Bytes out;
  for (const Bytes& each : blocks) rsp::append(out, each);
  return out;
}

// --- Who is where ---

constexpr std::uint16_t kGsmtapPort = 4729, kHttpPort = 80, kHttpsPort = 443;
constexpr std::uint16_t kFirstClientPort = 40'000;

Endpoint at(Party party, std::uint16_t port) {
  return {{127, 0, 0, static_cast<std::uint8_t>(2 + static_cast<int>(party))}, port};
}

// --- HTTP out of events ---

bool is_request(const TraceEvent& event) { return direction_of(event) == Direction::kRequest; }
/// The server's own record: "POST /gsma/...", and "200" alone.
bool is_of_server(const TraceEvent& event) {
  return event.name.find('/') != std::string::npos || event.name.find('.') == std::string::npos;
}
bool carries_records(const TraceEvent& event) {
  return event.kind == TraceKind::kTls && !event.bytes.empty();
}

/// "/gsma/rsp2/es9plus/initiateAuthentication" of "ES9+.InitiateAuthentication".
std::string path_of(std::string_view function) {
  std::string name(function.substr(function.find('.') + 1));
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 32);
  return std::string(rsp::kEs9PathPrefix) + name;
}

/// "POST /path" of the event of a request, without what would end the line.
std::string request_line(const SequenceLine& line) {
  std::string text =
      line.event.name.starts_with("POST /")
          ? line.event.name
          : "POST " + path_of(line.function.empty() ? line.event.name : line.function);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  }
  return text + " HTTP/1.1\r\nHost: smdp.invalid\r\n";
}

/// The status in "200" or "ES9+.InitiateAuthentication 200"; empty where no answer came.
std::string status_of(std::string_view name) {
  std::string_view last = name.substr(name.rfind(' ') + 1);
  bool status = last.size() == 3 && last.find_first_not_of("0123456789") == std::string_view::npos;
  return status ? std::string(last) : std::string();
}

std::string_view reason_of(std::string_view status) {
  if (status == "200") return "OK";
  if (status == "204") return "No Content";
  if (status == "404") return "Not Found";
  return status.starts_with('2') ? "Success" : "Error";
}

/// Start line, headers and body. The body is octets where the event has such.
Bytes http_message(std::string start, const TraceEvent& event, bool may_have_body) {
  BytesView body = event.bytes.empty() ? rsp::view_of(event.detail) : BytesView(event.bytes);
  if (!may_have_body) return rsp::to_bytes(rsp::view_of(start + "\r\n"));
  if (!body.empty()) {
    start +=
        fmt::format("Content-Type: {}\r\n",
                    event.bytes.empty() ? rsp::kJsonContentType : "application/x-gsma-rsp-asn1");
  }
  start += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  return rsp::concat({rsp::view_of(start), body});
}

// --- The walk over a trace ---

class Converter {
 public:
  explicit Converter(const rsp::Trace& trace) : trace_(trace) {
    for (SequenceLine& line : fold(trace.records)) {
      if (line.event.kind == TraceKind::kHttp) http_lines_.emplace(line.index, std::move(line));
    }
    find_carried();
  }

  Bytes convert() {
    for (index_ = 0; index_ < trace_.records.size(); ++index_) record(trace_.records[index_].event);
    flush_command();
    if (plain_http_) emit(plain_http_->close());
    std::vector<std::string> about_the_file;
    if (trace_.dropped > 0) {
      about_the_file.push_back(
          fmt::format("{} more events were not kept: the recorder was full", trace_.dropped));
    }
    auto& last = packets_.empty() ? about_the_file : packets_.back().comments;
    last.insert(last.end(), pending_.begin(), pending_.end());
    return to_file(packets_, keys_, about_the_file);
  }

 private:
  void record(const TraceEvent& event) {
    switch (event.kind) {
      case TraceKind::kApdu:
        return apdu(event);
      case TraceKind::kPower:
        return power(event);
      case TraceKind::kTls:
        return tls(event);
      case TraceKind::kKeys:
        keys_ += event.detail + "\n";
        return;
      case TraceKind::kHttp:
        return http();
      case TraceKind::kStep:
      case TraceKind::kFault:
      case TraceKind::kCommit:
        return note(event);
      case TraceKind::kEs10:
      case TraceKind::kEs8:
      case TraceKind::kAt:
        return;  // their APDUs say the same
    }
  }

  // A command waits for its response.
  void apdu(const TraceEvent& event) {
    if (event.from == Party::kLpa) {
      flush_command();
      command_ = as_t0(event.bytes);
    } else {
      Bytes exchange = rsp::concat({command_.value_or(Bytes()), event.bytes});
      command_.reset();
      sim(SimTraffic::kApdu, exchange);
    }
  }
  void flush_command() {
    if (!command_) return;
    Bytes command = *std::move(command_);
    command_.reset();
    pending_.push_back("note: no response to this command was traced");
    sim(SimTraffic::kApdu, command);
  }
  /// T=0 has five octets of header always, and no Le behind data (ISO 7816-3, 12.2).
  static Bytes as_t0(BytesView octets) {
    auto command = rsp::card::CommandApdu::parse(octets);
    if (!command) return rsp::to_bytes(octets);
    if (!command->data.empty()) command->le.reset();
    Bytes out = command->encode();
    if (out.size() == 4) out.push_back(0);
    return out;
  }
  void sim(SimTraffic kind, BytesView octets) {
    constexpr std::size_t kMost = 60'000;
    if (octets.size() > kMost) {
      pending_.push_back(fmt::format("note: cut, it has {} octets", octets.size()));
      octets = octets.first(kMost);
    }
    emit({udp_packet(at(Party::kLpa, kGsmtapPort), at(Party::kEuicc, kGsmtapPort),
                     gsmtap_sim(kind, octets))});
  }

  void power(const TraceEvent& event) {
    if (event.bytes.empty()) return note(event);
    pending_.push_back(fmt::format("power: {}, this is the ATR and no APDU", event.name));
    sim(SimTraffic::kAtr, event.bytes);
  }

  void note(const TraceEvent& event) {
    std::string text = fmt::format("{}: {}", to_string(event.kind), event.name);
    if (!event.detail.empty()) text += " " + event.detail;
    pending_.push_back(std::move(text));
  }

  // Events without octets open and close a connection; one that was open when the trace began has
  // no handshake to show and is opened by its first record.
  void tls(const TraceEvent& event) {
    auto found = connections_.find(event.name);
    bool closes = event.bytes.empty() && event.detail == "closed";
    if (closes) {
      if (found != connections_.end()) {
        emit(found->second.close());
        connections_.erase(found);
      }
      return;
    }
    // A second client counts from 1 again.
    if (found == connections_.end() || event.bytes.empty()) {
      TcpConversation conversation(at(Party::kLpa, next_port()), at(Party::kServer, kHttpsPort));
      found = connections_.insert_or_assign(event.name, conversation).first;
      emit(found->second.open());
    }
    emit(
        found->second.send(event.from == Party::kLpa ? Side::kClient : Side::kServer, event.bytes));
  }

  // What an LPA reports of an exchange stands around the records that carried it; a server's own
  // report of the same may stand in between.
  void find_carried() {
    std::size_t request = 0;
    bool open = false, records = false;
    for (std::size_t i = 0; i < trace_.records.size(); ++i) {
      const TraceEvent& event = trace_.records[i].event;
      records |= carries_records(event);
      if (event.kind != TraceKind::kHttp || is_of_server(event)) continue;
      if (is_request(event)) {
        request = i;
        open = true;
        records = false;
      } else if (open) {
        if (records) carried_[request] = i;
        open = false;
      }
    }
    if (open && records) carried_[request] = trace_.records.size();
  }
  bool is_carried() const {
    auto after = carried_.upper_bound(index_);
    return after != carried_.begin() && index_ <= std::prev(after)->second;
  }

  void http() {
    auto found = http_lines_.find(index_);
    if (found == http_lines_.end() || is_carried()) return;
    const SequenceLine& line = found->second;
    if (is_request(line.event)) {
      std::string start = request_line(line);
      if (!is_answered()) return unanswered(line, start);
      send_plain(Side::kClient, http_message(start, line.event, true));
    } else if (std::string status = status_of(line.event.name); !status.empty()) {
      std::string start = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_of(status));
      send_plain(Side::kServer, http_message(start, line.event, status != "204"));
    } else {
      note(line.event);
    }
  }
  /// Whether the message after this request is an answer to it.
  bool is_answered() const {
    auto next = http_lines_.upper_bound(index_);
    return next != http_lines_.end() && !is_request(next->second.event) &&
           !status_of(next->second.event.name).empty();
  }
  /// Whether a request without an answer ever left, only the server can tell.
  void unanswered(const SequenceLine& line, const std::string& start) {
    bool arrived = !line.same.empty() || is_of_server(line.event);
    if (!arrived) return note(line.event);
    send_plain(Side::kClient, http_message(start, line.event, true));
    emit(plain_http_->close());
    plain_http_.reset();
  }
  void send_plain(Side from, BytesView message) {
    if (!plain_http_) {
      plain_http_.emplace(at(Party::kLpa, next_port()), at(Party::kServer, kHttpPort));
      pending_.push_back("note: HTTP made from events, as no TLS records of it were traced");
      emit(plain_http_->open());
    }
    emit(plain_http_->send(from, message));
  }

  void emit(std::vector<Bytes> packets) {
    for (Bytes& octets : packets) {
      packets_.push_back(
          {trace_.start + trace_.records[std::min(index_, trace_.records.size() - 1)].at,
           std::move(octets), std::exchange(pending_, {})});
    }
  }
  std::uint16_t next_port() {
    return static_cast<std::uint16_t>(kFirstClientPort + connection_count_++ % 20'000);
  }

  const rsp::Trace& trace_;
  std::size_t index_ = 0;
  std::map<std::size_t, SequenceLine> http_lines_;  // by the record they stand for
  std::map<std::size_t, std::size_t> carried_;      // requests that TLS records carried, to answers
  std::optional<Bytes> command_;
  std::map<std::string, TcpConversation> connections_;
  std::optional<TcpConversation> plain_http_;
  unsigned connection_count_ = 0;
  std::vector<Packet> packets_;
  std::vector<std::string> pending_;  // comments for the next packet
  std::string keys_;
};

}  // namespace

Bytes to_pcapng(const rsp::Trace& trace) { return Converter(trace).convert(); }

}  // namespace hil
