// What a package says about itself, for people.
#pragma once

#include "rsp/saip/package.h"

namespace rsp::saip {

/// Null where the package has none.
const ProfileHeader* header_of(const ProfilePackage& package);

/// The digits of the header's ICCID.
std::string iccid_digits(const ProfileHeader& header);
/// As in EF.ICCID and in the metadata of SGP.22: nibbles swapped.
Octets<10> swapped_iccid(const ProfileHeader& header);

/// "header", "mf", ...
std::vector<std::string> element_names(const ProfilePackage& package);

/// The digits of a content of EF.IMSI (3GPP TS 31.102, 4.2.2). Nothing where it is none.
std::optional<std::string> imsi_digits(BytesView ef_imsi);
/// Of the first USIM. Nothing where there is none or its EF.IMSI cannot be read.
std::optional<std::string> first_imsi(const ProfilePackage& package);

/// One PE-AKAParameter. Keys are not in it, since a summary is shown to anybody.
struct AkaSummary {
  std::uint16_t identification = 0;
  std::string application;  // "usim", "isim": the one before it; empty: none
  /// "milenage", "tuak", "usim-test-algorithm", "mappingParameter"
  std::string algorithm;
  bool has_key = false, has_opc = false;  // not empty
};
std::vector<AkaSummary> aka_summaries(const ProfilePackage& package);
/// The USIM test algorithm is for test profiles only (SGP.22,
/// testProfileInstallFailedDueToInvalidNaaKey).
bool has_test_algorithm(const ProfilePackage& package);

}  // namespace rsp::saip
