// Command and response APDUs (ISO 7816-4), and the class byte of logical channels.
#pragma once

#include <optional>
#include <string>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace rsp::card {

/// SW1 SW2.
class StatusWord {
 public:
  constexpr StatusWord() = default;
  constexpr explicit StatusWord(std::uint16_t value) : value_(value) {}
  constexpr std::uint16_t value() const { return value_; }
  constexpr std::uint8_t sw1() const { return static_cast<std::uint8_t>(value_ >> 8); }
  constexpr std::uint8_t sw2() const { return static_cast<std::uint8_t>(value_); }
  /// 9000, or 91xx: done, and a proactive command waits (SGP.22 5.7.2).
  constexpr bool success() const { return value_ == 0x9000 || sw1() == 0x91; }
  constexpr bool more_data() const { return sw1() == 0x61; }
  constexpr bool wrong_length() const { return sw1() == 0x6C; }
  friend constexpr bool operator==(StatusWord, StatusWord) = default;

 private:
  std::uint16_t value_ = 0;
};

inline constexpr StatusWord kOk{0x9000}, kWrongLength{0x6700}, kMemoryFailure{0x6581},
    kLogicalChannelNotSupported{0x6881}, kSecureMessagingNotSupported{0x6882},
    kSecurityNotSatisfied{0x6982}, kConditionsNotSatisfied{0x6985}, kWrongData{0x6A80},
    kFunctionNotSupported{0x6A81}, kFileNotFound{0x6A82}, kIncorrectP1P2{0x6A86},
    kReferencedDataNotFound{0x6A88}, kInstructionNotSupported{0x6D00}, kClassNotSupported{0x6E00},
    kNoPreciseDiagnosis{0x6F00};

/// 61xx: so many octets are left, to be fetched with GET RESPONSE; 00 for 256 and more.
constexpr StatusWord more_available(std::size_t octets) {
  return StatusWord(static_cast<std::uint16_t>(0x6100 | (octets >= 256 ? 0 : octets)));
}
/// 6Cxx: the command again, with this Le; 00 for 256.
constexpr StatusWord exact_length(std::size_t octets) {
  return StatusWord(static_cast<std::uint16_t>(0x6C00 | (octets & 0xFF)));
}

/// "6A82".
std::string to_string(StatusWord sw);
/// "file or application not found": what ISO 7816-4 says the status word means.
std::string_view meaning(StatusWord sw);

/// A short command APDU of any of the four cases. Le is 1 to 256 where there is one.
struct CommandApdu {
  std::uint8_t cla = 0, ins = 0, p1 = 0, p2 = 0;
  Bytes data;
  std::optional<std::uint16_t> le;

  /// Error: fewer than four octets, a length that does not match, or extended lengths, which eUICCs
  /// do not need.
  static Result<CommandApdu> parse(BytesView apdu);
  Bytes encode() const;
};

struct ResponseApdu {
  Bytes data;
  StatusWord sw;

  /// Error: fewer than two octets.
  static Result<ResponseApdu> parse(BytesView apdu);
  Bytes encode() const;
};

/// Highest logical channel (ISO 7816-4, further interindustry class).
inline constexpr std::uint8_t kMaxChannel = 19;

/// The class byte for a channel: bits 1-2 for channels 0 to 3, the further coding (40 or C0) from 4
/// on. `cla` is the class on channel 0: 00 for ISO, 80 for GlobalPlatform commands.
std::uint8_t cla_on_channel(std::uint8_t cla, std::uint8_t channel);
/// The channel that a class byte names.
std::uint8_t channel_of(std::uint8_t cla);
/// Whether a class byte is of the ISO coding (0x, 4x, 6x) and not proprietary (8x, Cx, Ex).
bool is_iso_class(std::uint8_t cla);
/// Whether a class byte asks for secure messaging, in either coding.
bool has_secure_messaging(std::uint8_t cla);

}  // namespace rsp::card
