// What a card remembers, and the one way to change it: a Transaction that Euicc::transmit commits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "rsp/crypto/ec.h"
#include "rsp/messages/es10b.h"
#include "rsp/messages/es10c.h"
#include "rsp/messages/es8.h"
#include "rsp/pki/crl.h"
#include "sim_euicc/persona.h"
#include "sim_euicc/profile_data.h"
#include "sim_euicc/storage.h"

namespace sim {

/// An ISD-P with its profile.
struct Profile {
  rsp::Aid aid;
  rsp::ProfileState state = rsp::ProfileState::kDisabled;
  std::string nickname;
  rsp::StoreMetadataRequest metadata;
  std::optional<rsp::DpProprietaryData> dp_proprietary_data;
  /// The profile package as it was loaded. Shared, because it never changes.
  SharedOctets package;
};

/// A notification that waits for the LPA. The certificates, which all of a card's have in common,
/// are not kept with each.
struct Notification {
  rsp::NotificationMetadata metadata;
  /// The result of a load as it was returned; of every other kind an OtherNotificationRecord.
  /// Shared with the storage.
  SharedOctets record;

  bool is_installation_result() const;
  /// The result of a load; nothing where it is of another kind.
  std::optional<rsp::ProfileInstallationResult> installation_result() const;
};

/// A notification of another kind as it is kept: what was signed, the signature, and whose it is.
struct OtherNotificationRecord {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "otherNotification";
  rsp::asn1::Signed<rsp::NotificationMetadata> tbs;
  rsp::Signature signature;
  std::uint32_t signing_identity = 0;  // index into Credentials::signing
  static void fields(auto&& f, auto& m) {
    f(rsp::NotificationMetadata::kTag, "tbsOtherNotification", m.tbs);
    f(rsp::kSignatureTag, "euiccNotificationSignature", m.signature);
    f(rsp::asn1::context(0), "signingIdentity", m.signing_identity);
  }
};

/// What an LPA gets: with the certificates again. Error: a record of an identity that the card does
/// not have.
rsp::Result<rsp::PendingNotification> pending_notification(const Notification& notification,
                                                           const Credentials& credentials);

/// A one-time key pair of a download that did not end, for reuse with the same SM-DP+
/// (SGP.22 3.1.3.2).
struct UnusedOtpk {
  rsp::asn1::Oid smdp_oid;
  rsp::crypto::PrivateKey key;
};

/// A load that has begun. Found at power-on, it was interrupted (SGP.22 ErrorReason 11).
struct LoadInProgress {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "loadInProgress";
  rsp::TransactionId transaction_id;
  std::string notification_address;
  rsp::asn1::Oid smdp_oid;
  std::uint32_t signing_identity = 0;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "transactionId", m.transaction_id);
    f(rsp::asn1::context(1), "notificationAddress", m.notification_address);
    f(rsp::asn1::context(2), "smdpOid", m.smdp_oid);
    f(rsp::asn1::context(3), "signingIdentity", m.signing_identity);
  }
};

/// A profile switch that takes effect with the terminal's answer to REFRESH, or at the next reset
/// (SGP.22 5.7.16, 5.7.17).
struct PendingSwitch {
  std::optional<rsp::Aid> enable;  // nothing: the running profile is only disabled
  rsp::asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(rsp::asn1::context(0), "enable", m.enable); }
};

struct Settings {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "settings";
  /// One counter for all notifications; it survives everything (SGP.22 3.5).
  std::uint32_t next_sequence_number = 1;
  std::string default_dp_address;
  std::optional<PendingSwitch> pending_switch;
  /// The operational profile that ran before a test profile was enabled (SGP.21 test profiles).
  std::optional<rsp::Aid> before_test_profile;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "nextSequenceNumber", m.next_sequence_number);
    f(rsp::asn1::context(1), "defaultDpAddress", m.default_dp_address);
    f(rsp::asn1::context(2), "pendingSwitch", m.pending_switch);
    f(rsp::asn1::context(3), "beforeTestProfile", m.before_test_profile);
  }
};

struct NonVolatile {
  std::map<rsp::Bytes, Profile> profiles;               // by AID
  std::map<rsp::Bytes, ProfileData> data;               // by AID, where something has changed
  std::map<std::uint32_t, Notification> notifications;  // by sequence number
  Settings settings;
  std::optional<UnusedOtpk> unused_otpk;
  std::optional<LoadInProgress> load_in_progress;
  std::map<std::string, rsp::pki::Crl> crls;  // by crl_key()

