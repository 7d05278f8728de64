// Profile packages from a few parameters: small, and complete enough for a real card.
#pragma once

#include "rsp/saip/package.h"

namespace rsp::saip {

/// What makes one subscription differ from the next. The defaults suit a laboratory network, never
/// a real one.
struct ProfileParameters {
  std::string iccid_digits = "8988211000000000019";  // 18 to 20; the check digit is not checked
  std::string imsi = "001010000000001";              // 6 to 15 digits
  // Test set 1 of 3GPP TS 35.208.
  Octets<16> k{0x46, 0x5B, 0x5C, 0xE8, 0xB1, 0x99, 0xB4, 0x9F,
               0xAA, 0x5F, 0x0A, 0x2E, 0xE2, 0x38, 0xA6, 0xBC};
  Octets<16> opc{0xCD, 0x63, 0xCB, 0x71, 0x95, 0x4A, 0x9F, 0x4E,
                 0x48, 0xA5, 0x99, 0x4E, 0x37, 0xA0, 0x2B, 0xAF};
  std::string profile_type = "esimbench test profile";  // 1 to 100 octets of UTF-8
  std::optional<std::string> service_provider_name;     // 16 plain characters, or 7 of any alphabet
  std::size_t mnc_length = 2;                           // 2 or 3 digits after the MCC
  std::optional<std::string> msisdn;  // up to 20 digits, + before international ones
  // 4 to 8 digits, or 16 hexadecimal ones. PIN1 is disabled, so that a module registers without it.
  std::string pin1 = "0000", puk1 = "11111111";
  std::string pin2 = "0000", puk2 = "22222222";
  std::string adm1 = "55555555";
  /// Octets of one more file, 2F50 under the MF, to bring a package to the size of those that
  /// operators use; up to 65535, none by default.
  std::size_t filler = 0;
  /// Every OTA key of the security domain (SCP80, key version 1, AES).
  Octets<16> ota_key{0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                     0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F};
};

/// The AID of the made profile's USIM.
ApplicationId made_usim_aid();

/// A package with one USIM and Milenage: header, mf, pukCodes, pinCodes, usim, opt-usim where there
/// is an MSISDN, pinCodes, akaParameter, securityDomain, two rfm, end. It says version 2.3, which
/// eUICCs of 2.x and 3.x take. Error: Layer::kInput with the parameter's name as path.
Result<ProfilePackage> make_package(const ProfileParameters& parameters);
/// The same, encoded.
Result<Bytes> make_profile(const ProfileParameters& parameters);

}  // namespace rsp::saip
