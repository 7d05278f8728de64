#include "sim_euicc/isd_r.h"

namespace sim {

rsp::EuiccConfiguredAddressesResponse IsdR::get_configured_addresses(
    const rsp::EuiccConfiguredAddressesRequest&, Transaction& tx) {
  rsp::EuiccConfiguredAddressesResponse response;
  const std::string& address = tx.state().settings.default_dp_address;
  if (!address.empty()) response.default_dp_address = address;
  response.root_ds_address = persona_.root_ds_address;
  return response;
}

rsp::SetDefaultDpAddressResponse IsdR::set_default_dp_address(
    const rsp::SetDefaultDpAddressRequest& request, Transaction& tx) {
  tx.set_default_dp_address(request.default_dp_address);
  return {.set_default_dp_address_result = rsp::SetDefaultDpAddressResult::kOk};
}

}  // namespace sim
