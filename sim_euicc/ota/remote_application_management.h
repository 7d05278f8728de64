// Remote application management by an operator's security domain, as far as a profile needs it
// (ETSI TS 102 226, 8; GlobalPlatform Card Specification, 11): INSTALL [for personalization] that
// names the ISD-P and STORE DATA that reaches it, which is the road of ES6.UpdateMetadata
// (SGP.22 5.4.1).
#pragma once

#include "rsp/card/apdu.h"
#include "rsp/messages/es6.h"

namespace sim::ota {

/// The AID by which a profile names its own ISD-P, whatever AID the eUICC gave it (SGP.02 Annex H).
rsp::Aid reserved_isd_p_aid();

/// A command that STORE DATA assembles has at most this many octets.
inline constexpr std::size_t kMaxStoreData = 4096;

/// What the commands of a profile's operator reach.
class CommandSink {
 public:
  virtual ~CommandSink() = default;
  /// ES6.UpdateMetadata for the profile whose security domain received the command. The status word
  /// of the STORE DATA that completes it.
  virtual rsp::card::StatusWord update_metadata(const rsp::UpdateMetadataRequest& request) = 0;
  /// Any other command, for the application that `aid` names: one of remote file management, or one
  /// of remote application management that is not known here.
  virtual rsp::card::ResponseApdu execute(rsp::BytesView aid,
                                          const rsp::card::CommandApdu& command);
};

/// The commands of one script for a security domain. An application that is being personalised is
/// so until the last STORE DATA, or until the script ends.
class RemoteApplicationManagement {
 public:
  /// Both views outlive this.
  RemoteApplicationManagement(rsp::BytesView security_domain_aid, rsp::BytesView isd_p_aid,
                              CommandSink& sink)
      : security_domain_aid_(security_domain_aid), isd_p_aid_(isd_p_aid), sink_(sink) {}

  /// 6E00 and 6881 for a class of no use here, 6D00 for an unknown instruction; what INSTALL and
  /// STORE DATA answer is with them in the source.
  rsp::card::ResponseApdu execute(const rsp::card::CommandApdu& command);

 private:
  rsp::card::ResponseApdu install(const rsp::card::CommandApdu& command);
  rsp::card::StatusWord personalize(rsp::BytesView data);
  rsp::card::StatusWord store_data(const rsp::card::CommandApdu& command);
  rsp::card::StatusWord dispatch(rsp::BytesView command);
  void stop_personalizing();

  rsp::BytesView security_domain_aid_, isd_p_aid_;
  CommandSink& sink_;
  bool personalizing_ = false;
  rsp::Bytes stored_;           // blocks of STORE DATA so far
  std::size_t next_block_ = 0;  // the P2 that comes next
};

}  // namespace sim::ota
