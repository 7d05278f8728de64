// Any octets as a profile package.
//
// Promises: a package that is read is written as one that is read to the same; every judgement of
// it can be made.
#include "rsp/saip/check.h"
#include "rsp/saip/summary.h"
#include "tests/fuzz/require.h"

using fuzz::require;
namespace saip = rsp::saip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
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
  return 0;
}
