#include "lpa/transport/rfc2217_stream.h"

#include <fmt/format.h>

#include <algorithm>

namespace lpa {
namespace {

// RFC 854, 856, 858, 2217.
constexpr std::uint8_t kIac = 255, kDont = 254, kDo = 253, kWont = 252, kWill = 251, kSb = 250,
                       kSe = 240;
constexpr std::uint8_t kBinary = 0, kSuppressGoAhead = 3, kComPort = 44;
constexpr std::uint8_t kSetBaud = 1, kSetDataSize = 2, kSetParity = 3, kSetStopSize = 4,
                       kSetControl = 5, kOfServer = 100;
constexpr std::uint8_t kNoFlowControl = 1, kDtrOn = 8, kRtsOn = 11, kNoParity = 1;

void subnegotiate(rsp::Bytes& reply, std::uint8_t command, rsp::BytesView value) {
  rsp::append(reply, rsp::Bytes{kIac, kSb, kComPort, command});
  rsp::append(reply, TelnetFilter::escaped(value));
  rsp::append(reply, rsp::Bytes{kIac, kSe});
}

}  // namespace

rsp::Bytes TelnetFilter::greeting() const {
  return {kIac, kWill, kBinary,          kIac, kDo,   kBinary,
          kIac, kDo,   kSuppressGoAhead, kIac, kWill, kComPort};
}

rsp::Bytes TelnetFilter::escaped(rsp::BytesView data) {
  rsp::Bytes out;
  out.reserve(data.size());
  for (std::uint8_t octet : data) {
    out.push_back(octet);
    if (octet == kIac) out.push_back(kIac);
  }
  return out;
}

rsp::Bytes TelnetFilter::take(rsp::BytesView octets, rsp::Bytes& reply) {
  rsp::Bytes data;
  for (std::uint8_t octet : octets) {
    switch (state_) {
      case State::kData:
        if (octet == kIac)
          state_ = State::kCommand;
        else
          data.push_back(octet);
        break;
      case State::kCommand:
        state_ = State::kData;
        if (octet == kIac) data.push_back(octet);
        if (octet >= kWill && octet != kIac) {
          verb_ = octet;
          state_ = State::kOption;
        }
        if (octet == kSb) {
          sub_.clear();
          state_ = State::kSub;
        }
        break;
      case State::kOption:
        state_ = State::kData;
        option(verb_, octet, reply);
        break;
      case State::kSub:
        if (octet == kIac)
          state_ = State::kSubCommand;
        else if (sub_.size() < kLongestOption)
          sub_.push_back(octet);
        break;
      case State::kSubCommand:
        state_ = octet == kSe ? State::kData : State::kSub;
        if (octet == kSe)
          subnegotiation();
        else if (sub_.size() < kLongestOption)
          sub_.push_back(octet);
        break;
    }
  }
  return data;
}

void TelnetFilter::option(std::uint8_t verb, std::uint8_t option, rsp::Bytes& reply) {
  if (option == kComPort) {
    if (verb == kDont) refused_ = true;
    if (verb != kDo || asked_) return;
    asked_ = true;
    rsp::Bytes rate;
    for (int shift = 24; shift >= 0; shift -= 8)
      rate.push_back(static_cast<std::uint8_t>(baud_ >> shift));
    subnegotiate(reply, kSetBaud, rate);
    subnegotiate(reply, kSetDataSize, rsp::Bytes{8});
    subnegotiate(reply, kSetParity, rsp::Bytes{kNoParity});
    subnegotiate(reply, kSetStopSize, rsp::Bytes{1});
    for (std::uint8_t control : {kNoFlowControl, kDtrOn, kRtsOn})
      subnegotiate(reply, kSetControl, rsp::Bytes{control});
    return;
  }
  // Agreement to what the greeting asked for needs no answer, and neither does the wish that we
  // leave out go-aheads, since there never are any; anything else is not for us.
  if (option == kBinary || option == kSuppressGoAhead) return;
  if (verb == kDo) rsp::append(reply, rsp::Bytes{kIac, kWont, option});
  if (verb == kWill) rsp::append(reply, rsp::Bytes{kIac, kDont, option});
}

void TelnetFilter::subnegotiation() {
  bool rate = sub_.size() == 6 && sub_[0] == kComPort && sub_[1] == kOfServer + kSetBaud;
  if (!rate) return;
  confirmed_baud_ = static_cast<unsigned>(sub_[2]) << 24 | static_cast<unsigned>(sub_[3]) << 16 |
                    static_cast<unsigned>(sub_[4]) << 8 | sub_[5];
  if (confirmed_baud_ == 0) refused_ = true;
}

rsp::Status Rfc2217Stream::open(rsp::Deadline deadline) {
  if (line_->is_open()) return {};
  RSP_CHECK(line_->open(deadline));
  filter_ = TelnetFilter(baud_);
  data_.clear();
  RSP_CHECK(line_->write(filter_.greeting(), deadline));
  auto until = deadline.no_later_than(rsp::Deadline::Steady::now() + kPatience);
  while (!filter_.settled() && !until.passed() && !until.interrupted()) RSP_CHECK(fill(until));
  unsigned set = filter_.confirmed_baud();
  if (set == 0 || set == baud_) return {};
  close();
  return rsp::failure(
      {.layer = rsp::Layer::kTransport,
       .step = "open",
       .path = name(),
       .text = fmt::format("the port at {} runs at {} baud and not at {}", name(), set, baud_),
       .hint = fmt::format("ask for baud={}, or let the server set others", set)});
}

rsp::Status Rfc2217Stream::fill(rsp::Deadline deadline) {
  std::uint8_t chunk[4096];
  RSP_TRY(std::size_t count, line_->read(chunk, deadline));
  rsp::Bytes reply;
  rsp::append(data_, filter_.take({chunk, count}, reply));
  if (!reply.empty()) RSP_CHECK(line_->write(reply, deadline));
  return {};
}

rsp::Result<std::size_t> Rfc2217Stream::read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
  // Negotiation is no data: it does not end the wait.
  while (data_.empty() && !deadline.passed() && !deadline.interrupted()) RSP_CHECK(fill(deadline));
  std::size_t count = std::min(into.size(), data_.size());
  std::copy_n(data_.begin(), count, into.begin());
  data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

rsp::Status Rfc2217Stream::write(rsp::BytesView octets, rsp::Deadline deadline) {
  return line_->write(TelnetFilter::escaped(octets), deadline);
}

}  // namespace lpa
