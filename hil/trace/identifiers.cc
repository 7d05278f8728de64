#include "hil/trace/identifiers.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "hil/trace/decode.h"
#include "hil/trace/explain.h"
#include "hil/trace/sequence.h"
#include "lpa/activation_code.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/json/es9_json.h"
#include "rsp/pki/certificate.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Json;
using rsp::TraceEvent;
using rsp::TraceKind;
using Kind = IdentifierKind;

/// How an element's octets hold the value.
enum class Coding { kSwappedDigits, kPlainDigits, kText, kOctets };

/// An element by its name in the declarations.
struct Field {
  std::string_view name;
  Kind kind;
  Coding coding;
};
constexpr std::array kFields = {
    Field{"iccid", Kind::kIccid, Coding::kSwappedDigits},
    Field{"eidValue", Kind::kEid, Coding::kPlainDigits},
    Field{"imei", Kind::kImei, Coding::kSwappedDigits},
    Field{"matchingId", Kind::kMatchingId, Coding::kText},
    Field{"eventId", Kind::kMatchingId, Coding::kText},
    Field{"profileNickname", Kind::kNickname, Coding::kText},
    Field{"hashCc", Kind::kConfirmationHash, Coding::kOctets},
    Field{"initialMacChainingValue", Kind::kKey, Coding::kOctets},
    Field{"ppkEnc", Kind::kKey, Coding::kOctets},
    Field{"ppkCmac", Kind::kKey, Coding::kOctets},
};

/// A member of a JSON body that holds its value as people write it, as in ES2+.
struct Member {
  std::string_view name;
  Kind kind;
};
constexpr std::array kMembers = {
    Member{"iccid", Kind::kIccid},
    Member{"eid", Kind::kEid},
    Member{"imei", Kind::kImei},
    Member{"imsi", Kind::kImsi},
    Member{"msisdn", Kind::kMsisdn},
    Member{"matchingId", Kind::kMatchingId},
    Member{"eventId", Kind::kMatchingId},
    Member{"confirmationCode", Kind::kConfirmationCode},
    Member{"hashedConfirmationCode", Kind::kConfirmationHash},
    Member{"profileNickname", Kind::kNickname},
    Member{"k", Kind::kKey},
    Member{"opc", Kind::kKey},
};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}
bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

class Finder {
 public:
  void trace(const rsp::Trace& trace) {
    for (const rsp::TraceRecord& record : trace.records) event(record.event);
    for (const CardCommand& command : card_commands(trace.records)) {
      if (!command.store_data) continue;
      messages(decode_es10(command.octets, Direction::kRequest));
      messages(decode_es10(command.answer, Direction::kResponse));
      segment(command.octets);
    }
  }
  std::set<Identifier> found;

 private:
  void event(const TraceEvent& event) {
    switch (event.kind) {
      case TraceKind::kEs10:
      case TraceKind::kEs8:
        messages(decode_es10(event.bytes, direction_of(event)));
        segment(event.bytes);
        break;
      case TraceKind::kHttp:
        http(event);
        break;
      case TraceKind::kApdu:
        apdu(event);
        break;
      case TraceKind::kTls:
      case TraceKind::kKeys:
      case TraceKind::kAt:
        return;
      case TraceKind::kCommit:
      case TraceKind::kPower:
      case TraceKind::kStep:
      case TraceKind::kFault:
        break;
    }
    text(event.name);
    if (event.kind != TraceKind::kHttp) text(event.detail);
  }

  void add(Kind kind, std::string value) {
    if (value.empty()) return;
    if (form_of(kind) == IdentifierForm::kDigits && !is_digits(value)) return;
    found.insert({kind, std::move(value)});
  }
  void add(const Field& field, BytesView octets) {
    switch (field.coding) {
      case Coding::kSwappedDigits:
        return add(field.kind, rsp::from_swapped_bcd(octets));
      case Coding::kPlainDigits:
      case Coding::kOctets:
        return add(field.kind, rsp::to_hex(octets));
      case Coding::kText:
        return add(field.kind, std::string(rsp::text_of(octets)));
    }
  }

  // --- Messages, by their declarations ---

