#include "rsp/base/result.h"

#include <fmt/format.h>

namespace rsp {

std::string_view to_string(Layer layer) {
  switch (layer) {
    case Layer::kInput:
      return "input";
    case Layer::kTransport:
      return "transport";
    case Layer::kApdu:
      return "apdu";
    case Layer::kCard:
      return "card";
    case Layer::kDecode:
      return "decode";
    case Layer::kCrypto:
      return "crypto";
    case Layer::kHttp:
      return "http";
    case Layer::kServer:
      return "server";
    case Layer::kTimeout:
      return "timeout";
    case Layer::kStorage:
      return "storage";
  }
  return "unknown";
}

std::string Error::message() const {
  std::string out(to_string(layer));
  if (!step.empty()) out += fmt::format(", {}", step);
  if (!code.empty()) out += fmt::format(" [{}]", code);
  if (!path.empty()) out += fmt::format(" at {}", path);
  out += ": " + text;
  if (!hint.empty()) out += fmt::format(" ({})", hint);
  return out;
}

}  // namespace rsp
