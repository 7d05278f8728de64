// Any octets as a Bound Profile Package that an LPA cuts into segments.
//
// Promises: the segments together are the package, and each fits into STORE DATA blocks or is said
// not to.
#include "rsp/card/store_data.h"
#include "tests/fuzz/require.h"

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rsp::BytesView package(data, size);
  auto segments = rsp::card::bpp_segments(package);
  if (!segments) {
    require(segments.error().layer == rsp::Layer::kDecode, "a bad package is an error of decoding");
    return 0;
  }
  const std::uint8_t* at = data;
  for (rsp::BytesView segment : *segments) {
    require(segment.data() == at && !segment.empty(),
            "each segment begins where the one before it ends");
    at += segment.size();
    auto blocks = rsp::card::store_data_blocks(segment, rsp::card::kMaxBlockSize);
    require(
        blocks.has_value() == (segment.size() <= rsp::card::kMaxBlocks * rsp::card::kMaxBlockSize),
        "a segment that can be counted is cut into blocks");
  }
  require(at == data + size, "the last segment ends where the package ends");
  return 0;
}
