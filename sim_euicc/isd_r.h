// The ISD-R: ES10a, ES10b, ES10c and ES8+ behind STORE DATA. A bytes shell around typed handlers.
#pragma once

#include "rsp/card/apdu.h"
#include "rsp/messages/es10a.h"
#include "rsp/messages/es10b.h"
#include "rsp/messages/es10c.h"
#include "rsp/pki/certificate.h"
#include "sim_euicc/answer.h"
#include "sim_euicc/cat.h"
#include "sim_euicc/env.h"
#include "sim_euicc/non_volatile.h"
#include "sim_euicc/persona.h"
#include "sim_euicc/session.h"

namespace sim {

/// The functions of ES10 by their names, "ES10b.AuthenticateServer".
std::vector<std::string_view> es10_functions();

/// Handlers check, then change through the transaction, then answer; they neither parse nor commit.
class IsdR {
 public:
  IsdR(const Persona& persona, const Credentials& credentials, const Cat& cat, const Env& env)
      : persona_(persona),
        credentials_(credentials),
        cat_(cat),
        random_(env.random),
        trace_(env.trace),
        seam_(env.seam),
        packages_(env.packages) {}

  /// One complete command, assembled from STORE DATA blocks: an ES10 command, or a segment of a
  /// BPP. `channel` is the number of one opening of a logical channel.
  Answer handle(rsp::BytesView command, std::uint32_t channel, Transaction& tx);
  /// Power was lost or the card was reset: the session is gone, a load that had begun was
  /// interrupted, and a profile switch that was pending takes effect.
  void power_on(Transaction& tx);
  /// The terminal has carried out REFRESH: a profile switch that was pending takes effect.
  void carry_out_switch(Transaction& tx);
  /// A terminal session begins: a switch that is still pending begins anew.
  void resume_switch(Transaction& tx);
  /// Whether the last command wants a REFRESH to be sent; asked once, after its changes are kept.
  bool take_refresh() { return std::exchange(refresh_, false); }
  /// Whether a Bound Profile Package may come or is coming.
  bool loading() const {
    return std::holds_alternative<DownloadPrepared>(session_) ||
           std::holds_alternative<Installing>(session_);
  }
  /// What the last command has done, by its name in TimingProfile::work; empty where nothing of
  /// that kind. Asked once.
  std::string_view take_work() { return std::exchange(work_, {}); }
  /// The FCI that SELECT by this AID, or the beginning of it, answers (SGP.22 5.7.1).
  rsp::Bytes fci(rsp::BytesView aid) const;

  // ES10a
  rsp::EuiccConfiguredAddressesResponse get_configured_addresses(
      const rsp::EuiccConfiguredAddressesRequest&, Transaction&);
  rsp::SetDefaultDpAddressResponse set_default_dp_address(const rsp::SetDefaultDpAddressRequest&,
                                                          Transaction&);
  // ES10b
  rsp::EuiccInfo1 get_euicc_info1(const rsp::GetEuiccInfo1Request&, Transaction&);
  rsp::EuiccInfo2 get_euicc_info2(const rsp::GetEuiccInfo2Request&, Transaction&);
  rsp::GetEuiccChallengeResponse get_euicc_challenge(const rsp::GetEuiccChallengeRequest&,
                                                     Transaction&);
  rsp::AuthenticateServerResponse authenticate_server(const rsp::AuthenticateServerRequest&,
                                                      Transaction&);
  rsp::PrepareDownloadResponse prepare_download(const rsp::PrepareDownloadRequest&, Transaction&);
  rsp::CancelSessionResponse cancel_session(const rsp::CancelSessionRequest&, Transaction&);
  rsp::ListNotificationResponse list_notification(const rsp::ListNotificationRequest&,
                                                  Transaction&);
  rsp::RetrieveNotificationsListResponse retrieve_notifications_list(
      const rsp::RetrieveNotificationsListRequest&, Transaction&);
  rsp::NotificationSentResponse remove_notification_from_list(const rsp::NotificationSentRequest&,
                                                              Transaction&);
  rsp::LoadCrlResponse load_crl(const rsp::LoadCrlRequest&, Transaction&);
  rsp::GetRatResponse get_rat(const rsp::GetRatRequest&, Transaction&);
  // ES10c
  rsp::ProfileInfoListResponse get_profiles_info(const rsp::ProfileInfoListRequest&, Transaction&);
  rsp::EnableProfileResponse enable_profile(const rsp::EnableProfileRequest&, Transaction&);
  rsp::DisableProfileResponse disable_profile(const rsp::DisableProfileRequest&, Transaction&);
  rsp::DeleteProfileResponse delete_profile(const rsp::DeleteProfileRequest&, Transaction&);
  rsp::EuiccMemoryResetResponse memory_reset(const rsp::EuiccMemoryResetRequest&, Transaction&);
  rsp::GetEuiccDataResponse get_eid(const rsp::GetEuiccDataRequest&, Transaction&);
  rsp::SetNicknameResponse set_nickname(const rsp::SetNicknameRequest&, Transaction&);

  const Session& session() const { return session_; }
  void drop_session() { session_ = NoSession{}; }

 private:
  /// handle() without the seam.
  Answer dispatch(rsp::BytesView command, std::uint32_t channel, Transaction& tx);

  using AuthenticateOutcome =
      std::expected<rsp::AuthenticateResponseOk, rsp::AuthenticateErrorCode>;
  using PrepareOutcome = std::expected<rsp::PrepareDownloadResponseOk, rsp::DownloadErrorCode>;

