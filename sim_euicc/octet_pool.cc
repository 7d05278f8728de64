#include "sim_euicc/octet_pool.h"

#include <cstring>
#include <optional>

namespace sim {
namespace {

std::optional<std::size_t> find(rsp::BytesView in, rsp::BytesView octets) {
  if (in.size() < octets.size()) return std::nullopt;
  // What comes next is nearly always close by, where looking costs less than preparing a search.
  constexpr std::size_t kClose = 64;
  for (std::size_t at = 0; at < kClose && at + octets.size() <= in.size(); ++at) {
    if (in[at] == octets[0] && std::memcmp(&in[at], octets.data(), octets.size()) == 0) return at;
  }
  const void* found = ::memmem(in.data(), in.size(), octets.data(), octets.size());
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - in.data());
}

}  // namespace

std::uint32_t OctetPool::place(rsp::BytesView octets) {
  if (octets.empty()) return 0;
  auto found = find(package_.subspan(cursor_), octets);
  // A decoder that tolerates a constructed string would give octets that stand nowhere in one
  // piece.
  if (!found) return place_own(octets);
  std::size_t at = cursor_ + *found;
  cursor_ = at + octets.size();
  return static_cast<std::uint32_t>(at);
}

std::uint32_t OctetPool::place_own(rsp::BytesView octets) {
  std::size_t at = find(own_, octets).value_or(own_.size());
  if (at == own_.size()) rsp::append(own_, octets);
  return static_cast<std::uint32_t>(package_.size() + at);
}

}  // namespace sim