  void messages(const std::vector<DecodedMessage>& messages) {
    for (const DecodedMessage& message : messages) {
      // The JSON view has every octet; the fields are there also of what does not decode.
      view(message.json, "");
      for (const DecodedField& each : message.fields) {
        auto field = std::ranges::find(kFields, each.name, &Field::name);
        auto octets = rsp::from_hex(each.octets);
        if (field != kFields.end() && octets) add(*field, *octets);
      }
    }
  }
  void view(const Json& json, std::string_view name) {
    if (json.is_object()) {
      for (const auto& [member, value] : json.items()) view(value, member);
    } else if (json.is_array()) {
      for (const Json& element : json) view(element, name);
    } else if (json.is_string()) {
      leaf(json.get_ref<const std::string&>(), name);
    }
  }
  void leaf(const std::string& value, std::string_view name) {
    auto field = std::ranges::find(kFields, name, &Field::name);
    if (field != kFields.end() && field->coding == Coding::kText) return add(field->kind, value);
    auto octets = rsp::from_hex(value);
    if (!octets) return;
    if (field != kFields.end()) add(*field, *octets);
    if (name == "euiccCertificate") certificate(*octets);
  }
  void certificate(BytesView der) {
    auto certificate = rsp::pki::Certificate::parse(der);
    if (!certificate) return;
    // SGP.22 4.5.2.1.0.4: the EID is the serial number of the subject.
    add(Kind::kEid, std::string(certificate->subject_name().serial_number));
    // A short number is one that a test CI counts up, and stands everywhere by chance.
    if (certificate->serial().size() >= 5)
      add(Kind::kCertificate, rsp::to_hex(certificate->serial()));
    add(Kind::kCertificate, rsp::to_hex(certificate->subject_key_id()));
    add(Kind::kCertificate, rsp::to_hex(certificate->public_point()));
  }
  void segment(BytesView octets) {
    if (segment_kind(octets) != nullptr) messages(decode_segments({&octets, 1}));
  }

  // --- HTTP ---

  void http(const TraceEvent& event) {
    Json body = Json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
    if (body.is_discarded()) return text(event.detail);
    body_member(body, "");
    // A bare status says nothing of its function, so that every one is tried.
    for (std::string_view function : es9_functions()) {
      for (Direction direction : {Direction::kRequest, Direction::kResponse})
        messages(decode_es9(function, body, direction));
    }
  }
  void body_member(const Json& json, std::string_view name) {
    if (json.is_structured()) {
      for (const auto& [member, value] : json.items())
        body_member(value, json.is_object() ? std::string_view(member) : name);
    } else if (json.is_string()) {
      const auto& value = json.get_ref<const std::string&>();
      auto member = std::ranges::find(kMembers, name, &Member::name);
      if (member != kMembers.end()) plain_value(member->kind, value);
      text(value);
    }
  }
  void plain_value(Kind kind, const std::string& value) {
    if (form_of(kind) != IdentifierForm::kHex) return add(kind, value);
    if (auto octets = rsp::from_hex(value)) add(kind, rsp::to_hex(*octets));
  }

  // --- Files of a card (TS 31.102), and its authentication ---

  void apdu(const TraceEvent& event) {
    if (event.from != rsp::Party::kLpa) return response(event.bytes);
    auto command = rsp::card::CommandApdu::parse(event.bytes);
    if (!command) return;
    channel_ = rsp::card::channel_of(command->cla);
    Channel& channel = channels_[channel_];
    if (command->ins == rsp::card::kGetResponseIns) return;
    channel.ins = command->ins;
    if (command->ins == rsp::card::kSelectIns && command->data.size() >= 2)
      channel.file = rsp::big_endian(BytesView(command->data).last(2));
    if (command->ins == kUpdateBinary || command->ins == kUpdateRecord)
      content(channel.file, command->data);
    if (std::ranges::find(kPinInstructions, command->ins) != std::end(kPinInstructions))
      pins(command->data);
  }
  /// One PIN or PUK of eight octets after the other.
  void pins(BytesView octets) {
    for (; octets.size() >= 8; octets = octets.subspan(8))
      add(Kind::kKey, rsp::to_hex(octets.first(8)));
  }
  void response(BytesView octets) {
    auto response = rsp::card::ResponseApdu::parse(octets);
    if (!response || response->data.empty()) return;
    const Channel& channel = channels_[channel_];
    if (channel.ins == kReadBinary || channel.ins == kReadRecord)
      content(channel.file, response->data);
    if (channel.ins == kAuthenticate && response->data[0] == kAuthenticated)
      vectors(BytesView(response->data).subspan(1));
  }
  void content(std::uint64_t file, BytesView octets) {
    if (file == kEfIccid) add(Kind::kIccid, rsp::from_swapped_bcd(octets));
    if (file == kEfImsi && octets.size() > 1 && octets[0] > 0 && octets[0] < octets.size()) {
      // The first digit of these is no digit but the parity.
      std::string digits = rsp::from_swapped_bcd(octets.subspan(1, octets[0]));
      add(Kind::kImsi, digits.substr(std::min<std::size_t>(1, digits.size())));
    }
    constexpr std::size_t kFixedPart = 14;
    if (file == kEfMsisdn && octets.size() >= kFixedPart) {
      BytesView fixed = octets.last(kFixedPart);
      if (fixed[0] > 1 && fixed[0] <= 11)
        add(Kind::kMsisdn, rsp::from_swapped_bcd(fixed.subspan(2, fixed[0] - 1u)));
    }
  }
  /// RES, CK, IK, each behind its length.
  void vectors(BytesView octets) {
    while (!octets.empty() && octets[0] < octets.size()) {
      add(Kind::kKey, rsp::to_hex(octets.subspan(1, octets[0])));
      octets = octets.subspan(1u + octets[0]);
    }
  }

