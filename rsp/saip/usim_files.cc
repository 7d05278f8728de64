#include "rsp/saip/usim_files.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"
#include "rsp/saip/codes.h"

namespace rsp::saip {
namespace {

constexpr std::size_t kImsiOctets = 8, kSpnName = 16, kUstSize = 17;

std::unexpected<Error> bad_parameter(std::string_view name, std::string text) {
  return failure({.layer = Layer::kInput, .path = std::string(name), .text = std::move(text)});
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Bytes octets_of(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// efFileSize wants the fewest octets.
Bytes shortest(std::size_t size) {
  Bytes octets = octets_of(static_cast<std::uint16_t>(size));
  if (octets[0] == 0) octets.erase(octets.begin());
  return octets;
}

Fcp ef(ArrLevel level, const EfKind& kind, Bytes descriptor, std::size_t size) {
  Fcp fcp;
  fcp.file_descriptor = std::move(descriptor);
  fcp.file_id =
      Octets<2>{static_cast<std::uint8_t>(kind.id >> 8), static_cast<std::uint8_t>(kind.id)};
  fcp.security_attributes_referenced = access_reference(level, kind.access_rule);
  fcp.ef_file_size = shortest(size);
  if (kind.sfi != 0) fcp.short_ef_id = Bytes{static_cast<std::uint8_t>(kind.sfi << 3)};
  if (kind.often_updated) {
    fcp.proprietary_ef_info = ProprietaryInfo{.special_file_information = {0x80}};
  }
  return fcp;
}

/// One character of the SIM's default alphabet (3GPP TS 23.038, 6.2.1), as far as it is a single
/// septet.
std::optional<std::uint8_t> septet(char32_t c) {
  if (c == '@') return 0x00;
  if (c == '$') return 0x02;
  if (c == '_') return 0x11;
  bool same = (c >= ' ' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return same ? std::optional(static_cast<std::uint8_t>(c)) : std::nullopt;
}

/// One character of UTF-8 at the start of the text, which it is taken from; nothing where it is
/// malformed or beyond the basic multilingual plane.
std::optional<char32_t> take_character(std::string_view& text) {
  auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t size = octet(0) < 0x80 ? 1 : octet(0) >> 5 == 6 ? 2 : octet(0) >> 4 == 14 ? 3 : 0;
  if (size == 0 || text.size() < size) return std::nullopt;
  char32_t c = size == 1 ? octet(0) : octet(0) & (0x7F >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (octet(i) >> 6 != 2) return std::nullopt;
    c = c << 6 | (octet(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800};
  if (c < kSmallest[size] || (c >= 0xD800 && c <= 0xDFFF)) return std::nullopt;
  text.remove_prefix(size);
  return c;
}

std::optional<std::u32string> characters(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    auto c = take_character(text);
    if (!c) return std::nullopt;
    out.push_back(*c);
  }
  return out;
}

/// A name as alpha identifier: septets one an octet, or 80 and UCS2 (ETSI TS 102 221, Annex A).
Bytes alpha_identifier(const std::u32string& name) {
  Bytes octets;
  for (char32_t c : name) {
    auto code = septet(c);
    if (!code) break;
    octets.push_back(*code);
  }
  if (octets.size() == name.size()) return octets;
  octets = {0x80};
  for (char32_t c : name) append(octets, octets_of(static_cast<std::uint16_t>(c)));
  return octets;
}

Bytes condition(std::uint8_t who) {
  if (who == kEverybody) return {0x90, 0x00};
  return {0xA4, 0x06, 0x83, 0x01, who, 0x95, 0x01, 0x08};
}

}  // namespace

Bytes access_reference(ArrLevel level, std::uint8_t rule) {
  Bytes reference = octets_of(static_cast<std::uint16_t>(level));
  reference.push_back(rule);
  return reference;
}

Fcp transparent_ef(ArrLevel level, const EfKind& kind, std::size_t size) {
  return ef(level, kind, {0x41, 0x21}, size);
}

Fcp linear_fixed_ef(ArrLevel level, const EfKind& kind, std::size_t record, std::size_t count) {
  Bytes descriptor{0x42, 0x21};
  append(descriptor, octets_of(static_cast<std::uint16_t>(record)));
  return ef(level, kind, std::move(descriptor), record * count);
}

File file_of(Fcp fcp, Bytes content) {
  File file{std::move(fcp)};
  if (!content.empty()) file.emplace_back(std::move(content));
  return file;
}

Bytes arr_record(std::initializer_list<AccessRule> rules) {
  constexpr std::uint8_t kResize = 0xD4;
  Bytes record;
  for (const AccessRule& rule : rules) {
    append(record, Bytes{0x80, 0x01, rule.access_mode});
    append(record, condition(rule.who));
  }
  append(record, Bytes{0x84, 0x01, kResize});
  append(record, condition(kAdm1));
  return record;
}

File arr_file(ArrLevel level, const EfKind& kind, const std::vector<Bytes>& records) {
  std::size_t length = 0;
  for (const Bytes& record : records) length = std::max(length, record.size());
  Bytes content;
  for (Bytes record : records) {
    record.resize(length, 0xFF);
    append(content, record);
  }
  return file_of(linear_fixed_ef(level, kind, length, records.size()), std::move(content));
}

Result<Bytes> ef_imsi(std::string_view digits) {
  if (!all_digits(digits)) return bad_parameter("imsi", "an IMSI has digits only");
  if (digits.size() < 6 || digits.size() > 15) {
    return bad_parameter("imsi", fmt::format("an IMSI has 6 to 15 digits, not {}", digits.size()));
  }
  // The nibble before the digits is 9 for an odd number of them and 1 for an even one.
  std::string nibbles = (digits.size() % 2 == 1 ? "9" : "1") + std::string(digits);
  RSP_TRY(Bytes content, to_swapped_bcd(nibbles, kImsiOctets));
  content.insert(content.begin(), static_cast<std::uint8_t>((nibbles.size() + 1) / 2));
  return content;
}

Octets<3> plmn_of(std::string_view imsi, std::size_t mnc_length) {
  auto digit = [&](std::size_t i) { return static_cast<std::uint8_t>(imsi[i] - '0'); };
  std::uint8_t third = mnc_length == 3 ? digit(5) : 0x0F;
  return {static_cast<std::uint8_t>(digit(1) << 4 | digit(0)),
          static_cast<std::uint8_t>(third << 4 | digit(2)),
          static_cast<std::uint8_t>(digit(4) << 4 | digit(3))};
}

Bytes ef_acc(std::string_view imsi) {
  return octets_of(static_cast<std::uint16_t>(1U << (imsi.back() - '0')));
}

Result<Bytes> ef_spn(std::string_view name) {
  auto text = characters(name);
  if (!text) {
    return bad_parameter("service_provider_name",
                         "the name is no UTF-8 of the basic multilingual plane");
  }
  Bytes content = alpha_identifier(*text);
  if (content.size() > kSpnName) {
    return bad_parameter("service_provider_name",
                         "the name takes more than 16 octets (16 plain characters, 7 others)");
  }
  content.insert(content.begin(), 0x00);  // the network's name need not stand beside it at home
  content.resize(1 + kSpnName, 0xFF);
  return content;
}

Result<Bytes> ef_msisdn(std::string_view number) {
  constexpr std::size_t kName = kMsisdnRecord - 14, kNumber = 10;
  constexpr std::uint8_t kInternational = 0x91, kUnknown = 0x81;
  std::string_view digits = number;
  bool international = digits.starts_with('+');
  if (international) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 2 * kNumber || !all_digits(digits)) {
    return bad_parameter("msisdn", "an MSISDN has 1 to 20 digits after an optional +");
  }
  RSP_TRY(Bytes swapped, to_swapped_bcd(digits, kNumber));
  Bytes record(kName, 0xFF);
  record.push_back(static_cast<std::uint8_t>(1 + (digits.size() + 1) / 2));
  record.push_back(international ? kInternational : kUnknown);
  append(record, swapped);
  record.resize(kMsisdnRecord, 0xFF);
  return record;
}

Bytes ef_ust(std::initializer_list<unsigned> services) {
  Bytes table(kUstSize);
  for (unsigned service : services) {
    if (service == 0) continue;  // so that a caller may choose: wanted ? 19 : 0
    std::uint8_t& octet = table.at((service - 1) / 8);
    octet = static_cast<std::uint8_t>(octet | 1U << (service - 1) % 8);
  }
  return table;
}

Bytes dir_record(BytesView aid, std::string_view label) {
  Bytes body{0x4F, static_cast<std::uint8_t>(aid.size())};
  append(body, aid);
  append(body, Bytes{0x50, static_cast<std::uint8_t>(label.size())});
  append(body, view_of(label));
  body.insert(body.begin(), {0x61, static_cast<std::uint8_t>(body.size())});
  return body;
}

Result<Octets<8>> code_value(std::string_view name, std::string_view text) {
  Octets<8> value;
  value.fill(0xFF);
  if (text.size() == 16) {
    auto octets = from_hex(text);
    if (!octets) return bad_parameter(name, "16 characters must be hexadecimal digits");
    std::ranges::copy(*octets, value.begin());
    return value;
  }
  if (text.size() < 4 || text.size() > 8 || !all_digits(text)) {
    return bad_parameter(name, "a code has 4 to 8 digits, or 16 hexadecimal ones");
  }
  std::ranges::copy(text, value.begin());
  return value;
}

}  // namespace rsp::saip
