#include "sim_euicc/ota/ota_security_domain.h"

#include "sim_euicc/ota/length_value.h"

namespace sim::ota {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Result;
using rsp::crypto::BlockCipher;
using rsp::crypto::scp80::Key;

/// Where nothing says it, a command needs a cryptographic checksum.
/// Not specified: the default. An operator's security domain takes no command from just anyone.
constexpr std::uint8_t kDefaultSecurityLevel = 0x02;

// Key identifiers and types (GlobalPlatform Card Specification, 11.1.8; UICC Configuration).
constexpr std::uint8_t kFirstScp80Version = 0x01, kLastScp80Version = 0x0F;
constexpr std::uint8_t kKic = 0x01, kKid = 0x02;
constexpr std::uint8_t kFirstDesType = 0x80, kLastDesType = 0x84, kAesType = 0x88;

std::unexpected<rsp::Error> bad(std::string_view path, std::string text) {
  return rsp::failure({.layer = rsp::Layer::kDecode,
                       .step = "security domain",
                       .path = std::string(path),
                       .text = std::move(text)});
}

/// MSL and TARs of an application, from its toolkit parameters.
struct Addressing {
  std::optional<std::uint8_t> minimum_security_level;
  std::vector<Tar> tars;
};

bool skip(BytesView& from, std::size_t octets) {
  if (octets > from.size()) return false;
  from = from.subspan(octets);
  return true;
}

/// Priority, timers, text length, menu entries, channels, MSL, TARs and services: the UICC toolkit
/// parameters (TS 102 226, 8.2.1.3.2.2.1), and the same without the services at the end of the SIM
/// file access parameters (8.2.1.3.2.1).
Result<Addressing> toolkit_parameters(BytesView parameters, std::string_view name) {
  constexpr std::size_t kBeforeMenu = 3, kMenuEntry = 2, kChannels = 1;
  BytesView rest = parameters;
  if (!skip(rest, kBeforeMenu) || rest.empty()) return bad(name, "is cut short");
  std::size_t entries = rest[0];
  auto level =
      skip(rest, 1 + entries * kMenuEntry + kChannels) ? take_length_value(rest) : std::nullopt;
  auto tars = level ? take_length_value(rest) : std::nullopt;
  if (!tars) return bad(name, "is cut short");
  if (tars->size() % Tar{}.size() != 0) return bad(name, "has a TAR that is cut short");
  Addressing out;
  // MSL parameter 01: the data is a minimum SPI1 (8.2.1.3.2.4.2).
  if (level->size() >= 2 && (*level)[0] == 0x01) out.minimum_security_level = (*level)[1];
  for (std::size_t at = 0; at < tars->size(); at += Tar{}.size())
    std::ranges::copy(tars->subspan(at, Tar{}.size()), out.tars.emplace_back().begin());
  return out;
}

Result<Addressing> sim_file_access_parameters(BytesView parameters) {
  constexpr std::string_view kName = "ts102226SIMFileAccessToolkitParameter";
  if (!take_length_value(parameters)) return bad(kName, "is cut short");  // access domain
  return toolkit_parameters(parameters, kName);
}

/// The TAR in an AID, octets 13 to 15 (TS 101 220, 4).
std::optional<Tar> tar_of(BytesView aid) {
  if (aid.size() < 15) return std::nullopt;
  return Tar{aid[12], aid[13], aid[14]};
}

Result<Addressing> addressing_of(const rsp::saip::ApplicationInstance& instance) {
  const auto& uicc = instance.application_parameters;
  if (uicc && uicc->toolkit)
    return toolkit_parameters(*uicc->toolkit, "uiccToolkitApplicationSpecificParametersField");
  const auto& system = instance.system_specific_parameters;
  if (system && system->sim_file_access_toolkit_parameter)
    return sim_file_access_parameters(*system->sim_file_access_toolkit_parameter);
  return Addressing{};
}

OtaApplication application(OtaApplication::Kind kind, BytesView aid, Addressing addressing) {
  OtaApplication out{
      .kind = kind,
      .aid = rsp::to_bytes(aid),
      .tars = std::move(addressing.tars),
      .minimum_security_level = addressing.minimum_security_level.value_or(kDefaultSecurityLevel)};
  if (auto own = tar_of(aid); out.tars.empty() && own) out.tars.push_back(*own);
  return out;
}

/// Nothing where SCP80 cannot use the key: a type that it has no algorithm for, or a size that the
/// algorithm does not have.
std::optional<Key> usable_key(const rsp::saip::KeyObject& object) {
  if (object.key_components.empty()) return std::nullopt;
  const rsp::saip::KeyComponent& component = object.key_components.front();
  if (component.key_type.size() != 1) return std::nullopt;
  std::uint8_t type = component.key_type[0];
  bool des = type >= kFirstDesType && type <= kLastDesType;
  if (!des && type != kAesType) return std::nullopt;
  Key key{.cipher = des ? BlockCipher::kTripleDes : BlockCipher::kAes,
          .value = component.key_data,
          .mac_length = des ? std::size_t{8} : component.mac_length};
  if (!has_key_size(key.cipher, key.value.size())) return std::nullopt;
  return key;
}

void add_key(const rsp::saip::KeyObject& object, OtaSecurityDomain& domain) {
  std::uint8_t version = object.key_version_number[0], identifier = object.key_identifier[0];
  if (version < kFirstScp80Version || version > kLastScp80Version) return;
  if (identifier != kKic && identifier != kKid) return;
  auto key = usable_key(object);
  if (!key) return;
  OtaKeyVersion& keys = domain.key_versions[version];
  (identifier == kKic ? keys.keys.kic : keys.keys.kid) = std::move(*key);
  if (!object.key_counter_value) return;
  BytesView counter = *object.key_counter_value;
  std::uint64_t value = rsp::big_endian(counter.last(std::min<std::size_t>(counter.size(), 5)));
  keys.counter = std::max(keys.counter, value);
}

}  // namespace

