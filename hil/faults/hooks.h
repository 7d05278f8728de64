// The hooks: every kind of place where a fault can strike. Each stands at a seam of honest code,
// which knows nothing of it.
#pragma once

#include <span>

#include "fake_smdp/seam.h"
#include "hil/fake_module/at_exchange.h"
#include "hil/faults/fault.h"
#include "hil/faults/messages.h"
#include "rsp/card/store_data.h"
#include "rsp/http/server.h"

namespace hil {

// --- The server's connections
// -----------------------------------------------------------------------------------------------------

/// A connection that a server is about to take.
struct Connection {
  std::uint64_t number = 0;  // since the server began, from 1
  bool has_tls = true;
  rsp::http::Admission admission;

  /// Error: there is no TLS to spoil.
  rsp::Status tls() const {
    if (has_tls) return {};
    return rsp::failure({.text = "there is no TLS on this road; it takes the road https"});
  }
};

struct WhichConnection {
  std::optional<std::uint32_t> number;
  static void fields(auto&& f, auto& m) {
    f("number", m.number, "the number of the connection since the server began, from 1",
      Range{1, 10'000'000});
  }
  bool matches(const Connection& connection) const {
    return !number || *number == connection.number;
  }
  std::string text() const { return number ? "number " + std::to_string(*number) : "any"; }
};
struct ConnectionHook {
  static constexpr std::string_view kName = "connection";
  static constexpr std::string_view kDoc =
      "A connection to the server, before its TLS handshake. An LPA keeps one for many requests.";
  using Where = WhichConnection;
  using Place = Connection;
  static std::span<const Action<ConnectionHook>> actions();
};

// --- The server's HTTP (transport, http, header)
// -----------------------------------------------------------------

/// One request to the server and its answer, which is not there before somebody asks for it.
struct Exchange {
  std::string function;  // "initiateAuthentication"; empty for what is none of ES9+
  rsp::http::Request request;
  const rsp::http::Handler& next;
  std::optional<rsp::http::Response> response;
  /// What went out the last time that this function was asked for; null where there is nothing.
  const rsp::http::Response* previous = nullptr;

