#include "sim_euicc/non_volatile.h"

#include <fmt/format.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/messages/es10b.h"

namespace sim {
namespace {

using rsp::asn1::context;

constexpr std::string_view kProfilePrefix = "profile/", kPackagePrefix = "package/",
                           kNotificationPrefix = "notification/", kFilePrefix = "file/",
                           kCodesPrefix = "codes/", kSqnPrefix = "sqn/", kOtaPrefix = "ota/",
                           kSettingsKey = "settings", kOtpkKey = "otpk", kLoadKey = "load",
                           kCredentialsKey = "credentials", kCrlPrefix = "crl/",
                           kPersonaKey = "persona";

// --- Records as they are stored, declared like messages ---

struct ProfileRecord {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "profile";
  rsp::Aid aid;
  rsp::ProfileState state{};
  std::string nickname;
  rsp::StoreMetadataRequest metadata;
  std::optional<rsp::DpProprietaryData> dp_proprietary_data;
  static void fields(auto&& f, auto& m) {
    f(context(0), "aid", m.aid);
    f(context(1), "state", m.state);
    f(context(2), "nickname", m.nickname);
    f(context(3), "metadata", m.metadata);
    f(context(4), "dpProprietaryData", m.dp_proprietary_data);
  }
};

struct OtpkRecord {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "otpk";
  rsp::asn1::Oid smdp_oid;
  rsp::crypto::Curve curve{};
  rsp::Octets<32> scalar{};
  rsp::Octets<65> point{};
  static void fields(auto&& f, auto& m) {
    f(context(0), "smdpOid", m.smdp_oid);
    f(context(1), "curve", m.curve);
    f(context(2), "scalar", m.scalar);
    f(context(3), "point", m.point);
  }
};

struct IdentityRecord {
  rsp::Bytes euicc, eum, key;
  static void fields(auto&& f, auto& m) {
    f(context(0), "euiccCertificate", m.euicc);
    f(context(1), "eumCertificate", m.eum);
    f(context(2), "key", m.key);
  }
};
struct CredentialsRecord {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "credentials";
  std::vector<rsp::Bytes> trusted_cis;
  std::vector<IdentityRecord> signing;
  static void fields(auto&& f, auto& m) {
    f(context(0), "trustedCis", m.trusted_cis, rsp::Each{rsp::asn1::kOctetString});
    f(context(1), "signing", m.signing, rsp::Each{rsp::asn1::kSequence});
  }
};

std::string profile_key(const rsp::Bytes& aid) {
  return std::string(kProfilePrefix) + rsp::to_hex(aid);
}
std::string package_key(const rsp::Bytes& aid) {
  return std::string(kPackagePrefix) + rsp::to_hex(aid);
}
std::string notification_key(std::uint32_t sequence_number) {
  return fmt::format("{}{:08X}", kNotificationPrefix, sequence_number);
}

std::string codes_key(const rsp::Bytes& aid) {
  return std::string(kCodesPrefix) + rsp::to_hex(aid);
}
std::string ota_key(const rsp::Bytes& aid) { return std::string(kOtaPrefix) + rsp::to_hex(aid); }
/// "file/AID/PATH" and "sqn/AID/PATH".
std::string data_key(std::string_view prefix, const rsp::Bytes& aid, std::string_view path) {
  return fmt::format("{}{}/{}", prefix, rsp::to_hex(aid), path);
}

/// What a key of a profile's data says after its prefix.
struct DataKey {
  rsp::Bytes aid;
  std::string path;
};
rsp::Result<DataKey> parse_data_key(std::string_view prefix, std::string_view key) {
  key.remove_prefix(prefix.size());
  auto slash = std::min(key.find('/'), key.size());
  RSP_TRY(rsp::Bytes aid, rsp::from_hex(key.substr(0, slash)));
  return DataKey{std::move(aid), std::string(key.substr(std::min(slash + 1, key.size())))};
}

rsp::Error damaged(const Storage& storage, const std::string& key, const rsp::Error& cause) {
  return {.layer = rsp::Layer::kStorage,
          .path = key,
          .text = fmt::format("record {} of {} is damaged: {}", key, storage.name(), cause.text),
          .hint = "restore the file, or begin with a new card"};
}

bool is_installation_result(rsp::BytesView record) {
  constexpr std::uint8_t kFirst = 0xBF, kSecond = 0x37;  // ProfileInstallationResult::kTag
  return record.size() > 2 && record[0] == kFirst && record[1] == kSecond;
}

/// Records of earlier versions of this program are whole notifications, with the certificates.
rsp::Result<rsp::NotificationMetadata> metadata_of_record(rsp::BytesView record) {
  if (!is_installation_result(record)) {
    auto other = rsp::asn1::decode<OtherNotificationRecord>(record);
    if (other) return std::move(other->tbs.value);
  }
  RSP_TRY(rsp::PendingNotification pending, rsp::decode_pending_notification(record));
  return rsp::metadata_of(pending);
}

/// Puts one record into the state it belongs to.
rsp::Status read_record(NonVolatile& state, const std::string& key, const SharedOctets& octets) {
  const rsp::Bytes& value = *octets;
  if (key.starts_with(kProfilePrefix)) {
    RSP_TRY(ProfileRecord record, rsp::asn1::decode<ProfileRecord>(value));
    Profile& profile = state.profiles[record.aid];
    profile.aid = std::move(record.aid);
    profile.state = record.state;
    profile.nickname = std::move(record.nickname);
    profile.metadata = std::move(record.metadata);
    profile.dp_proprietary_data = std::move(record.dp_proprietary_data);
  } else if (key.starts_with(kPackagePrefix)) {
    RSP_TRY(rsp::Bytes aid, rsp::from_hex(std::string_view(key).substr(kPackagePrefix.size())));
    state.profiles[aid].package = octets;
  } else if (key.starts_with(kNotificationPrefix)) {
    RSP_TRY(rsp::NotificationMetadata metadata, metadata_of_record(value));
    state.notifications[metadata.seq_number] = {metadata, octets};
  } else if (key.starts_with(kFilePrefix)) {
    RSP_TRY(DataKey at, parse_data_key(kFilePrefix, key));
    RSP_TRY(state.data[at.aid].files[at.path], rsp::asn1::decode<FileData>(value));
  } else if (key.starts_with(kCodesPrefix)) {
    RSP_TRY(DataKey at, parse_data_key(kCodesPrefix, key));
    RSP_TRY(state.data[at.aid].codes, rsp::asn1::decode<CodesData>(value));
  } else if (key.starts_with(kOtaPrefix)) {
    RSP_TRY(DataKey at, parse_data_key(kOtaPrefix, key));
    RSP_TRY(state.data[at.aid].ota, rsp::asn1::decode<OtaCounters>(value));
  } else if (key.starts_with(kSqnPrefix)) {
    RSP_TRY(DataKey at, parse_data_key(kSqnPrefix, key));
    RSP_TRY(state.data[at.aid].sequence_numbers[at.path], rsp::asn1::decode<SqnData>(value));
  } else if (key == kSettingsKey) {
    RSP_TRY(state.settings, rsp::asn1::decode<Settings>(value));
  } else if (key == kOtpkKey) {
    RSP_TRY(OtpkRecord record, rsp::asn1::decode<OtpkRecord>(value));
    RSP_TRY(auto private_key,
            rsp::crypto::PrivateKey::from_scalar(record.curve, record.scalar, record.point));
    state.unused_otpk = UnusedOtpk{std::move(record.smdp_oid), std::move(private_key)};
  } else if (key == kLoadKey) {
    RSP_TRY(state.load_in_progress, rsp::asn1::decode<LoadInProgress>(value));
  } else if (key.starts_with(kCrlPrefix)) {
    RSP_TRY(auto crl, rsp::pki::Crl::parse(value));
    if (rsp::pki::crl_form_problem(crl) || crl_key(crl) != key)
      return rsp::failure({.text = "it is another CRL than its name says"});
    state.crls.emplace(key, std::move(crl));
  } else if (key != kCredentialsKey && key != kPersonaKey) {
    return rsp::failure({.text = "nothing is kept under this name"});
  }
  return {};
}

template <class T>
std::optional<rsp::Bytes> encoded(const std::map<std::string, T>& records,
                                  const std::string& path) {
  auto found = records.find(path);
  if (found == records.end()) return std::nullopt;
  return rsp::asn1::encode(found->second);
}

/// The same for a profile's data; nothing where the key is not of that kind.
std::optional<rsp::Bytes> write_data_record(const NonVolatile& state, const std::string& key) {
  auto record = [&](std::string_view prefix, auto encode) -> std::optional<rsp::Bytes> {
    auto at = parse_data_key(prefix, key);
    auto found = state.data.find(at->aid);
    if (found == state.data.end()) return std::nullopt;
    return encode(found->second, at->path);
  };
  if (key.starts_with(kFilePrefix)) {
    return record(kFilePrefix, [](auto& data, auto& path) { return encoded(data.files, path); });
  }
  if (key.starts_with(kSqnPrefix)) {
    return record(kSqnPrefix,
                  [](auto& data, auto& path) { return encoded(data.sequence_numbers, path); });
  }
  if (key.starts_with(kOtaPrefix)) {
    return record(kOtaPrefix,
                  [](auto& data, auto&) { return std::optional(rsp::asn1::encode(data.ota)); });
  }
  if (!key.starts_with(kCodesPrefix)) return std::nullopt;
  return record(kCodesPrefix,
                [](auto& data, auto&) { return std::optional(rsp::asn1::encode(data.codes)); });
}

/// The same for every record but packages and notifications, which are kept as they are stored.
std::optional<rsp::Bytes> write_small_record(const NonVolatile& state, const std::string& key) {
  if (key.starts_with(kProfilePrefix)) {
    auto aid = rsp::from_hex(std::string_view(key).substr(kProfilePrefix.size()));
    auto found = state.profiles.find(*aid);
    if (found == state.profiles.end()) return std::nullopt;
    const Profile& profile = found->second;
    return rsp::asn1::encode(ProfileRecord{profile.aid, profile.state, profile.nickname,
                                           profile.metadata, profile.dp_proprietary_data});
  }
  if (key == kSettingsKey) return rsp::asn1::encode(state.settings);
  if (key == kOtpkKey && state.unused_otpk) {
    const UnusedOtpk& otpk = *state.unused_otpk;
    return rsp::asn1::encode(OtpkRecord{otpk.smdp_oid, otpk.key.curve(), otpk.key.scalar(),
                                        otpk.key.public_key().point()});
  }
  if (key.starts_with(kCrlPrefix)) {
    auto found = state.crls.find(key);
    if (found == state.crls.end()) return std::nullopt;
    return rsp::to_bytes(found->second.der());
  }
  if (key == kLoadKey && state.load_in_progress) return rsp::asn1::encode(*state.load_in_progress);
  return write_data_record(state, key);
}

/// The value to store under a key, or nothing where the record is gone.
SharedOctets write_record(const NonVolatile& state, const std::string& key) {
  if (key.starts_with(kPackagePrefix)) {
    auto found =
        state.profiles.find(*rsp::from_hex(std::string_view(key).substr(kPackagePrefix.size())));
    return found == state.profiles.end() ? nullptr : found->second.package;
  }
  if (key.starts_with(kNotificationPrefix)) {
    auto number = rsp::from_hex(std::string_view(key).substr(kNotificationPrefix.size()));
    auto found = state.notifications.find(static_cast<std::uint32_t>(rsp::big_endian(*number)));
    return found == state.notifications.end() ? nullptr : found->second.record;
  }
  auto value = write_small_record(state, key);
  return value ? share(*std::move(value)) : nullptr;
}

}  // namespace

// --- State
// --------------------------------------------------------------------------------------------------------

const Profile* NonVolatile::find(const rsp::ProfileIdentifier& identifier) const {
  if (auto* aid = std::get_if<rsp::Aid>(&identifier)) {
    auto found = profiles.find(*aid);
    return found == profiles.end() ? nullptr : &found->second;
  }
  for (const auto& [aid, profile] : profiles) {
    if (profile.metadata.iccid == std::get<rsp::Iccid>(identifier)) return &profile;
  }
  return nullptr;
}

const Profile* NonVolatile::enabled_profile() const {
  for (const auto& [aid, profile] : profiles) {
    if (profile.state == rsp::ProfileState::kEnabled) return &profile;
  }
  return nullptr;
}

const ProfileData* NonVolatile::data_of(const rsp::Aid& aid) const {
  auto found = data.find(aid);
  return found == data.end() ? nullptr : &found->second;
}

std::size_t memory_of(const rsp::StoreMetadataRequest& metadata) {
  return kIsdPOctets + rsp::asn1::encode(metadata).size();
}

bool Notification::is_installation_result() const { return sim::is_installation_result(*record); }

std::optional<rsp::ProfileInstallationResult> Notification::installation_result() const {
  if (!is_installation_result()) return std::nullopt;
  auto result = rsp::asn1::decode<rsp::ProfileInstallationResult>(*record);
  if (!result) return std::nullopt;
  return *std::move(result);
}

rsp::Result<rsp::PendingNotification> pending_notification(const Notification& notification,
                                                           const Credentials& credentials) {
  if (!notification.is_installation_result()) {
    auto other = rsp::asn1::decode<OtherNotificationRecord>(*notification.record);
    if (other) {
      if (other->signing_identity >= credentials.signing.size())
        return rsp::failure({.layer = rsp::Layer::kStorage,
                             .text = "the card has lost the key that signed a notification"});
      const SigningIdentity& identity = credentials.signing[other->signing_identity];
      return rsp::OtherSignedNotification{std::move(other->tbs),
                                          std::move(other->signature),
                                          {rsp::to_bytes(identity.euicc.der())},
                                          {rsp::to_bytes(identity.eum.der())},
                                          {}};
    }
  }
  return rsp::decode_pending_notification(*notification.record);
}

std::size_t NonVolatile::memory_used() const {
  std::size_t used = memory_of_profiles_and_crls();
  for (const auto& [number, notification] : notifications) used += notification.record->size();
  return used;
}

std::size_t NonVolatile::memory_of_profiles_and_crls() const {
  std::size_t used = 0;
  for (const auto& [aid, profile] : profiles)
    used += profile.package->size() + memory_of(profile.metadata);
  for (const auto& [aid, changed] : data) {
    for (const auto& [path, file] : changed.files) used += file.grown.value_or(0);
  }
  for (const auto& [key, crl] : crls) used += crl.der().size();
  return used;
}

std::string crl_key(const rsp::pki::Crl& crl) {
  const rsp::pki::CrlExtensions& extensions = crl.extensions();
  std::string scope = "all";
  if (extensions.distribution_point) {
    auto digest = rsp::crypto::sha256(extensions.distribution_point->der);
    scope = rsp::to_hex(rsp::BytesView(digest).first(8));
  }
  std::string which = crl.is_delta() ? "delta" : fmt::format("{}-of-{}", crl.part(), crl.parts());
  return fmt::format("{}{}/{}/{}/{}", kCrlPrefix, rsp::to_hex(extensions.authority_key_id), scope,
                     rsp::pki::to_string(*extensions.number), which);
}

// --- Transaction
// --------------------------------------------------------------------------------------------------

template <class MapOf, class Key>
void Transaction::take_out(MapOf map_of, const Key& key) {
  auto node = map_of(state_).extract(key);
  undo_.push_back([map_of, key, node = std::move(node)](NonVolatile& state) mutable {
    auto& map = map_of(state);
    map.erase(key);
    if (node) map.insert(std::move(node));
  });
}

template <class MemberOf>
auto& Transaction::change(MemberOf member_of) {
  auto& member = member_of(state_);
  undo_.push_back([member_of, before = member](NonVolatile& state) mutable {
    member_of(state) = std::move(before);
  });
  return member;
}

void Transaction::undo() {
  for (; !undo_.empty(); undo_.pop_back()) undo_.back()(state_);
  touched_.clear();
}

rsp::Status Transaction::commit() {
  if (touched_.empty()) {
    undo_.clear();
    return {};
  }
  std::vector<StorageWrite> writes;
  for (const std::string& key : touched_) writes.push_back({key, write_record(state_, key)});
  if (auto stored = storage_.commit(writes); !stored) {
    undo();
    return stored;
  }
  undo_.clear();
  touched_.clear();
  return {};
}

namespace {

auto& profiles_of(NonVolatile& state) { return state.profiles; }
auto& data_of(NonVolatile& state) { return state.data; }
auto& notifications_of(NonVolatile& state) { return state.notifications; }
auto& crls_of(NonVolatile& state) { return state.crls; }

}  // namespace

void Transaction::put_profile(Profile profile) {
  if (!state_.profiles.contains(profile.aid)) touch(package_key(profile.aid));
  touch(profile_key(profile.aid));
  take_out(profiles_of, profile.aid);
  rsp::Bytes aid = profile.aid;
  state_.profiles.emplace(std::move(aid), std::move(profile));
}

void Transaction::erase_profile(const rsp::Aid& aid) {
  // The next profile may get this AID, and is not the one that ran before.
  if (state_.settings.before_test_profile == aid) set_before_test_profile(std::nullopt);
  touch(package_key(aid));
  touch(profile_key(aid));
  take_out(profiles_of, aid);
  auto data = state_.data.find(aid);
  if (data == state_.data.end()) return;
  for (const auto& [path, file] : data->second.files) touch(data_key(kFilePrefix, aid, path));
  for (const auto& [path, sqn] : data->second.sequence_numbers)
    touch(data_key(kSqnPrefix, aid, path));
  touch(ota_key(aid));
  touch(codes_key(aid));
  take_out(data_of, aid);
}

Settings& Transaction::change_settings() {
  touch(std::string(kSettingsKey));
  return change([](NonVolatile& state) -> Settings& { return state.settings; });
}

std::uint32_t Transaction::take_sequence_number() {
  return change_settings().next_sequence_number++;
}

void Transaction::put_notification(Notification notification) {
  std::uint32_t number = notification.metadata.seq_number;
  touch(notification_key(number));
  take_out(notifications_of, number);
  state_.notifications.emplace(number, std::move(notification));
}

void Transaction::erase_notification(std::uint32_t sequence_number) {
  touch(notification_key(sequence_number));
  take_out(notifications_of, sequence_number);
}

void Transaction::set_default_dp_address(std::string address) {
  change_settings().default_dp_address = std::move(address);
}

void Transaction::set_pending_switch(std::optional<PendingSwitch> pending) {
  if (!pending && !state_.settings.pending_switch) return;
  change_settings().pending_switch = std::move(pending);
}

void Transaction::set_before_test_profile(std::optional<rsp::Aid> aid) {
  if (state_.settings.before_test_profile == aid) return;
  change_settings().before_test_profile = std::move(aid);
}

ProfileData& Transaction::change_data(const rsp::Aid& aid) {
  auto [data, is_new] = state_.data.try_emplace(aid);
  if (is_new) undo_.push_back([aid](NonVolatile& state) { state.data.erase(aid); });
  return data->second;
}

void Transaction::put_file(const rsp::Aid& aid, const std::string& path, FileData file) {
  touch(data_key(kFilePrefix, aid, path));
  ProfileData& data = change_data(aid);
  take_out(
      [aid](NonVolatile & state) -> auto& { return state.data.at(aid).files; }, path);
  data.files.emplace(path, std::move(file));
}

void Transaction::put_codes(const rsp::Aid& aid, CodesData codes) {
  touch(codes_key(aid));
  change_data(aid);
  change([aid](NonVolatile & state) -> auto& { return state.data.at(aid).codes; }) =
      std::move(codes);
}

void Transaction::put_ota_counter(const rsp::Aid& aid, OtaCounter counter) {
  touch(ota_key(aid));
  change_data(aid);
  auto& counters =
      change([aid](NonVolatile & state) -> auto& { return state.data.at(aid).ota.counters; });
  std::erase_if(counters,
                [&](const OtaCounter& old) { return old.key_version == counter.key_version; });
  counters.push_back(counter);
}

void Transaction::put_sequence_numbers(const rsp::Aid& aid, const std::string& path, SqnData sqn) {
  touch(data_key(kSqnPrefix, aid, path));
  ProfileData& data = change_data(aid);
  take_out(
      [aid](NonVolatile & state) -> auto& { return state.data.at(aid).sequence_numbers; }, path);
  data.sequence_numbers.emplace(path, std::move(sqn));
}

void Transaction::set_unused_otpk(std::optional<UnusedOtpk> otpk) {
  if (!otpk && !state_.unused_otpk) return;
  touch(std::string(kOtpkKey));
  change([](NonVolatile & state) -> auto& { return state.unused_otpk; }) = std::move(otpk);
}

void Transaction::set_load_in_progress(std::optional<LoadInProgress> load) {
  if (!load && !state_.load_in_progress) return;
  touch(std::string(kLoadKey));
  change([](NonVolatile & state) -> auto& { return state.load_in_progress; }) = std::move(load);
}

void Transaction::put_crl(rsp::pki::Crl crl) {
  std::string key = crl_key(crl);
  touch(key);
  take_out(crls_of, key);
  state_.crls.emplace(std::move(key), std::move(crl));
}

void Transaction::erase_crl(const std::string& key) {
  touch(key);
  take_out(crls_of, key);
}

// --- Memory
// -------------------------------------------------------------------------------------------------------

rsp::Result<Memory> Memory::open(Storage& storage, const Persona& persona) {
  Memory memory(storage);
  memory.state_.settings.default_dp_address = persona.default_dp_address;
  memory.state_.settings.next_sequence_number = persona.first_sequence_number;
  RSP_TRY(StorageRecords records, storage.load());
  for (const auto& [key, value] : records) {
    if (auto read = read_record(memory.state_, key, value); !read)
      return rsp::failure(damaged(storage, key, read.error()));
  }
  for (const auto& [aid, profile] : memory.state_.profiles) {
    if (profile.package == nullptr || profile.aid != aid) {
      return rsp::failure(
          damaged(storage, profile_key(aid), {.text = "half of the profile is missing"}));
    }
  }
  for (const auto& [aid, data] : memory.state_.data) {
    if (!memory.state_.profiles.contains(aid)) {
      return rsp::failure(
          damaged(storage, codes_key(aid), {.text = "the profile that it belongs to is missing"}));
    }
  }
  return memory;
}

rsp::Error damaged_file(const Storage& storage, const rsp::Aid& profile, const std::string& path) {
  return damaged(storage, data_key(kFilePrefix, profile, path),
                 {.text = "it has another length than the file"});
}

// --- Credentials
// --------------------------------------------------------------------------------------------------

namespace {

/// Whether a card has been used. The persona is kept before the credentials are, so that a card
/// whose making was cut off has one.
bool has_a_past(const StorageRecords& records) {
  return std::ranges::any_of(records, [](const auto& entry) { return entry.first != kPersonaKey; });
}

rsp::Result<Credentials> credentials_of(rsp::BytesView value) {
  RSP_TRY(auto record, rsp::asn1::decode<CredentialsRecord>(value));
  std::vector<rsp::pki::Certificate> cis;
  for (const rsp::Bytes& der : record.trusted_cis) {
    RSP_TRY(auto ci, rsp::pki::Certificate::parse(der));
    cis.push_back(std::move(ci));
  }
  std::vector<SigningIdentity> signing;
  for (const IdentityRecord& identity : record.signing) {
    RSP_TRY(auto euicc, rsp::pki::Certificate::parse(identity.euicc));
    RSP_TRY(auto eum, rsp::pki::Certificate::parse(identity.eum));
    RSP_TRY(auto key, rsp::crypto::PrivateKey::from_der(identity.key));
    signing.push_back({std::move(euicc), std::move(eum), std::move(key), {}});
  }
  return make_credentials(std::move(cis), std::move(signing));
}

}  // namespace

rsp::Result<std::optional<Credentials>> load_credentials(Storage& storage) {
  RSP_TRY(StorageRecords records, storage.load());
  auto found = records.find(std::string(kCredentialsKey));
  if (found == records.end() && has_a_past(records))
    return rsp::failure(damaged(storage, std::string(kCredentialsKey), {.text = "it is missing"}));
  if (found == records.end()) return std::nullopt;
  auto credentials = credentials_of(*found->second);
  if (!credentials) return rsp::failure(damaged(storage, found->first, credentials.error()));
  return *std::move(credentials);
}

rsp::Status store_credentials(Storage& storage, const Credentials& credentials) {
  CredentialsRecord record;
  for (const auto& ci : credentials.trusted_cis)
    record.trusted_cis.push_back(rsp::to_bytes(ci.der()));
  for (const SigningIdentity& identity : credentials.signing) {
    record.signing.push_back({rsp::to_bytes(identity.euicc.der()),
                              rsp::to_bytes(identity.eum.der()), identity.key.to_pkcs8()});
  }
  StorageWrite write{std::string(kCredentialsKey), share(rsp::asn1::encode(record))};
  return storage.commit({&write, 1});
}

rsp::Result<std::optional<std::string>> load_persona_text(Storage& storage) {
  RSP_TRY(StorageRecords records, storage.load());
  auto found = records.find(std::string(kPersonaKey));
  if (found == records.end()) return std::nullopt;
  return std::string(rsp::text_of(*found->second));
}

rsp::Status store_persona_text(Storage& storage, std::string_view text) {
  StorageWrite write{std::string(kPersonaKey), share(rsp::to_bytes(rsp::view_of(text)))};
  return storage.commit({&write, 1});
}

}  // namespace sim
