// A Local Profile Assistant: from an activation code to an enabled profile and delivered
// notifications, over any road to a card and any road to a server (SGP.22 v2, 3.1 to 3.5).
#pragma once

#include <functional>

#include "lpa/activation_code.h"
#include "lpa/es10_client.h"
#include "lpa/es9_client.h"

namespace lpa {

/// A step of what takes time.
struct Progress {
  std::string step;
  /// Octets of the profile package that are on the card; both 0 in a step without a measure.
  std::size_t done = 0, total = 0;
};

/// What the end user is asked, and the defaults of somebody who has started a download on purpose.
struct UserInterface {
  /// The confirmation code, asked for when the activation code or the server wants one. Nothing:
  /// the user has none now.
  std::function<std::optional<std::string>()> confirmation_code = [] { return std::nullopt; };
  enum class Consent { kYes, kNo, kLater };
  /// Whether to download the profile that the metadata describes.
  std::function<Consent(const rsp::StoreMetadataRequest&)> consent = [](const auto&) {
    return Consent::kYes;
  };
  /// Whether to accept policy rules for which the card's rules authorisation table wants consent
  /// (SGP.22 2.9.2).
  std::function<Consent(const rsp::asn1::BitString& policy_rules)> policy_consent =
      [](const auto&) { return Consent::kYes; };
  std::function<void(const Progress&)> progress = [](const auto&) {};
};

/// What becomes of a command to the card whose outcome is in doubt.
enum class Persistence {
  /// It failed. For tests, which want each command once.
  kOnce,
  /// The card is asked whether it was carried out, and if it was not, what real cards need is
  /// tried:
  /// another way to name the profile, without REFRESH (field fault F45), after a reset (F44).
  kUntilDone,
};

struct LpaOptions {
  Es10Options es10;
  /// For one HTTPS call.
  std::chrono::milliseconds http_timeout = std::chrono::seconds(30);
  rsp::DeviceInfo device_info = default_device_info();
  Persistence persistence = Persistence::kOnce;
  rsp::TraceSink* trace = nullptr;

  /// A test device: TAC 35 29 06 11, LTE of release 15.
  static rsp::DeviceInfo default_device_info();
};

/// What a finished download left behind.
struct Download {
  rsp::StoreMetadataRequest metadata;
  rsp::Aid isdp_aid;
  std::uint32_t notification = 0;  // sequence number of the ProfileInstallationResult
};

/// What waits for an eUICC at an SM-DS (SGP.22 3.6).
struct Event {
  std::string id;      // EventID, the MatchingID at the server
  std::string server;  // an SM-DP+, or another SM-DS
};

/// One notification that a server acknowledged, or why it could not be delivered.
struct Delivery {
  rsp::NotificationMetadata metadata;
  std::optional<rsp::Error> error;
};

/// "install", "enable" ...; never throws, one card and one operation at a time.
class Lpa {
 public:
  Lpa(rsp::card::CardTransport& card, Es9& server, LpaOptions options = {});

  // --- The card (ES10a, ES10b, ES10c) ---
  rsp::Result<rsp::Eid> eid();
  rsp::Result<rsp::EuiccInfo1> info1();
  rsp::Result<rsp::EuiccInfo2> info2();
  rsp::Result<rsp::EuiccConfiguredAddressesResponse> addresses();
  rsp::Result<std::vector<rsp::ProfilePolicyAuthorisationRule>> rules_authorisation_table();
  rsp::Result<std::vector<rsp::ProfileInfo>> profiles();
  /// Enables a profile and resets the card, so that the switch takes effect. A profile that is
  /// enabled already is no error.
  rsp::Status enable(const rsp::ProfileIdentifier& profile);
  rsp::Status disable(const rsp::ProfileIdentifier& profile);
  rsp::Status remove(const rsp::ProfileIdentifier& profile);
  rsp::Status set_nickname(const rsp::Iccid& iccid, const std::string& nickname);
  rsp::Status set_default_smdp(const std::string& address);
  /// Passes a CRL on to the card and returns which parts of it are still missing (SGP.22 5.7.12).
  /// Error: kInput where the octets are not one SEQUENCE; kCard with the card's own code.
  rsp::Result<std::vector<std::int64_t>> load_crl(rsp::BytesView der);
  /// Deletes what the options say. Error: kCard with nothingToDelete where nothing matches.
  rsp::Status memory_reset(const rsp::asn1::BitString& options);

  // --- Download (SGP.22 3.1.2, 3.1.3) ---
  /// Downloads and installs. Whatever fails after the server was authenticated ends the session on
  /// the card, and at the server as far as it can be reached; the error is the first cause. The
  /// result waits on the card as a notification.
  rsp::Result<Download> download(const ActivationCode& code, const UserInterface& user = {});
  /// The same from the default SM-DP+ that the card names, without a MatchingID.
  rsp::Result<Download> download_from_default(const UserInterface& user = {});
  /// The same for an event that an SM-DS has named.
  rsp::Result<Download> download(const Event& event, const UserInterface& user = {});
  /// The events that wait at an SM-DS, by default the root SM-DS that the card names.
  rsp::Result<std::vector<Event>> discover(const std::optional<std::string>& smds = {},
                                           const UserInterface& user = {});

  // --- Notifications (SGP.22 3.5) ---
  rsp::Result<std::vector<rsp::NotificationMetadata>> notifications();
  /// Delivers what waits, in the order of sequence numbers for each address, and removes each once
  /// it was acknowledged. An address that does not acknowledge gets nothing more this time; the
  /// others go on. `since`: those with this sequence number and later ones only.
  rsp::Result<std::vector<Delivery>> deliver_notifications(std::uint32_t since = 0);
  rsp::Status remove_notification(std::uint32_t sequence_number);

  /// ES10 by itself, past the procedures of an LPA; over the same channel.
  Es10Client& es10() { return es10_; }
  /// Takes it that the card was reset or lost power behind our back.
  void forget_channel() { es10_.forget_channel(); }

  std::size_t apdu_count() const { return es10_.apdu_count(); }

 private:
  friend class Session;
  friend class DownloadSession;
  friend class ProfileSwitch;
  rsp::Deadline http_deadline() const {
    return rsp::Deadline::after(options_.http_timeout, options_.es10.interrupt);
  }
  rsp::Status deliver(const rsp::NotificationMetadata& metadata);

  Es9& es9_;
  LpaOptions options_;
  Es10Client es10_;
};

}  // namespace lpa
