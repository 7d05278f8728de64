#include "rsp/crypto/scp80.h"

#include <openssl/crypto.h>

namespace rsp::crypto::scp80 {
namespace {

constexpr std::size_t kCounterSize = 5;
/// SPI to TAR, which a command packet has after CHL in clear.
constexpr std::size_t kClearCommandHeader = 7;
/// SPI to PCNTR: what CHL counts without RC/CC/DS.
constexpr std::size_t kCommandHeader = kClearCommandHeader + kCounterSize + 1;
/// TAR to the status: what RHL counts without RC/CC/DS.
constexpr std::size_t kResponseHeader = 3 + kCounterSize + 1 + 1;
constexpr std::size_t kLongestPacket = 0xFFFF;
constexpr std::size_t kCrcSize = 4, kShortestMac = 4;
/// UDHL, IEIa and IEIDLa of a short message with a response packet, which its checksum covers too
/// (TS 31.115, 4.4).
constexpr Octets<3> kResponsePreamble{0x02, 0x71, 0x00};

// Algorithms in the low half of KIc and KID.
constexpr std::uint8_t kImplicit = 0x0, kAes = 0x2, kTripleDes2 = 0x5, kTripleDes3 = 0x9;

std::unexpected<Error> crypto_failure(std::string text) {
  return failure({.layer = Layer::kCrypto, .step = "SCP80", .text = std::move(text)});
}
std::unexpected<Error> decode_failure(std::string text) {
  return failure({.layer = Layer::kDecode, .step = "SCP80", .text = std::move(text)});
}

std::uint8_t algorithm_of(const Key& key) {
  if (key.cipher == BlockCipher::kAes) return kAes;
  return key.value.size() == 16 ? kTripleDes2 : kTripleDes3;
}

/// The key, where there is one that works as the indication says. Single DES (1) is not supported:
/// TS 102 225 has withdrawn it.
const Key* usable(const std::optional<Key>& key, std::uint8_t algorithm) {
  if (!key || !has_key_size(key->cipher, key->value.size())) return nullptr;
  if (key->mac_length < kShortestMac || key->mac_length > block_size(key->cipher)) return nullptr;
  return algorithm == kImplicit || algorithm == algorithm_of(*key) ? &*key : nullptr;
}

/// How one packet is protected.
struct Protection {
  Integrity integrity = Integrity::kNone;
  const Key* mac_key = nullptr;
  const Key* cipher_key = nullptr;

