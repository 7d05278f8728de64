// Which files belong to which service of a service table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rsp::saip {

/// One file of a service, by its IDs below the ADF.
struct ServiceFile {
  unsigned service = 0;  // counted from 1
  std::string_view name;
  std::uint16_t directory = 0;  // in the ADF; 0: the file is directly in it
  std::uint16_t id = 0;
  bool required = true;  // a service without it is none; otherwise the file only is no use without
};

/// Of EF.UST (3GPP TS 31.102, 4.2.8 and the files' clauses).
std::span<const ServiceFile> usim_service_files();
/// Of EF.IST (3GPP TS 31.103, 4.2.7).
std::span<const ServiceFile> isim_service_files();

}  // namespace rsp::saip
