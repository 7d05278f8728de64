#include "sim_euicc/ota/remote_application_management.h"

#include "rsp/asn1/decoder.h"
#include "rsp/base/hex.h"
#include "sim_euicc/ota/length_value.h"

namespace sim::ota {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::operator""_hex;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;

constexpr std::uint8_t kGlobalPlatformClass = 0x80;
constexpr std::uint8_t kInstall = 0xE6, kStoreData = 0xE2;
constexpr std::uint8_t kForPersonalization = 0x20;
constexpr StatusWord kNotEnoughMemory{0x6A84};

// P1 of STORE DATA (GlobalPlatform Card Specification, 11.11.2.1).
constexpr std::uint8_t kLastBlock = 0x80, kEncryption = 0x60, kStructure = 0x18, kReserved = 0x06;
constexpr std::uint8_t kDataGroups = 0x08, kStructureReserved = 0x18;

/// The AID in INSTALL [for personalization]: load file, module, application, privileges, parameters
/// and token, all empty but the application (GlobalPlatform Card Specification, 11.5.2.3.6).
std::optional<BytesView> personalized_aid(BytesView data) {
  std::optional<BytesView> aid;
  for (int field = 0; field < 6; ++field) {
    auto value = take_length_value(data);
    if (!value) return std::nullopt;
    constexpr int kApplication = 2;
    if (field == kApplication) {
      aid = value;
    } else if (!value->empty()) {
      return std::nullopt;
    }
  }
  if (!data.empty() || aid->size() < 5 || aid->size() > 16) return std::nullopt;
  return aid;
}

/// No encryption of the block, and no data groups: the ISD-P takes a BER-TLV command.
bool supported_structure(std::uint8_t p1) {
  std::uint8_t structure = p1 & kStructure;
  return (p1 & (kEncryption | kReserved)) == 0 && structure != kDataGroups &&
         structure != kStructureReserved;
}

}  // namespace

rsp::Aid reserved_isd_p_aid() { return rsp::Aid("A0000005591010FFFFFFFF8900000F00"_hex); }

ResponseApdu CommandSink::execute(BytesView, const CommandApdu&) {
  return {.data = {}, .sw = rsp::card::kInstructionNotSupported};
}

ResponseApdu RemoteApplicationManagement::execute(const CommandApdu& command) {
  bool for_isd_p =
      command.cla == kGlobalPlatformClass && (command.ins == kInstall || command.ins == kStoreData);
  if (for_isd_p && command.ins == kStoreData) return {.data = {}, .sw = store_data(command)};
  stop_personalizing();
  if (for_isd_p) return install(command);
  bool first_channels = (command.cla & 0x70) == 0x00, further_channels = (command.cla & 0x40) != 0;
  if (!first_channels && !further_channels)
    return {.data = {}, .sw = rsp::card::kClassNotSupported};
  if (rsp::card::has_secure_messaging(command.cla))
    return {.data = {}, .sw = rsp::card::kSecureMessagingNotSupported};
  // A script has no logical channels (TS 102 226, 5.1).
  if (rsp::card::channel_of(command.cla) != 0)
    return {.data = {}, .sw = rsp::card::kLogicalChannelNotSupported};
  return sink_.execute(security_domain_aid_, command);
}

/// 6A86 for another purpose than personalization, 6A80 for data that is no such command's, 6A88 for
/// another application than the ISD-P. On success one octet, 00: there is no confirmation.
ResponseApdu RemoteApplicationManagement::install(const CommandApdu& command) {
  if (command.p1 != kForPersonalization || command.p2 != 0)
    return {.data = {}, .sw = rsp::card::kIncorrectP1P2};
  StatusWord sw = personalize(command.data);
  return {.data = sw.success() ? Bytes{0x00} : Bytes{}, .sw = sw};
}

StatusWord RemoteApplicationManagement::personalize(BytesView data) {
  auto aid = personalized_aid(data);
  if (!aid) return rsp::card::kWrongData;
  if (!rsp::equal(*aid, isd_p_aid_) && !rsp::equal(*aid, reserved_isd_p_aid()))
    return rsp::card::kReferencedDataNotFound;
  personalizing_ = true;
  return rsp::card::kOk;
}

/// 6985 without a personalization, 6A86 for a block out of order or of a structure that the ISD-P
/// does not take, 6A84 for a command that is too long; then what dispatch() says. A refusal ends
/// the personalization.
StatusWord RemoteApplicationManagement::store_data(const CommandApdu& command) {
  if (!personalizing_) return rsp::card::kConditionsNotSatisfied;
  bool last = (command.p1 & kLastBlock) != 0;
  StatusWord sw = rsp::card::kOk;
  if (!supported_structure(command.p1) || command.p2 != next_block_) {
    sw = rsp::card::kIncorrectP1P2;
  } else if (stored_.size() + command.data.size() > kMaxStoreData) {
    sw = kNotEnoughMemory;
  } else {
    rsp::append(stored_, command.data);
    ++next_block_;
    if (last) sw = dispatch(stored_);
  }
  if (last || !sw.success()) stop_personalizing();
  return sw;
}

/// What the ISD-P makes of a whole command: 6A88 for another one than UpdateMetadata, 6A80 where it
/// does not follow its definition, which has the limits of its texts and of the icon.
StatusWord RemoteApplicationManagement::dispatch(BytesView command) {
  auto element = rsp::asn1::Reader(command).next();
  if (!element) return rsp::card::kWrongData;
  if (element->tag != rsp::UpdateMetadataRequest::kTag) return rsp::card::kReferencedDataNotFound;
  auto request = rsp::asn1::decode<rsp::UpdateMetadataRequest>(command);
  return request ? sink_.update_metadata(*request) : rsp::card::kWrongData;
}

void RemoteApplicationManagement::stop_personalizing() {
  personalizing_ = false;
  stored_.clear();
  next_block_ = 0;
}

}  // namespace sim::ota