  // --- Texts ---

  void text(std::string_view text) {
    // The prefix LPA: may be missing, and be in any case.
    for (std::size_t at = text.find("1$"); at != std::string_view::npos;
         at = text.find("1$", at + 1)) {
      if (at > 0 && is_alphanumeric(text[at - 1])) continue;
      std::string_view code = text.substr(at);
      auto parsed = lpa::ActivationCode::parse(code.substr(0, code.find_first_of(" \t\r\n\"',;")));
      if (parsed) add(Kind::kMatchingId, parsed->matching_id);
    }
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      while (end < text.size() && is_alphanumeric(text[end])) ++end;
      number(text.substr(at, end - at));
      at = end + 1;
    }
  }
  /// EID and ICCID begin with 89 (ITU-T E.118); of 15 digits are IMSI and IMEI.
  void number(std::string_view word) {
    if (!is_digits(word)) return;
    bool telecommunications = word.starts_with("89");
    if (telecommunications && word.size() == 32) add(Kind::kEid, std::string(word));
    if (telecommunications && word.size() >= 18 && word.size() <= 20)
      add(Kind::kIccid, std::string(word));
    if (word.size() == 15) add(Kind::kImsi, std::string(word));
  }

  struct Channel {
    std::uint64_t file = 0;
    std::uint8_t ins = 0;
  };
  static constexpr std::uint8_t kReadBinary = 0xB0, kReadRecord = 0xB2, kUpdateBinary = 0xD6,
                                kUpdateRecord = 0xDC, kAuthenticate = 0x88, kAuthenticated = 0xDB;
  /// VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN.
  static constexpr std::uint8_t kPinInstructions[] = {0x20, 0x24, 0x26, 0x28, 0x2C};
  static constexpr std::uint64_t kEfIccid = 0x2FE2, kEfImsi = 0x6F07, kEfMsisdn = 0x6F40;
  std::map<std::uint8_t, Channel> channels_;
  std::uint8_t channel_ = 0;
};

}  // namespace

std::string_view to_string(IdentifierKind kind) {
  switch (kind) {
    case Kind::kEid:
      return "EID";
    case Kind::kIccid:
      return "ICCID";
    case Kind::kImsi:
      return "IMSI";
    case Kind::kMsisdn:
      return "MSISDN";
    case Kind::kImei:
      return "IMEI";
    case Kind::kMatchingId:
      return "MatchingID";
    case Kind::kConfirmationCode:
      return "confirmation code";
    case Kind::kConfirmationHash:
      return "hash of a confirmation code";
    case Kind::kNickname:
      return "nickname";
    case Kind::kKey:
      return "key";
    case Kind::kCertificate:
      return "certificate";
  }
  return "unknown";
}

IdentifierForm form_of(IdentifierKind kind) {
  switch (kind) {
    case Kind::kEid:
    case Kind::kIccid:
    case Kind::kImsi:
    case Kind::kMsisdn:
    case Kind::kImei:
      return IdentifierForm::kDigits;
    case Kind::kMatchingId:
    case Kind::kConfirmationCode:
    case Kind::kNickname:
      return IdentifierForm::kText;
    case Kind::kConfirmationHash:
    case Kind::kKey:
    case Kind::kCertificate:
      break;
  }
  return IdentifierForm::kHex;
}

std::set<Identifier> find_identifiers(const rsp::Trace& trace) {
  Finder finder;
  finder.trace(trace);
  return std::move(finder.found);
}

}  // namespace hil
