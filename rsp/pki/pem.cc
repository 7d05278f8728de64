#include "rsp/pki/pem.h"

#include "rsp/base/base64.h"

namespace rsp::pki {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
constexpr std::size_t kLine = 64;

}  // namespace

std::vector<PemBlock> parse_pem(std::string_view text) {
  std::vector<PemBlock> blocks;
  while (true) {
    std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return blocks;
    text.remove_prefix(begin + kBegin.size());
    std::size_t label_size = text.find(kDashes);
    if (label_size == std::string_view::npos) return blocks;
    std::string_view label = text.substr(0, label_size);
    text.remove_prefix(label_size + kDashes.size());
    std::size_t end = text.find(std::string(kEnd).append(label).append(kDashes));
    if (end == std::string_view::npos) continue;
    if (auto der = from_base64(text.substr(0, end))) {
      blocks.push_back({std::string(label), *std::move(der)});
    }
    text.remove_prefix(end);
  }
}

std::string to_pem(std::string_view label, BytesView der) {
  std::string out = std::string(kBegin).append(label).append(kDashes) + "\n";
  std::string text = to_base64(der);
  for (std::size_t at = 0; at < text.size(); at += kLine) {
    out.append(text, at, kLine).append("\n");
  }
  return out.append(kEnd).append(label).append(kDashes).append("\n");
}

}  // namespace rsp::pki