  std::size_t checksum_size() const {
    if (integrity == Integrity::kNone) return 0;
    return integrity == Integrity::kRedundancyCheck ? kCrcSize : mac_key->mac_length;
  }
  std::size_t padding(std::size_t size) const {
    if (cipher_key == nullptr) return 0;
    std::size_t block = block_size(cipher_key->cipher);
    return (block - size % block) % block;
  }
  Bytes checksum(BytesView data) const {
    if (integrity == Integrity::kNone) return {};
    if (integrity == Integrity::kRedundancyCheck) {
      std::uint32_t crc = crc32(data);
      return {static_cast<std::uint8_t>(crc >> 24), static_cast<std::uint8_t>(crc >> 16),
              static_cast<std::uint8_t>(crc >> 8), static_cast<std::uint8_t>(crc)};
    }
    Bytes mac = block_cipher_mac(mac_key->cipher, mac_key->value, data);
    mac.resize(mac_key->mac_length);
    return mac;
  }
};

/// Nothing where the keys, or this implementation, do not offer what is asked for.
std::optional<Protection> protection(Integrity integrity, std::uint8_t mac_algorithm,
                                     const std::uint8_t* cipher_algorithm, const KeySet& keys) {
  Protection out{.integrity = integrity};
  if (integrity == Integrity::kSignature) return std::nullopt;
  if (integrity == Integrity::kCryptographicChecksum) {
    out.mac_key = usable(keys.kid, mac_algorithm);
    if (out.mac_key == nullptr) return std::nullopt;
  }
  if (cipher_algorithm != nullptr) {
    out.cipher_key = usable(keys.kic, *cipher_algorithm);
    if (out.cipher_key == nullptr) return std::nullopt;
  }
  return out;
}

std::optional<Protection> command_protection(const CommandHeader& header, const KeySet& keys) {
  std::uint8_t mac = header.kid & 0x0F, cipher = header.kic & 0x0F;
  const SecurityParameters& security = header.security;
  // Not specified: how a redundancy check of implicit algorithm is made; here as CRC-32.
  if (security.integrity == Integrity::kRedundancyCheck && mac != kKidCrc32 && mac != kImplicit)
    return std::nullopt;
  return protection(security.integrity, mac, security.ciphered ? &cipher : nullptr, keys);
}

/// The response is protected with the keys that the command names (TS 102 225, 5.2).
std::optional<Protection> response_protection(const CommandHeader& header, const KeySet& keys) {
  const SecurityParameters& security = header.security;
  if (security.por == ProofOfReceipt::kNone) return Protection{};
  // Not specified: the algorithm of a response's checksum where the KID of the command names one of
  // a redundancy check.
  bool kid_names_crc = security.integrity == Integrity::kRedundancyCheck;
  std::uint8_t mac = kid_names_crc ? kImplicit : header.kid & 0x0F, cipher = header.kic & 0x0F;
  return protection(security.por_integrity, mac, security.por_ciphered ? &cipher : nullptr, keys);
}

void append_counter(Bytes& to, std::uint64_t counter) {
  for (std::size_t i = kCounterSize; i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(counter >> 8 * i));
}

/// The octets of a packet: what is in clear after the two octets of length, what may be ciphered up
/// to RC/CC/DS, and the data.
struct Parts {
  Bytes clear, hidden;
  Bytes data;
};

/// Puts a packet together. `hidden` has a PCNTR at `pcntr_at`; `preamble` is covered by the
/// checksum and not part of the packet.
Result<Bytes> seal(Parts parts, std::size_t pcntr_at, BytesView preamble,
                   const Protection& protection) {
  std::size_t padding =
      protection.padding(parts.hidden.size() + protection.checksum_size() + parts.data.size());
  parts.hidden[pcntr_at] = static_cast<std::uint8_t>(padding);
  // Not specified: what padding consists of. Zeros, as in the published examples.
  parts.data.resize(parts.data.size() + padding);
  std::size_t length =
      parts.clear.size() + parts.hidden.size() + protection.checksum_size() + parts.data.size();
  if (length > kLongestPacket) {
    return failure(
        {.layer = Layer::kInput,
         .step = "SCP80",
         .text = "the data of a secured packet has more octets than its length can say"});
  }
  Octets<2> length_field{static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
  Bytes checksum =
      protection.checksum(concat({preamble, length_field, parts.clear, parts.hidden, parts.data}));
  Bytes body = concat({parts.hidden, checksum, parts.data});
  if (const Key* key = protection.cipher_key; key != nullptr)
    body = cbc_encrypt(key->cipher, key->value, body);
  return concat({length_field, parts.clear, body});
}

/// A packet taken apart again, still with its padding.
struct Opened {
  Bytes hidden;  // before RC/CC/DS
  Bytes data;
};

std::expected<Opened, ResponseStatus> open(BytesView packet, std::size_t clear_size,
                                           std::size_t hidden_size, BytesView preamble,
                                           const Protection& protection) {
  BytesView clear = packet.first(2 + clear_size);
  Bytes body = to_bytes(packet.subspan(clear.size()));
  if (const Key* key = protection.cipher_key; key != nullptr) {
    if (body.size() % block_size(key->cipher) != 0)
      return std::unexpected(ResponseStatus::kCipheringError);
    body = cbc_decrypt(key->cipher, key->value, body);
  }
  std::size_t checksum_size = protection.checksum_size();
  if (body.size() < hidden_size + checksum_size)
    return std::unexpected(ResponseStatus::kUnidentifiedSecurityError);
  BytesView hidden = BytesView(body).first(hidden_size);
  BytesView checksum = BytesView(body).subspan(hidden_size, checksum_size);
  BytesView data = BytesView(body).subspan(hidden_size + checksum_size);
  Bytes expected = protection.checksum(concat({preamble, clear, hidden, data}));
  if (CRYPTO_memcmp(expected.data(), checksum.data(), expected.size()) != 0)
    return std::unexpected(ResponseStatus::kIntegrityFailed);
  return Opened{to_bytes(hidden), to_bytes(data)};
}

/// Takes the padding off. It is less than a block, and there is none without ciphering.
bool strip_padding(Opened& opened, std::size_t padding, const Protection& protection) {
  std::size_t block =
      protection.cipher_key != nullptr ? block_size(protection.cipher_key->cipher) : 1;
  if (padding >= block || padding > opened.data.size()) return false;
  opened.data.resize(opened.data.size() - padding);
  return true;
}

Result<Bytes> seal_response(const ResponsePacket& packet, const Protection& protection) {
  Parts parts{.data = packet.additional_data};
  parts.clear.push_back(static_cast<std::uint8_t>(kResponseHeader + protection.checksum_size()));
  append(parts.clear, packet.tar);
  append_counter(parts.hidden, packet.counter);
  parts.hidden.push_back(0);
  parts.hidden.push_back(static_cast<std::uint8_t>(packet.status));
  return seal(std::move(parts), kCounterSize, kResponsePreamble, protection);
}

Result<ResponsePacket> open_response(BytesView packet, const Protection& protection) {
  constexpr std::size_t kClear = 4, kHidden = kCounterSize + 2;
  if (packet.size() < 2 + kClear + kHidden || big_endian(packet.first(2)) != packet.size() - 2)
    return decode_failure("the lengths of a response packet do not match");
  if (packet[2] != kResponseHeader + protection.checksum_size())
    return decode_failure("the header of a response packet has an unexpected length");
  auto opened = open(packet, kClear, kHidden, kResponsePreamble, protection);
  if (!opened) return crypto_failure("response packet: " + std::string(to_string(opened.error())));
  if (!strip_padding(*opened, opened->hidden[kCounterSize], protection))
    return crypto_failure("the padding of a response packet is longer than a block");
  ResponsePacket out{.counter = big_endian(BytesView(opened->hidden).first(kCounterSize)),
                     .status = static_cast<ResponseStatus>(opened->hidden[kCounterSize + 1]),
                     .additional_data = std::move(opened->data)};
  std::ranges::copy(packet.subspan(3, 3), out.tar.begin());
  return out;
}

}  // namespace

SecurityParameters decode_spi(const Octets<2>& spi) {
  return {.integrity = static_cast<Integrity>(spi[0] & 0x03),
          .ciphered = (spi[0] & 0x04) != 0,
          .counter = static_cast<CounterMode>(spi[0] >> 3 & 0x03),
          .por = static_cast<ProofOfReceipt>(spi[1] & 0x03),
          .por_integrity = static_cast<Integrity>(spi[1] >> 2 & 0x03),
          .por_ciphered = (spi[1] & 0x10) != 0,
          .por_bearer = (spi[1] & 0x20) != 0 ? PorBearer::kSubmit : PorBearer::kDeliverReport};
}

Octets<2> encode_spi(const SecurityParameters& parameters) {
  int first = static_cast<int>(parameters.integrity) | (parameters.ciphered ? 0x04 : 0) |
              static_cast<int>(parameters.counter) << 3;
  int second = static_cast<int>(parameters.por) | static_cast<int>(parameters.por_integrity) << 2 |
               (parameters.por_ciphered ? 0x10 : 0) |
               (parameters.por_bearer == PorBearer::kSubmit ? 0x20 : 0);
  return {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
}

bool meets_minimum_security_level(const SecurityParameters& parameters, std::uint8_t minimum) {
  SecurityParameters least = decode_spi({minimum, 0});
  return parameters.integrity >= least.integrity && (parameters.ciphered || !least.ciphered) &&
         parameters.counter >= least.counter;
}

std::string_view to_string(ResponseStatus status) {
  switch (status) {
    case ResponseStatus::kPorOk:
      return "PoR OK";
    case ResponseStatus::kIntegrityFailed:
      return "RC/CC/DS failed";
    case ResponseStatus::kCounterLow:
      return "CNTR low";
    case ResponseStatus::kCounterHigh:
      return "CNTR high";
    case ResponseStatus::kCounterBlocked:
      return "CNTR blocked";
    case ResponseStatus::kCipheringError:
      return "ciphering error";
    case ResponseStatus::kUnidentifiedSecurityError:
      return "unidentified security error";
    case ResponseStatus::kInsufficientMemory:
      return "insufficient memory";
    case ResponseStatus::kMoreTimeNeeded:
      return "more time needed";
    case ResponseStatus::kTarUnknown:
      return "TAR unknown";
    case ResponseStatus::kInsufficientSecurityLevel:
      return "insufficient security level";
  }
  return "unknown status code";
}

std::uint8_t key_indication(std::uint8_t version, const Key& key) {
  return static_cast<std::uint8_t>(version << 4 | algorithm_of(key));
}

Result<Bytes> protect_command(const CommandPacket& packet, const KeySet& keys) {
  auto protection = command_protection(packet.header, keys);
  if (!protection) return crypto_failure("the keys do not fit SPI, KIc and KID of the command");
  if (packet.counter > kBlockedCounter)
    return failure(
        {.layer = Layer::kInput, .step = "SCP80", .text = "a counter has at most five octets"});
  const CommandHeader& header = packet.header;
  Parts parts{.data = packet.secured_data};
  parts.clear.push_back(static_cast<std::uint8_t>(kCommandHeader + protection->checksum_size()));
  append(parts.clear, encode_spi(header.security));
  append(parts.clear, Octets<2>{header.kic, header.kid});
  append(parts.clear, header.tar);
  append_counter(parts.hidden, packet.counter);
  parts.hidden.push_back(0);
  return seal(std::move(parts), kCounterSize, {}, *protection);
}

Result<CommandHeader> read_command_header(BytesView packet) {
  if (packet.size() < 3 + kCommandHeader) return decode_failure("a command packet is cut short");
  if (big_endian(packet.first(2)) != packet.size() - 2)
    return decode_failure("the length of a command packet does not match");
  if (packet[2] < kCommandHeader || packet[2] > packet.size() - 3)
    return decode_failure("the header length of a command packet does not match");
  CommandHeader header{
      .security = decode_spi({packet[3], packet[4]}), .kic = packet[5], .kid = packet[6]};
  std::ranges::copy(packet.subspan(7, 3), header.tar.begin());
  return header;
}

std::expected<CommandPacket, ResponseStatus> unprotect_command(BytesView packet,
                                                               const KeySet& keys) {
  auto header = read_command_header(packet);
  if (!header) return std::unexpected(ResponseStatus::kUnidentifiedSecurityError);
  auto protection = command_protection(*header, keys);
  if (!protection || !response_protection(*header, keys))
    return std::unexpected(ResponseStatus::kUnidentifiedSecurityError);
  // A checksum of another length than the key makes cannot be a good one.
  if (packet[2] != kCommandHeader + protection->checksum_size())
    return std::unexpected(ResponseStatus::kIntegrityFailed);
  auto opened = open(packet, 1 + kClearCommandHeader, kCounterSize + 1, {}, *protection);
  if (!opened) return std::unexpected(opened.error());
  if (!strip_padding(*opened, opened->hidden[kCounterSize], *protection))
    return std::unexpected(ResponseStatus::kCipheringError);
  return CommandPacket{*header, big_endian(BytesView(opened->hidden).first(kCounterSize)),
                       std::move(opened->data)};
}

std::expected<std::uint64_t, ResponseStatus> check_counter(CounterMode mode, std::uint64_t received,
                                                           std::uint64_t kept) {
  if (mode == CounterMode::kNoCounter || mode == CounterMode::kNotChecked) return kept;
  if (kept >= kBlockedCounter) return std::unexpected(ResponseStatus::kCounterBlocked);
  if (received <= kept) return std::unexpected(ResponseStatus::kCounterLow);
  if (mode == CounterMode::kOneHigher && received != kept + 1)
    return std::unexpected(ResponseStatus::kCounterHigh);
  return received;
}

Result<Bytes> protect_response(const ResponsePacket& packet, const CommandHeader& command,
                               const KeySet& keys) {
  auto protection = response_protection(command, keys);
  if (!protection) return crypto_failure("the keys do not fit the response that the SPI asks for");
  return seal_response(packet, *protection);
}

Bytes unsecured_response(const ResponsePacket& packet) {
  ResponsePacket bare = packet;
  bare.additional_data.clear();  // the reason is all that such an answer may tell
  return *seal_response(bare, Protection{});
}

Result<ResponsePacket> unprotect_response(BytesView packet, const CommandHeader& command,
                                          const KeySet& keys) {
  auto protection = response_protection(command, keys);
  if (!protection) return crypto_failure("the keys do not fit the response that the SPI asks for");
  return open_response(packet, *protection);
}

Result<ResponsePacket> read_unsecured_response(BytesView packet) {
  return open_response(packet, Protection{});
}

std::uint32_t crc32(BytesView data) {
  constexpr std::uint32_t kPolynomial = 0xEDB88320;  // reflected
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::uint8_t octet : data) {
    crc ^= octet;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

}  // namespace rsp::crypto::scp80
