#include "sim_euicc/cat.h"

#include <algorithm>
#include <utility>

namespace sim {
namespace {

/// A bit of the terminal profile (TS 102 223 5.2), byte and bit counted from 1.
bool has_bit(rsp::BytesView profile, std::size_t byte, unsigned bit) {
  return profile.size() >= byte && (profile[byte - 1] & 1U << (bit - 1)) != 0;
}

}  // namespace

void Cat::start(rsp::BytesView terminal_profile) {
  started_ = true;
  terminal_profile_ = rsp::to_bytes(terminal_profile);
}

bool Cat::supports_refresh() const { return started_ && has_bit(terminal_profile_, 3, 8); }

void Cat::queue(ProactiveCommand command) {
  if (started_ && waiting_.size() < kMaxWaiting) waiting_.push_back(std::move(command));
}

std::size_t Cat::waiting() const {
  return fetched_ || waiting_.empty() ? 0 : waiting_.front().octets.size();
}

std::optional<rsp::Bytes> Cat::fetch() {
  if (fetched_ || waiting_.empty()) return std::nullopt;
  fetched_ = std::move(waiting_.front());
  waiting_.pop_front();
  return fetched_->octets;
}

std::optional<ProactiveCommand> Cat::respond() { return std::exchange(fetched_, std::nullopt); }

std::uint8_t Cat::next_number() {
  last_number_ = last_number_ == 254 ? 1 : static_cast<std::uint8_t>(last_number_ + 1);
  return last_number_;
}

rsp::Bytes refresh_command(std::uint8_t number, RefreshMode mode) {
  constexpr std::uint8_t kRefresh = 0x01, kUicc = 0x81, kTerminal = 0x82;
  return {0xD0, 0x09, 0x81,  0x03,     number, kRefresh, static_cast<std::uint8_t>(mode),
          0x82, 0x02, kUicc, kTerminal};
}

std::optional<std::uint8_t> general_result(rsp::BytesView response) {
  constexpr std::uint8_t kResult = 0x03, kComprehensionRequired = 0x80;
  // COMPREHENSION-TLV objects: a tag of one octet, of which bit 8 is a flag, and a short length.
  while (response.size() >= 2) {
    std::size_t length = response[1], header = 2;
    if (length == 0x81 && response.size() >= 3) length = response[2], header = 3;
    if (response.size() < header + length) return std::nullopt;
    if ((response[0] & ~kComprehensionRequired) == kResult && length > 0) return response[header];
    response = response.subspan(header + length);
  }
  return std::nullopt;
}

}  // namespace sim
