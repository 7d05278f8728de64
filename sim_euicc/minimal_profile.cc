#include "sim_euicc/minimal_profile.h"

#include "rsp/base/hex.h"
#include "rsp/saip/codes.h"
#include "rsp/saip/summary.h"
#include "rsp/saip/templates.h"
#include "rsp/saip/usim_files.h"

namespace sim {
namespace {

using rsp::Bytes;
using rsp::saip::Fcp;
using rsp::saip::File;

constexpr rsp::Octets<2> kAdfId{0x7F, 0xF0};

/// RID of 3GPP, and the PIX that the header has (3GPP TS 31.102, 7.1).
rsp::saip::ApplicationId usim_aid(const rsp::saip::IotOptions& options) {
  Bytes aid{0xA0, 0x00, 0x00, 0x00, 0x87};
  rsp::append(aid, options.pix);
  return aid;
}

File directory(Bytes pins) {
  Fcp fcp;
  fcp.pin_status_template_do = std::move(pins);
  return {fcp};
}

File records(const std::vector<Bytes>& contents) {
  std::size_t length = std::ranges::max(contents, {}, &Bytes::size).size();
  Fcp fcp;
  fcp.file_descriptor = Bytes{0x42, 0x21, 0x00, static_cast<std::uint8_t>(length)};
  std::size_t size = length * contents.size();
  fcp.ef_file_size = Bytes{static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  File file{fcp};
  for (Bytes content : contents) {
    content.resize(length, 0xFF);
    file.emplace_back(std::move(content));
  }
  return file;
}

File access_rule_file() {
  std::vector<Bytes> rules;
  for (std::string_view rule : rsp::saip::access_rules()) {
    rules.push_back(rsp::from_hex(rule).value_or(Bytes{}));
  }
  return records(rules);
}

}  // namespace

std::optional<File> implied_file(std::string_view member, const rsp::saip::ProfileHeader& header) {
  using rsp::saip::kAdm1, rsp::saip::kPinAppl1, rsp::saip::kSecondPinAppl1;
  if (member == "mf") return directory({kPinAppl1, kAdm1});
  if (member == "ef-iccid") return File{rsp::to_bytes(rsp::saip::swapped_iccid(header))};
  if (member == "ef-arr" || member == "ef-arr-usim") return access_rule_file();
  if (!header.iot_options) return std::nullopt;
  if (member == "ef-dir") {
    return records({rsp::saip::dir_record(usim_aid(*header.iot_options), "USIM")});
  }
  if (member != "adf-usim") return std::nullopt;
  File adf = directory({kSecondPinAppl1, kPinAppl1, kAdm1});
  auto& fcp = *std::get<rsp::asn1::Boxed<Fcp>>(adf.front());
  fcp.file_id = kAdfId;
  fcp.df_name = usim_aid(*header.iot_options);
  return adf;
}

}  // namespace sim