  rsp::http::Response& answer() {
    if (!response) response = next(request);
    return *response;
  }
  /// Whether there is still something to spoil. Error: another fault has taken the answer away, so
  /// that this one would have no effect.
  rsp::Status open() const {
    if (!response || response->delivery == rsp::http::Delivery::kWhole) return {};
    return rsp::failure({.text = "another fault has spoiled the answer already"});
  }
  /// The same for what must come before the server has answered.
  rsp::Status unanswered() const {
    if (!response) return {};
    return rsp::failure({.text = "another fault has had the request answered already"});
  }
};

/// A function of ES9+ by the last part of its path, or "any".
struct WhichFunction {
  std::string name;
  bool matches(const Exchange& exchange) const {
    return name == "any" || name == exchange.function;
  }
  std::string text() const { return name; }
};
template <>
struct Scalar<WhichFunction> {
  static std::string read(const Json& json, WhichFunction& value);
  static Json schema();
};

struct TransportHook {
  static constexpr std::string_view kName = "transport";
  static constexpr std::string_view kDoc = "The connection on which a request of ES9+ comes.";
  using Where = WhichFunction;
  using Place = Exchange;
  static std::span<const Action<TransportHook>> actions();
};
struct HttpHook {
  static constexpr std::string_view kName = "http";
  static constexpr std::string_view kDoc = "The HTTP answer to a request of ES9+.";
  using Where = WhichFunction;
  using Place = Exchange;
  static std::span<const Action<HttpHook>> actions();
};
struct HeaderHook {
  static constexpr std::string_view kName = "header";
  static constexpr std::string_view kDoc =
      "The header of an ES9+ answer, with functionExecutionStatus (SGP.22 6.5.1.4).";
  using Where = WhichFunction;
  using Place = Exchange;
  static std::span<const Action<HeaderHook>> actions();
};

// --- Messages
// -----------------------------------------------------------------------------------------------------

/// A message in hand, and how to edit it.
struct MessagePlace {
  std::string name;
  MessagePart part = MessagePart::kResponse;
  const MessageType& type;
  rsp::Bytes& octets;
};

struct WhichMessage {
  std::string name;
  MessagePart part = MessagePart::kResponse;
  static void fields(auto&& f, auto& m) {
    f("function", m.name, "such as ES9+.AuthenticateClient or ES10b.AuthenticateServer");
    f("part", m.part, "the request or the response (the default)", kOptional);
  }
  std::string problem() const;
  const MessageType* type() const { return find_message(name, part); }
  bool matches(const MessagePlace& place) const { return place.name == name && place.part == part; }
  std::string text() const { return name + " " + rsp::asn1::name_of(part); }
};
struct MessageHook {
  static constexpr std::string_view kName = "message";
  static constexpr std::string_view kDoc =
      "A message on its way between LPA and card, or LPA and server. Signatures stay as they were.";
  using Where = WhichMessage;
  using Place = MessagePlace;
  static std::span<const Action<MessageHook>> actions();
};

struct WhichSigned {
  std::string name;
  const MessageType* type() const { return find_signed(name); }
  bool matches(const MessagePlace& place) const { return place.name == name; }
  std::string text() const { return name; }
};
template <>
struct Scalar<WhichSigned> {
  static std::string read(const Json& json, WhichSigned& value);
  static Json schema();
};
struct SigningHook {
  static constexpr std::string_view kName = "signing";
  static constexpr std::string_view kDoc =
      "A structure before it is signed, or a part of a Bound Profile Package before it is "
      "encrypted and gets its MAC, so that signature and MAC are right for what was changed.";
  using Where = WhichSigned;
  using Place = MessagePlace;
  static std::span<const Action<SigningHook>> actions();
};

// --- Cryptography
// -------------------------------------------------------------------------------------------------

/// What is said of the derivation of session keys, where others name what is signed or protected.
inline constexpr std::string_view kSessionKeys = "sessionKeys";

/// A signature about to be made, session keys about to be derived, or one part of a Bound Profile
/// Package about to be protected.
struct CryptoPlace {
  std::string name;
  std::size_t segment = 0;  // of a part, counted from 1; 0 for a signature
  const rsp::crypto::PrivateKey** key = nullptr;
  rsp::Bytes* host_id = nullptr;  // of session keys
  const smdp::BppPart* part = nullptr;
  rsp::crypto::Bsp* bsp = nullptr;
  std::function<rsp::Bytes(const smdp::BppPart&)> honest;
  rsp::Bytes protected_tlv;  // of a part: what comes out
};
struct WhichCrypto {
  std::string name;
  std::optional<std::uint32_t> segment;
  static void fields(auto&& f, auto& m) {
    f("of", m.name,
      "what is signed or protected: serverSigned1, configureISDP ...; or sessionKeys, of a "
      "package");
    f("segment", m.segment, "which TLV of its kind, from 1; any where left out", Range{1, 100'000});
  }
  std::string problem() const;
  bool matches(const CryptoPlace& place) const {
    return place.name == name && (!segment || *segment == place.segment);
  }
  std::string text() const {
    return segment ? name + " segment " + std::to_string(*segment) : name;
  }
};
struct CryptoHook {
  static constexpr std::string_view kName = "crypto";
  static constexpr std::string_view kDoc =
      "A signature, or the session keys of a Bound Profile Package, or the encryption and MAC of a "
      "part of it, as they are made.";
  using Where = WhichCrypto;
  using Place = CryptoPlace;
  static std::span<const Action<CryptoHook>> actions();
};

// --- The Bound Profile Package
// ------------------------------------------------------------------------------------

/// A package in hand, and the list of it that a fault is for.
struct BppPlace {
  rsp::BoundProfilePackage& package;
  std::vector<rsp::Bytes>* list = nullptr;
};
struct WhichList {
  std::string name;
  /// Points the place at the list, where the package has it.
  bool matches(BppPlace& place) const;
  std::string text() const { return name; }
};
template <>
struct Scalar<WhichList> {
  static std::string read(const Json& json, WhichList& value);
  static Json schema();
};
struct BppHook {
  static constexpr std::string_view kName = "bpp";
  static constexpr std::string_view kDoc =
      "The protected segments of one list of a Bound Profile Package, as it is sent.";
  using Where = WhichList;
  using Place = BppPlace;
  static std::span<const Action<BppHook>> actions();
};

// --- The card
// -----------------------------------------------------------------------------------------------------

/// One APDU to the card and its answer, which is not there before somebody asks for it.
struct ApduExchange {
  std::uint64_t number = 0;  // among all APDUs since the card was made, from 1
  rsp::card::CommandApdu command;
  rsp::Bytes tag;  // the leading tag of the command or segment that STORE DATA blocks make up
  std::function<rsp::Bytes()> next;
  std::optional<rsp::Bytes> response;
  std::chrono::milliseconds delay{0};
  bool power_lost = false;

  rsp::Bytes& answer() {
    if (!response) response = next();
    return *response;
  }
};
struct WhichApdu {
  std::optional<std::uint8_t> ins;
  std::optional<rsp::Bytes> tag;
  std::optional<std::uint32_t> number;
  bool last_block = false;
  static void fields(auto&& f, auto& m) {
    f("ins", m.ins,
      "the instruction: E2 STORE DATA, A4 SELECT, 70 MANAGE CHANNEL, C0 GET RESPONSE");
    f("tag", m.tag, "the leading tag of what STORE DATA carries: BF38, or 86 of a BPP");
    f("number", m.number, "the number of the APDU since the card was made, from 1",
      Range{1, 10'000'000});
    f("lastBlock", m.last_block, "only the block with which a command is complete", kOptional);
  }
  bool matches(const ApduExchange& apdu) const;
  std::string text() const;
};
struct ApduHook {
  static constexpr std::string_view kName = "apdu";
  static constexpr std::string_view kDoc = "One APDU at the card.";
  using Where = WhichApdu;
  using Place = ApduExchange;
  static std::span<const Action<ApduHook>> actions();
};

/// One commit of the card's non-volatile memory, which is all or nothing.
struct StorageCommit {
  std::uint64_t number = 0;          // since the card was made, from 1
  std::vector<std::string> records;  // what it writes or erases: "profile/A000...", "settings"
  enum class Fate { kDone, kFailed, kPowerLostBefore, kPowerLostAfter };
  Fate fate = Fate::kDone;
};
struct WhichCommit {
  std::optional<std::uint32_t> number;
  std::optional<std::string> record;
  static void fields(auto&& f, auto& m) {
    f("write", m.number, "the number of the write since the card was made, from 1",
      Range{1, 10'000'000});
    f("record", m.record,
      "one that writes this kind of record: profile, package, notification, settings, otpk, load, "
      "crl, file, codes, sqn");
  }
  std::string problem() const;
  bool matches(const StorageCommit& commit) const;
  std::string text() const;
};
struct StorageHook {
  static constexpr std::string_view kName = "storage";
  static constexpr std::string_view kDoc =
      "A write to the card's non-volatile memory. All that one command changes is one write.";
  using Where = WhichCommit;
  using Place = StorageCommit;
  static std::span<const Action<StorageHook>> actions();
};

// --- The module
// ---------------------------------------------------------------------------------------------------

/// AT commands by what they say, and by what the module answers.
struct WhichCommand {
  std::string command;
  std::optional<std::string> answers, port;
  static void fields(auto&& f, auto& m) {
    f("command", m.command,
      "a regular expression (ECMAScript) that is found in the command line without AT, in either "
      "case: ^\\+CGLA=");
    f("answers", m.answers,
      "the same, found in a line of the module's own answer; the module has carried the command "
      "out "
      "then");
    f("port", m.port, "primary or secondary; any where left out");
  }
  std::string problem() const;
  bool matches(AtExchange& exchange) const;
  /// Whether it has the command carried out to see the answer. Such faults come behind all others,
  /// one of which may say that the command is not carried out.
  bool looks_at_answer() const { return answers.has_value(); }
  std::string text() const { return command; }
};
struct AtHook {
  static constexpr std::string_view kName = "at";
  static constexpr std::string_view kDoc =
      "One AT command at the fake module (`esimbench module serve`), and its answer.";
  using Where = WhichCommand;
  using Place = AtExchange;
  static std::span<const Action<AtHook>> actions();
};

/// Moves the clock on, in the table of several hooks.
template <class Hook>
struct AdvanceClock {
  static constexpr std::string_view kDoc = "Moves the clock on when the place is reached.";
  std::chrono::milliseconds by{};
  static void fields(auto&& f, auto& m) { f("by", m.by, "such as 31d"); }
  rsp::Status apply(typename Hook::Place&, FaultContext& context) const {
    context.world.advance_clock(by);
    return {};
  }
};

template <class... H>
struct HookList {
  template <class F>
  static void for_each(F&& f) {
    (f.template operator()<H>(), ...);
  }
  template <template <class> class T>
  using Tuple = std::tuple<T<H>...>;
};
using AllHooks = HookList<ConnectionHook, TransportHook, HttpHook, HeaderHook, MessageHook,
                          SigningHook, CryptoHook, BppHook, ApduHook, StorageHook, AtHook>;

std::vector<std::string> hook_names();

}  // namespace hil
