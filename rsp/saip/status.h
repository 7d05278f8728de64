// What an eUICC reports about the installation of a package: simaResponse, ppiResponse (E.7).
#pragma once

#include "rsp/base/result.h"
#include "rsp/saip/header.h"

namespace rsp::saip {

/// Also 6xxx and 9xxx as numbers are status words of ISO 7816, and 40960 to 65535 are proprietary.
enum class PeStatusCode : std::int32_t {
  kOk = 0,
  kPeNotSupported = 1,
  kMemoryFailure = 2,
  kBadValues = 3,
  kNotEnoughMemory = 4,
  kInvalidRequestFormat = 5,
  kInvalidParameter = 6,
  kRuntimeNotSupported = 7,
  kLibNotSupported = 8,
  kTemplateNotSupported = 9,
  kFeatureNotSupported = 10,
  kPinCodeMissing = 11,
  kUnsupportedProfileVersion = 31
};
constexpr auto enum_names(PeStatusCode) {
  using enum PeStatusCode;
  return asn1::named<PeStatusCode>({{kOk, "ok"},
                                    {kPeNotSupported, "pe-not-supported"},
                                    {kMemoryFailure, "memory-failure"},
                                    {kBadValues, "bad-values"},
                                    {kNotEnoughMemory, "not-enough-memory"},
                                    {kInvalidRequestFormat, "invalid-request-format"},
                                    {kInvalidParameter, "invalid-parameter"},
                                    {kRuntimeNotSupported, "runtime-not-supported"},
                                    {kLibNotSupported, "lib-not-supported"},
                                    {kTemplateNotSupported, "template-not-supported"},
                                    {kFeatureNotSupported, "feature-not-supported"},
                                    {kPinCodeMissing, "pin-code-missing"},
                                    {kUnsupportedProfileVersion, "unsupported-profile-version"}});
}

/// Whether a finding ends the installation or only accompanies it.
enum class Consequence : std::uint8_t { kAborts, kWarns };

/// PEStatus, with what a person wants to know beside it.
struct PeStatus {
  PeStatusCode status = PeStatusCode::kOk;
  std::optional<std::uint16_t> identification;
  std::optional<std::uint8_t> additional_information;
  std::optional<std::uint32_t> offset;  // of the part at fault, in its profile element
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "status", m.status);
    f(asn1::context(1), "identification", m.identification);
    f(asn1::context(2), "additional-information", m.additional_information);
    f(asn1::context(3), "offset", m.offset);
  }

  // Not on the wire.
  std::string text;         // what is wrong, as a sentence
  std::size_t element = 0;  // the index of the profile element in the package
  Consequence consequence = Consequence::kAborts;
};

/// EUICCResponse.
struct EuiccResponse {
  static constexpr asn1::Tag kTag = asn1::kSequence;
  static constexpr std::string_view kName = "eUICCResponse";
  std::vector<PeStatus> pe_status;
  std::optional<asn1::Null> profile_installation_aborted;
  std::optional<asn1::TextOf<2, 64>> status_message;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "peStatus", m.pe_status, Each{asn1::kSequence});
    f(asn1::context(1), "profileInstallationAborted", m.profile_installation_aborted);
    f(asn1::context(2), "statusMessage", m.status_message);
  }
};

Bytes encode_response(const EuiccResponse& response);
Result<EuiccResponse> decode_response(BytesView der);

/// The report of an installation with these findings. An eUICC stops at the first profile element
/// that fails, so nothing after the first finding that aborts is in it. Without findings it is "ok"
/// alone: 30 07 A0 05 30 03 80 01 00.
EuiccResponse response_for(const std::vector<PeStatus>& findings);

}  // namespace rsp::saip
