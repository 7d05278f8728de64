// Any octets as a profile package.
//
// Promises: a package that is read is written as one that is read to the same; every judgement of
// it can be made; it becomes an image that answers every question, or is refused with a reason.
#include "rsp/saip/check.h"
#include "rsp/saip/lint.h"
#include "rsp/saip/personalise.h"
#include "rsp/saip/summary.h"
#include "sim_euicc/profile_image.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
namespace saip = rsp::saip;

namespace {

void install(rsp::BytesView upp) {
  auto image =
      sim::ProfileImage::install(std::make_shared<const rsp::Bytes>(rsp::to_bytes(upp)), {});
  if (!image) {
    require(!image.error().empty(), "a refusal has a reason");
    require(image.error().back().consequence == saip::Consequence::kAborts, "and that one aborts");
    return;
  }
  for (sim::FileIndex file = 0; file < image->files().size(); ++file) {
    const sim::ImageFile& entry = image->files()[file];
    rsp::Bytes head = image->content(file, 0, 300), rest = image->content(file, 0x7FF0, 300);
    bool whole = entry.type == sim::FileType::kBerTlv || sim::is_directory(entry.type);
    require(whole || head.size() == std::min<std::size_t>(entry.size, 300), "a file has its size");
    require(rest.size() <= 300, "a part is no more than was asked for");
    require(image->path(file).size() >= 4, "a file has a path");
    require(image->aid(file).size() <= 16, "an AID has at most 16 octets");
    static_cast<void>(image->pin_status_template(file));
  }
  require(image->security_domains().size() + image->rfms().size() <= upp.size(),
          "what is kept was there");
  static_cast<void>(image->applications());
  static_cast<void>(image->cdma_parameters());
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(0)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  install({data, size});
  auto package = saip::read_package({data, size});
  if (!package) {
    require(package.error().offset <= size, "a fault lies inside the package");
    static_cast<void>(saip::encode_response(saip::response_for({package.error().status()})));
    return 0;
  }
  rsp::Bytes encoded = saip::encode_package(*package);
  auto again = saip::read_package(encoded);
  require(again.has_value(), "what was read is written as a package");
  require(saip::encode_package(*again) == encoded, "writing is stable");
  require(saip::element_names(*again) == saip::element_names(*package),
          "the elements stay the same");

  static_cast<void>(saip::encode_response(saip::response_for(saip::check_order(*package, {}))));
  static_cast<void>(saip::first_imsi(*package));
  static_cast<void>(saip::aka_summaries(*package));
  static_cast<void>(saip::has_test_algorithm(*package));
  if (const auto* header = saip::header_of(*package))
    static_cast<void>(saip::swapped_iccid(*header));

  for (const saip::LintFinding& finding : saip::lint(*package))
    require(finding.element < std::max<std::size_t>(package->elements.size(), 1),
            "a finding lies inside the package");
  auto personal = saip::personalise(*package, {.iccid = "8988211000000000011",
                                               .imsi = "001010000000001",
                                               .msisdn = "+41791234567",
                                               .pin1 = "1234"});
  if (personal)
    require(saip::read_package(saip::encode_package(*personal)).has_value(),
            "what was personalised is written as a package");
  return 0;
}
