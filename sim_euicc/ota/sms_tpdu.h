// Short messages as transport protocol data units (3GPP TS 23.040): SMS-DELIVER in, SMS-SUBMIT out,
// the user data header, and messages in several parts.
#pragma once

#include <list>
#include <map>
#include <optional>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace sim::ota {

/// User data of one short message, header included (TS 23.040, 9.2.3.16).
inline constexpr std::size_t kMaxUserData = 140;

/// One element of a user data header (TS 23.040, 9.2.3.24).
struct InformationElement {
  std::uint8_t identifier = 0;
  rsp::Bytes data;
  friend bool operator==(const InformationElement&, const InformationElement&) = default;
};
inline constexpr std::uint8_t kConcatenation8 = 0x00, kConcatenation16 = 0x08;
/// The user data is a command or a response packet (TS 31.115, 4).
inline constexpr std::uint8_t kCommandPacketIdentifier = 0x70, kResponsePacketIdentifier = 0x71;

struct ShortMessage {
  /// TP-OA or TP-DA as it is on the wire: number of digits, type, digits.
  rsp::Bytes address;
  std::uint8_t protocol_identifier = 0, data_coding_scheme = 0;
  std::vector<InformationElement> header;
  rsp::Bytes user_data;  // after the header

  const InformationElement* element(std::uint8_t identifier) const;
};

/// Error: Layer::kDecode for what is no SMS-DELIVER with 8-bit data, or does not end where its
/// lengths say.
rsp::Result<ShortMessage> parse_sms_deliver(rsp::BytesView tpdu);
/// The same for an SMS-SUBMIT without a validity period.
rsp::Result<ShortMessage> parse_sms_submit(rsp::BytesView tpdu);
/// The service centre's time is given as it is on the wire. Precondition: the user data with its
/// header fits one message.
rsp::Bytes encode_sms_deliver(const ShortMessage& message, const rsp::Octets<7>& time_stamp);
rsp::Bytes encode_sms_submit(const ShortMessage& message);

/// Which part of a longer message this is (TS 23.040, 9.2.3.24.1 and 9.2.3.24.8).
struct Concatenation {
  std::uint16_t reference = 0;
  std::uint8_t parts = 1, part = 1;
};
/// Nothing where the message stands alone. A part 0, or one beyond the last, counts as no
/// concatenation at all, as TS 23.040 wants it.
std::optional<Concatenation> concatenation_of(const ShortMessage& message);

/// How wide the reference of a concatenated message is.
enum class ReferenceWidth { kOneOctet, kTwoOctets };

/// Cuts user data into as many messages as it needs. The elements of `message.header` are in the
/// first of them only. Error: Layer::kInput where it does not fit 255.
rsp::Result<std::vector<ShortMessage>> split_message(const ShortMessage& message,
                                                     std::uint16_t reference, ReferenceWidth width);

/// Puts the parts of messages together, in whatever order they come. What it keeps is bounded: when
/// there is no room, the message that began first is forgotten.
class ShortMessageAssembler {
 public:
  static constexpr std::size_t kMaxMessages = 4;
  static constexpr std::size_t kMaxOctets = 255 * kMaxUserData;

  /// The whole message, once this is the part that was missing: with the address of its parts and
  /// the header of the first, without the concatenation. A part that comes again replaces the
  /// earlier one.
  std::optional<ShortMessage> add(ShortMessage part);
  void clear() { incomplete_.clear(); }

  std::size_t messages() const { return incomplete_.size(); }
  /// Octets of user data kept.
  std::size_t octets() const;

 private:
  struct Incomplete {
    rsp::Bytes address;
    ReferenceWidth width{};
    std::uint16_t reference = 0;
    std::uint8_t parts = 0;
    std::map<std::uint8_t, ShortMessage> received;  // by number of the part
  };
  using Place = std::list<Incomplete>::iterator;

  Place place_for(const ShortMessage& part, const Concatenation& concatenation);
  void make_room(Place keep);

  std::list<Incomplete> incomplete_;  // oldest first
};

}  // namespace sim::ota