  AuthenticateOutcome authenticate(const rsp::AuthenticateServerRequest& request,
                                   const Transaction& tx);
  PrepareOutcome prepare(const rsp::PrepareDownloadRequest& request, const Authenticated& server,
                         Transaction& tx);
  /// A key pair on the curve of CERT.DPpb: the one the server offers again where we still have it,
  /// or a new one.
  rsp::crypto::PrivateKey otpk_for(const rsp::SmdpSigned2& signed2, const Authenticated& server,
                                   rsp::crypto::Curve curve, Transaction& tx);

  using LoadCrlOutcome = std::expected<rsp::LoadCrlResponseOk, rsp::LoadCrlError>;
  LoadCrlOutcome take_crl(rsp::BytesView der, Transaction& tx);

  // ES8+, in bpp_loader.cc: each takes one segment and returns nothing, or why the load failed.
  struct LoadFailure {
    rsp::BppCommandId command;
    rsp::ErrorReason reason;
    std::optional<rsp::Bytes> sima_response = std::nullopt;
  };
  using LoadOutcome = std::expected<void, LoadFailure>;
  Answer load_segment(rsp::BytesView segment, std::uint32_t channel, Transaction& tx);
  /// load_segment(), and what the segment was for.
  Answer load_and_name(rsp::BytesView segment, std::uint32_t channel, Transaction& tx);
  LoadOutcome initialise_secure_channel(rsp::BytesView segment, std::uint32_t channel,
                                        Transaction& tx);
  LoadOutcome continue_load(Installing& load, rsp::BytesView segment, const Transaction& tx);
  LoadOutcome configure_isdp(Installing& load, rsp::BytesView segment);
  LoadOutcome announce_list(Installing& load, rsp::BytesView header, rsp::BppCommandId command,
                            LoadStage next, const Transaction& tx);
  LoadOutcome store_metadata(Installing& load, rsp::BytesView segment, const Transaction& tx);
  LoadOutcome check_metadata(const rsp::StoreMetadataRequest& metadata,
                             const Transaction& tx) const;
  bool ppr_allowed(const rsp::StoreMetadataRequest& metadata, const Transaction& tx) const;
  LoadOutcome replace_session_keys(Installing& load, rsp::BytesView segment);
  LoadOutcome load_profile_elements(Installing& load, rsp::BytesView segment,
                                    const Transaction& tx);
  LoadOutcome install(Installing& load, const Transaction& tx) const;
  LoadOutcome check_image(const Installing& load, const ProfileImage& image) const;
  Answer finish_load(Transaction& tx);
  Answer fail_load(const Authenticated& server, const std::optional<rsp::Iccid>& iccid,
                   const LoadFailure& failure, Transaction& tx);
  rsp::Bytes record_installation_result(const Authenticated& server,
                                        const std::optional<rsp::Iccid>& iccid,
                                        std::variant<rsp::SuccessResult, rsp::ErrorResult> result,
                                        Transaction& tx);
  rsp::Aid free_isd_p_aid(const Transaction& tx) const;

  /// Whether this card has a function of the table at all.
  bool offers(rsp::asn1::Tag command) const;
  /// The CI with this key identifier, if this card trusts it.
  const rsp::pki::Certificate* trusted_ci(rsp::BytesView key_id) const;
  /// The CI that a certificate names as its issuer, if this card trusts it.
  const rsp::pki::Certificate* issuer_of(const rsp::pki::Certificate& certificate) const;
  /// Octets that are left, where so many of those that are taken become free first.
  std::size_t free_memory(const Transaction& tx, std::size_t freed = 0) const;
  rsp::EuiccInfo2 euicc_info2(const Transaction& tx) const;
  /// How many notifications an event of a profile makes, and whether so many more may wait.
  static std::size_t notifications_of(const Profile& profile, rsp::NotificationBit event);
  bool can_notify(std::size_t count, const Transaction& tx) const;
  /// Erases the oldest results of loads until there is room for one more notification, and for so
  /// many octets, or none is left.
  void make_room_for_notification(std::size_t octets, Transaction& tx) const;
  /// One notification for each address that the profile wants told of this event (SGP.22 3.5).
  void notify(const Profile& profile, rsp::NotificationBit event, Transaction& tx);
  // Profile switches, in es10c.cc.
  enum class Refresh : std::uint8_t { kNo, kYes };
  /// Whether a switch has to wait: a proactive command is being carried out, or a switch is
  /// pending.
  bool cat_busy(const Transaction& tx);
  rsp::EnableResult check_enable(const rsp::EnableProfileRequest& request, const Profile* target,
                                 const Transaction& tx);
  /// At once, or when the terminal has answered REFRESH.
  void begin_switch(std::optional<rsp::Aid> enable, Refresh refresh, Transaction& tx);
  /// The profile that runs after a switch; nothing where none does.
  static const Profile* after_switch(const std::optional<rsp::Aid>& enable, const Transaction& tx);
  /// Whether the notifications of a switch find room.
  bool can_switch(const std::optional<rsp::Aid>& enable, const Transaction& tx) const;
  /// Another profile runs, or none: states, notifications, and what a test profile leaves to do.
  void switch_to(const std::optional<rsp::Aid>& enable, Transaction& tx);
  /// Quirk F60: the fallback profile is enabled again.
  void fall_back(Transaction& tx);
  /// Disables or enables one profile and records that.
  void set_state(const Profile& profile, rsp::ProfileState state, Transaction& tx);
  void step(std::string name, std::string detail) const;

  const Persona& persona_;
  const Credentials& credentials_;
  const Cat& cat_;
  rsp::Random& random_;
  rsp::TraceSink* trace_;
  Seam* seam_;
  PackagePool* packages_;
  Session session_;
  std::string_view work_;         // what take_work() gives
  bool refresh_ = false;          // what take_refresh() gives
  bool waits_for_reset_ = false;  // quirks F41 and F42
  unsigned busy_answers_ = 0;     // quirk F44: how often catBusy was answered
};

}  // namespace sim
