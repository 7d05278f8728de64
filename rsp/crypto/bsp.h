// BSP, the protection of Bound Profile Packages: AES-CBC and AES-CMAC as SCP03t uses them
// (SGP.22 2.5.3, 2.6.4, Annex G; GlobalPlatform Amendment D and F).
#pragma once

#include <expected>
#include <memory>

#include "rsp/base/bytes.h"

namespace rsp::crypto {

/// A protected TLV with tag, length and MAC has at most this many octets (SGP.22 2.5.3).
inline constexpr std::size_t kMaxBspSegment = 1020;
/// So an encrypted one carries at most this much plaintext: 1020 less 4 of header, 8 of MAC, and 1
/// of padding ...
inline constexpr std::size_t kMaxEncryptedPlaintext = 1007;
/// ... and one with a MAC only this much.
inline constexpr std::size_t kMaxMacOnlyPlaintext = 1008;
inline constexpr std::size_t kBspMacSize = 8;

/// What both ends derive from the key agreement, or what ReplaceSessionKeys brings.
struct BspKeys {
  Octets<16> initial_mac_chaining_value{}, enc{}, mac{};
};

/// SGP.22 2.6.4: X9.63 over the shared secret with SharedInfo = keyType 88, keyLen 10, and length
/// and value of hostId and of the EID. hostId is the server's free choice and not the EID (pitfall
/// H 16).
BspKeys derive_bsp_keys(BytesView shared_secret, BytesView host_id, BytesView eid);

/// Why a protected TLV was refused; each is an ErrorReason of its own (SGP.22 5.5).
enum class BspProblem {
  kStructure,  // scp03tStructureError: not a TLV, too long, no room for a MAC, not whole blocks
  kSecurity,   // scp03tSecurityError: the MAC or the padding is wrong
};

/// One direction of a BSP session. The counter runs over every TLV, the MAC chains from one to the
/// next.
class Bsp {
 public:
  /// The counter starts at 1, as it does again after ReplaceSessionKeys.
  explicit Bsp(const BspKeys& keys, std::size_t max_segment = kMaxBspSegment);
  ~Bsp();
  Bsp(Bsp&&) noexcept;
  Bsp& operator=(Bsp&&) noexcept;

  /// A whole TLV with the one-octet tag given (86 or 87).
  Bytes encrypt_and_mac(std::uint8_t tag, BytesView plaintext);
  /// A whole TLV with the one-octet tag given (88), its content readable.
  Bytes mac_only(std::uint8_t tag, BytesView plaintext);

  /// Leaves out numbers of the counter, which a peer does not: for tests of one that counts wrong.
  void skip_counter(std::uint64_t by);

  /// The plaintext of a whole TLV that encrypt_and_mac() made.
  std::expected<Bytes, BspProblem> verify_and_decrypt(BytesView tlv);
  /// The plaintext of a whole TLV that mac_only() made.
  std::expected<Bytes, BspProblem> verify_only(BytesView tlv);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rsp::crypto
