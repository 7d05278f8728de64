// The CRLs of testbeds: what scenarios load into a card.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rsp/crypto/ec.h"

namespace hil {

/// The DER of a CRL by name, issued on the epoch by the CI of the curve (see certificates.h): in
/// rising order of their numbers "empty", "dpAuth", "dpPb" and "ci", which revoke that certificate,
/// "part1" and "part2" of one list, "delta" and "later"; and wrong ones. Empty where there is none
/// of that name.
rsp::Bytes testbed_crl(rsp::crypto::Curve curve, std::string_view name);
std::vector<std::string> testbed_crl_names();

}  // namespace hil
