// Secured packets over the air, SCP80 (ETSI TS 102 225; 3GPP TS 31.115 for short messages): command
// packets from an OTA platform to a card and response packets back. Both ends are here.
//
// A command packet, from the length on, without the bearer's own header:
//   CPL(2) CHL(1) SPI(2) KIc(1) KID(1) TAR(3) | CNTR(5) PCNTR(1) RC/CC/DS data padding
// A response packet:
//   RPL(2) RHL(1) TAR(3) | CNTR(5) PCNTR(1) status(1) RC/CC/DS data padding
// Ciphering covers what stands behind the bar. RC, CC and DS cover the whole packet but themselves,
// padding included; in a response also the three octets that a short message has before it.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "rsp/base/result.h"
#include "rsp/crypto/block_cipher.h"

namespace rsp::crypto::scp80 {

/// What protects a packet from change. A digital signature is not supported.
enum class Integrity {
  kNone = 0,
  kRedundancyCheck = 1,
  kCryptographicChecksum = 2,
  kSignature = 3
};
/// What the receiver does with the counter of a command.
enum class CounterMode { kNoCounter = 0, kNotChecked = 1, kHigher = 2, kOneHigher = 3 };
/// When the sender wants a proof of receipt.
enum class ProofOfReceipt { kNone = 0, kAlways = 1, kOnError = 2, kReserved = 3 };
/// The short message that carries the proof of receipt (TS 31.115, 4.2).
enum class PorBearer { kDeliverReport, kSubmit };

/// SPI, Security Parameter Indicator (TS 102 225, 5.1.1).
struct SecurityParameters {
  Integrity integrity = Integrity::kNone;
  bool ciphered = false;
  CounterMode counter = CounterMode::kNoCounter;
  ProofOfReceipt por = ProofOfReceipt::kNone;
  Integrity por_integrity = Integrity::kNone;
  bool por_ciphered = false;
  PorBearer por_bearer = PorBearer::kDeliverReport;
  friend bool operator==(const SecurityParameters&, const SecurityParameters&) = default;
};
/// Reserved bits are ignored, as in what later versions define.
SecurityParameters decode_spi(const Octets<2>& spi);
Octets<2> encode_spi(const SecurityParameters& parameters);

/// Whether a command is protected at least as a Minimum Security Level says, which is coded as the
/// first octet of an SPI (TS 102 226, 8.2.1.3.2.4.2): integrity, ciphering and counter each.
bool meets_minimum_security_level(const SecurityParameters& parameters, std::uint8_t minimum);

/// Response status code (TS 102 225, 5.2; TS 31.115, 7).
enum class ResponseStatus : std::uint8_t {
  kPorOk = 0x00,
  kIntegrityFailed = 0x01,  // RC/CC/DS failed
  kCounterLow = 0x02,
  kCounterHigh = 0x03,
  kCounterBlocked = 0x04,
  kCipheringError = 0x05,
  kUnidentifiedSecurityError = 0x06,
  kInsufficientMemory = 0x07,
  kMoreTimeNeeded = 0x08,
  kTarUnknown = 0x09,
  kInsufficientSecurityLevel = 0x0A,
};
/// "CNTR low": the name in TS 102 225.
std::string_view to_string(ResponseStatus status);

struct Key {
  BlockCipher cipher = BlockCipher::kAes;
  Bytes value;
  /// Octets of a cryptographic checksum that this key makes, from 4 on to a block.
  std::size_t mac_length = 8;
};
/// The keys of one key version: identifier 1 for ciphering, 2 for the checksum.
struct KeySet {
  std::optional<Key> kic, kid;
};

/// KIc or KID for a key: its version (1 to 15) and what it is for (TS 102 225, 5.1.2 and 5.1.3).
std::uint8_t key_indication(std::uint8_t version, const Key& key);
/// KID where only a redundancy check protects: CRC-32.
inline constexpr std::uint8_t kKidCrc32 = 0x05;
/// The key version that a KIc or KID names.
constexpr std::uint8_t key_version(std::uint8_t indication) { return indication >> 4; }

using Tar = Octets<3>;
/// A counter has five octets; at this value it is blocked (TS 102 225, 5.1.4).
inline constexpr std::uint64_t kBlockedCounter = 0xFFFFFFFFFF;

/// What a command packet shows in clear.
struct CommandHeader {
  SecurityParameters security;
  std::uint8_t kic = 0, kid = 0;
  Tar tar{};
  friend bool operator==(const CommandHeader&, const CommandHeader&) = default;
};

struct CommandPacket {
  CommandHeader header;
  std::uint64_t counter = 0;
  Bytes secured_data;
};

struct ResponsePacket {
  Tar tar{};
  std::uint64_t counter = 0;  // of the command that it answers
  ResponseStatus status = ResponseStatus::kPorOk;
  Bytes additional_data;
};

/// What an OTA platform sends. Error: Layer::kCrypto where the keys do not fit what the header
/// says, Layer::kInput where the data is too long or the counter has more than five octets.
Result<Bytes> protect_command(const CommandPacket& packet, const KeySet& keys);

/// The header of a command packet. Error: Layer::kDecode where it is cut short or its lengths do
/// not match.
Result<CommandHeader> read_command_header(BytesView packet);

/// What a card makes of a command packet, or why it refuses. Checked in this order: that the keys
/// serve for command and response, the ciphering, the integrity, the padding. The counter is the
/// caller's to check.
std::expected<CommandPacket, ResponseStatus> unprotect_command(BytesView packet,
                                                               const KeySet& keys);

/// The rule of CounterMode (TS 102 225, 5.1.4): the value to keep from now on, or why the command
/// is refused. `kept` is the last one that was accepted.
std::expected<std::uint64_t, ResponseStatus> check_counter(CounterMode mode, std::uint64_t received,
                                                           std::uint64_t kept);

/// What a card answers, protected as the command asked. Error: Layer::kCrypto where the keys do not
/// fit, Layer::kInput where the data is too long.
Result<Bytes> protect_response(const ResponsePacket& packet, const CommandHeader& command,
                               const KeySet& keys);
/// What a card answers to a command that it could not authenticate: without RC/CC/DS and ciphering.
Bytes unsecured_response(const ResponsePacket& packet);

/// What an OTA platform makes of a response that is protected as the command asked. Error:
/// Layer::kDecode where lengths do not match, Layer::kCrypto where it is not authentic.
Result<ResponsePacket> unprotect_response(BytesView packet, const CommandHeader& command,
                                          const KeySet& keys);
/// The same for what unsecured_response() made.
Result<ResponsePacket> read_unsecured_response(BytesView packet);

/// CRC-32 of ISO/IEC 13239, as a redundancy check has it.
std::uint32_t crc32(BytesView data);

}  // namespace rsp::crypto::scp80
