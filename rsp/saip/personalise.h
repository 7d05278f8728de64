// Profile packages as templates: what differs from subscription to subscription is put into a
// package that has the rest.
#pragma once

#include <functional>
#include <map>
#include <span>

#include "rsp/saip/package.h"

namespace rsp::saip {

/// What one subscription has of its own. What is not said stays as the template has it.
struct ProfileValues {
  std::optional<std::string> iccid;   // 18 to 20 digits
  std::optional<std::string> imsi;    // 6 to 15 digits
  std::optional<std::string> msisdn;  // up to 20 digits, + before international ones
  std::optional<Bytes> k;             // 16 octets, of TUAK also 32
  std::optional<Bytes> opc;           // OPc of Milenage: 16 octets; TOPc of TUAK: 32
  // 4 to 8 digits, or 16 hexadecimal ones.
  std::optional<std::string> pin1, puk1, pin2, puk2, adm1;
};

/// Whether every value is one of its kind. Error: Layer::kInput with the value's name as path.
Status check_values(const ProfileValues& values);

/// The template with the values in it: the ICCID in header and EF.ICCID; the IMSI in EF.IMSI of its
/// one USIM, in EF.ACC, and in the identities of an ISIM that were made of the template's IMSI; K
/// and OPc in every PE-AKAParameter that has keys of its own; PINs and PUKs wherever they are.
/// Where an element of the template has a file with records, its other records stay. Files that
/// PE-GenericFileManagement creates are no place for a value. Error: Layer::kInput with the value's
/// name as path, for a bad value and for one that the template has no place for; K alone is bad,
/// since OPc depends on it.
Result<ProfilePackage> personalise(const ProfilePackage& profile_template,
                                   const ProfileValues& values);

/// Whether the last digit is the check digit of the others (ISO/IEC 7812-1, Luhn). A number of 18
/// digits has none, and passes.
bool has_good_check_digit(std::string_view iccid_digits);

/// How a subscriber's OPc is made of K and of the operator's OP; rsp::crypto::milenage_opc does it.
using OpcFunction = std::function<Octets<16>(const Octets<16>& k, const Octets<16>& op)>;

/// A value as a person writes it, under its name: "imsi", "001010000000001".
using NamedText = std::pair<std::string, std::string>;
/// Names of values: iccid, imsi, msisdn, k, opc, op, pin1, puk1, pin2, puk2, adm1.
std::span<const std::string_view> value_names();
/// Values as people write them; keys are in hexadecimal. op goes through `opc_of` with K. Error:
/// Layer::kInput with the value's name as path; also for a name that is none.
Result<ProfileValues> read_values(std::span<const NamedText> texts, const OpcFunction& opc_of);

/// One line of a batch.
struct ProfileRow {
  std::size_t line = 0;
  ProfileValues values;
  /// What stands in further columns, by their names; empty fields are left out.
  std::map<std::string, std::string, std::less<>> further;
};
struct ProfileBatch {
  std::vector<ProfileRow> rows;
  std::vector<std::string> warnings;  // ICCIDs with a wrong check digit, with their lines

  /// Whether a template has to have a place for a telephone number.
  bool has_msisdn() const;
};

/// "line 3, column imsi": where something is in a batch, as its errors have it.
std::string place_in_csv(std::size_t line, std::string_view column);

/// A batch in CSV (RFC 4180). The first record names the columns, in any order and in either case:
/// iccid, which must be there, the other value_names(), ki for k, and those of `further`, which are
/// the caller's to read. An empty field is a value that is not said. Error: Layer::kInput with
/// place_in_csv() as path; also for an ICCID or IMSI that is there twice.
Result<ProfileBatch> parse_profile_csv(std::string_view text, const OpcFunction& opc_of,
                                       std::span<const std::string_view> further = {});

/// A package for each row: all or none. Error: as of personalise(), with place_in_csv() as path.
Result<std::vector<ProfilePackage>> personalise(const ProfilePackage& profile_template,
                                                const ProfileBatch& batch);

}  // namespace rsp::saip
