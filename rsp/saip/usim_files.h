// Descriptors, access rules and contents of the files of a USIM (ETSI TS 102 221, 3GPP TS 31.102).
#pragma once

#include "rsp/saip/file.h"

namespace rsp::saip {

// --- Descriptors ---

/// What differs from file to file in a descriptor that says everything.
struct EfKind {
  std::uint16_t id = 0;
  std::uint8_t sfi = 0;          // 0: none
  std::uint8_t access_rule = 1;  // record of the EF.ARR in charge
  bool often_updated = false;
};
enum class ArrLevel : std::uint16_t { kMf = 0x2F06, kAdf = 0x6F06 };

/// securityAttributesReferenced with the EF.ARR spelled out.
Bytes access_reference(ArrLevel level, std::uint8_t rule);
Fcp transparent_ef(ArrLevel level, const EfKind& kind, std::size_t size);
Fcp linear_fixed_ef(ArrLevel level, const EfKind& kind, std::size_t record, std::size_t count);
/// A descriptor followed by content from the file's start on.
File file_of(Fcp fcp, Bytes content);

// --- Access rules (ETSI TS 102 221, 9.2) ---

/// Who may do something: everybody, or who presented a PIN by its reference.
inline constexpr std::uint8_t kEverybody = 0;
struct AccessRule {
  std::uint8_t access_mode;  // 01 read, 02 update, 58 delete, activate and deactivate
  std::uint8_t who;
};
/// A record of EF.ARR. The holder of the key ADM1 may resize, whatever else is said.
Bytes arr_record(std::initializer_list<AccessRule> rules);
/// An EF.ARR with records of equal length.
File arr_file(ArrLevel level, const EfKind& kind, const std::vector<Bytes>& records);

// --- Contents (3GPP TS 31.102, 4.2) ---

/// Nine octets. Error: no 6 to 15 digits.
Result<Bytes> ef_imsi(std::string_view digits);
/// MCC and MNC as in location areas: 001/01 is 00 F1 10. The IMSI must have passed ef_imsi.
Octets<3> plmn_of(std::string_view imsi, std::size_t mnc_length);
/// The access class of an ordinary subscriber, by the last digit of the IMSI (3GPP TS 22.011, 4.2).
Bytes ef_acc(std::string_view imsi);
/// Seventeen octets, in the SIM's 7-bit alphabet or else in UCS2. Error: what does not fit, or is
/// no UTF-8.
Result<Bytes> ef_spn(std::string_view name);
inline constexpr std::size_t kMsisdnRecord = 24;
/// A record of EF.MSISDN without a name. Error: no 1 to 20 digits after an optional +.
Result<Bytes> ef_msisdn(std::string_view number);
/// The services as bits, in 17 octets; the first service has number 1 (4.2.8).
Bytes ef_ust(std::initializer_list<unsigned> services);
/// A record of EF.DIR (ETSI TS 102 221, 13.1).
Bytes dir_record(BytesView aid, std::string_view label);

/// The eight octets of a PIN, PUK or ADM key: 4 to 8 digits, or 16 hexadecimal digits. `name` is
/// for the error.
Result<Octets<8>> code_value(std::string_view name, std::string_view text);

}  // namespace rsp::saip