const OtaApplication* OtaSecurityDomain::application(const Tar& tar) const {
  auto found = std::ranges::find_if(applications, [&](const OtaApplication& candidate) {
    return std::ranges::find(candidate.tars, tar) != candidate.tars.end();
  });
  return found == applications.end() ? nullptr : &*found;
}

Result<OtaSecurityDomain> ota_security_domain(const rsp::saip::SecurityDomain& mno_sd,
                                              std::span<const rsp::saip::Rfm* const> rfms,
                                              BytesView isd_p_aid) {
  using Kind = OtaApplication::Kind;
  OtaSecurityDomain domain{.isd_p_aid = rsp::to_bytes(isd_p_aid)};
  RSP_TRY(Addressing addressing, addressing_of(mno_sd.instance));
  domain.applications.push_back(
      application(Kind::kSecurityDomain, mno_sd.instance.instance_aid, std::move(addressing)));
  for (const rsp::saip::Rfm* rfm : rfms) {
    if (rfm->security_domain_aid && *rfm->security_domain_aid != mno_sd.instance.instance_aid)
      continue;
    Addressing own{.minimum_security_level = rfm->minimum_security_level[0],
                   .tars = rfm->tar_list.value_or(std::vector<Tar>{})};
    domain.applications.push_back(
        application(Kind::kRemoteFileManagement, rfm->instance_aid, std::move(own)));
  }
  if (mno_sd.key_list) {
    for (const rsp::saip::KeyObject& object : *mno_sd.key_list) add_key(object, domain);
  }
  return domain;
}

Result<std::optional<OtaSecurityDomain>> mno_security_domain(
    const rsp::saip::ProfilePackage& package, BytesView isd_p_aid) {
  const rsp::saip::SecurityDomain* mno_sd = nullptr;
  std::vector<const rsp::saip::Rfm*> rfms;
  for (const rsp::saip::ProfileElement& element : package.elements) {
    if (mno_sd == nullptr) mno_sd = element.as<rsp::saip::SecurityDomain>();
    if (const auto* rfm = element.as<rsp::saip::Rfm>(); rfm != nullptr) rfms.push_back(rfm);
  }
  if (mno_sd == nullptr) return std::nullopt;
  RSP_TRY(OtaSecurityDomain domain, ota_security_domain(*mno_sd, rfms, isd_p_aid));
  return domain;
}

}  // namespace sim::ota
