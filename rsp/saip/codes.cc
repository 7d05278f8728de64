#include "rsp/saip/codes.h"

namespace rsp::saip {
namespace {

constexpr bool between(int value, int low, int high) { return low <= value && value <= high; }

}  // namespace

bool is_global_pin(PinReference reference) {
  return between(reference, 1, 8) || between(reference, 10, 14);
}

bool is_local_pin(PinReference reference) {
  return between(reference, 129, 136) || between(reference, 138, 142);
}

bool is_puk(PukReference reference) {
  return between(reference, 1, 8) || between(reference, 129, 136);
}

}  // namespace rsp::saip