  const Profile* find(const rsp::ProfileIdentifier& identifier) const;
  const Profile* enabled_profile() const;
  /// What has changed in a profile since it was installed; null where nothing has.
  const ProfileData* data_of(const rsp::Aid& aid) const;
  /// Octets that are taken: by profiles, with their metadata and what their BER-TLV files have
  /// grown by, by notifications and by CRLs. The other files have their room since they were
  /// installed, so that writing them takes none.
  std::size_t memory_used() const;
  /// Of these, what does not come and go with notifications.
  std::size_t memory_of_profiles_and_crls() const;
};

/// Octets that an ISD-P takes beside its package and metadata: for its state, its nickname and what
/// the SM-DP+ may leave there (64 and 128 octets at most). Not specified; a round figure.
inline constexpr std::size_t kIsdPOctets = 256;
/// What an ISD-P takes before anything is loaded into it.
std::size_t memory_of(const rsp::StoreMetadataRequest& metadata);

/// The name under which a CRL is kept: CI, scope, number, and which part of the whole.
std::string crl_key(const rsp::pki::Crl& crl);

/// Changes that become real together when they are committed. They are made in the state itself, so
/// that reads see them at once and a commit copies nothing; what is not committed is undone. Of
/// transactions on one memory there is one at a time.
class Transaction {
 public:
  ~Transaction() { undo(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  const NonVolatile& state() const { return state_; }
  /// All of it or nothing. Error: as of the storage; then everything is undone.
  rsp::Status commit();

  /// State beside the memory that changes together with it: where the changes are undone, it is put
  /// back to what it is now. It must be there as long as the transaction.
  template <class T>
  void keep(T& state) {
    undo_.push_back([&state, before = state](NonVolatile&) mutable { state = std::move(before); });
  }

  void put_profile(Profile profile);
  void erase_profile(const rsp::Aid& aid);
  /// The sequence number for the next notification, used up by the call.
  std::uint32_t take_sequence_number();
  void put_notification(Notification notification);
  void erase_notification(std::uint32_t sequence_number);
  void set_default_dp_address(std::string address);
  void set_pending_switch(std::optional<PendingSwitch> pending);
  void set_before_test_profile(std::optional<rsp::Aid> aid);
  /// Part of a profile's data; the profile must be there.
  void put_file(const rsp::Aid& aid, const std::string& path, FileData file);
  void put_codes(const rsp::Aid& aid, CodesData codes);
  void put_ota_counter(const rsp::Aid& aid, OtaCounter counter);
  void put_sequence_numbers(const rsp::Aid& aid, const std::string& path, SqnData sqn);
  void set_unused_otpk(std::optional<UnusedOtpk> otpk);
  void set_load_in_progress(std::optional<LoadInProgress> load);
  void put_crl(rsp::pki::Crl crl);
  void erase_crl(const std::string& key);

 private:
  friend class Memory;
  Transaction(NonVolatile& state, Storage& storage) : state_(state), storage_(storage) {}
  void undo();
  void touch(std::string storage_key) { touched_.insert(std::move(storage_key)); }
  /// Takes what stands under a key out of a map, which `map_of` finds in the state, and puts it
  /// back when it comes to that.
  template <class MapOf, class Key>
  void take_out(MapOf map_of, const Key& key);
  /// The same for a member, which stays where it is.
  template <class MemberOf>
  auto& change(MemberOf member_of);
  Settings& change_settings();
  ProfileData& change_data(const rsp::Aid& aid);

  NonVolatile& state_;
  Storage& storage_;
  std::vector<std::move_only_function<void(NonVolatile&)>> undo_;  // the last one first
  std::set<std::string> touched_;                                  // storage keys
};

/// The card's memory: what is committed, and the storage behind it.
class Memory {
 public:
  /// Reads everything. An empty storage gives a card with these defaults. Error: Layer::kStorage
  /// naming the record.
  static rsp::Result<Memory> open(Storage& storage, const Persona& persona);

  const NonVolatile& state() const { return state_; }
  Transaction begin() { return {state_, *storage_}; }

 private:
  explicit Memory(Storage& storage) : storage_(&storage) {}
  Storage* storage_;
  NonVolatile state_;
};

/// Why a card is refused: what is kept of a file of a profile cannot be that file's content.
rsp::Error damaged_file(const Storage& storage, const rsp::Aid& profile, const std::string& path);

/// The credentials a storage was personalised with; nothing where it is a new card, in which
/// nothing is kept yet. Error: also for a card that has lost them.
rsp::Result<std::optional<Credentials>> load_credentials(Storage& storage);
rsp::Status store_credentials(Storage& storage, const Credentials& credentials);

/// The persona that a card was made with, as a text that the card keeps and does not read; nothing
/// where none was kept.
rsp::Result<std::optional<std::string>> load_persona_text(Storage& storage);
rsp::Status store_persona_text(Storage& storage, std::string_view text);

}  // namespace sim
