// ES10a: addresses of servers (SGP.22 v2, 5.7.3 and 5.7.4).
#pragma once

#include "rsp/messages/common.h"

namespace rsp {

/// ES10a.GetEuiccConfiguredAddresses (5.7.3).
struct EuiccConfiguredAddressesResponse {
  static constexpr asn1::Tag kTag = asn1::context(60);  // BF3C
  static constexpr std::string_view kName = "euiccConfiguredAddressesResponse";
  std::optional<std::string> default_dp_address;
  std::string root_ds_address;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "defaultDpAddress", m.default_dp_address);
    f(asn1::context(1), "rootDsAddress", m.root_ds_address);
  }
};
struct EuiccConfiguredAddressesRequest {
  using Response = EuiccConfiguredAddressesResponse;
  static constexpr std::string_view kFunction = "ES10a.GetEuiccConfiguredAddresses";
  static constexpr asn1::Tag kTag = asn1::context(60);
  static constexpr std::string_view kName = "euiccConfiguredAddressesRequest";
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};

enum class SetDefaultDpAddressResult { kOk = 0, kUndefinedError = 127 };
constexpr auto enum_names(SetDefaultDpAddressResult) {
  using enum SetDefaultDpAddressResult;
  return asn1::named<SetDefaultDpAddressResult>({{kOk, "ok"}, {kUndefinedError, "undefinedError"}});
}
/// ES10a.SetDefaultDpAddress (5.7.4). An empty address clears it.
struct SetDefaultDpAddressResponse {
  static constexpr asn1::Tag kTag = asn1::context(63);  // BF3F
  static constexpr std::string_view kName = "setDefaultDpAddressResponse";
  SetDefaultDpAddressResult set_default_dp_address_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "setDefaultDpAddressResult", m.set_default_dp_address_result);
  }
};
struct SetDefaultDpAddressRequest {
  using Response = SetDefaultDpAddressResponse;
  static constexpr std::string_view kFunction = "ES10a.SetDefaultDpAddress";
  static constexpr asn1::Tag kTag = asn1::context(63);
  static constexpr std::string_view kName = "setDefaultDpAddressRequest";
  std::string default_dp_address;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "defaultDpAddress", m.default_dp_address);
  }
};

}  // namespace rsp
