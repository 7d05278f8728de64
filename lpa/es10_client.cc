#include "lpa/es10_client.h"

#include <fmt/format.h>

#include <thread>

#include <algorithm>

#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"

namespace lpa {
namespace {

/// An answer that goes on and on is a broken card, not a long answer.
constexpr std::size_t kMaxAnswer = 1 << 20;

/// The number of octets in SW2 of 61xx and 6Cxx.
std::uint16_t octets_in(rsp::card::StatusWord sw) { return sw.sw2() == 0 ? 256 : sw.sw2(); }

rsp::Error status_error(std::string_view step, rsp::card::StatusWord sw) {
  return {.layer = rsp::Layer::kApdu,
          .step = std::string(step),
          .code = to_string(sw),
          .text = fmt::format("the card answered {}: {}", to_string(sw), rsp::card::meaning(sw))};
}

}  // namespace

std::span<const std::string_view> known_isd_r_aids() {
  static constexpr std::string_view kKnown[] = {
      "A0000005591010FFFFFFFF8900050500",  // 5ber
      "A0000005591010000000008900000300",  // eSIM.me V2
      "A0000005591010FFFFFFFF8900000300",  // ST4SIM
      "A0000005591010FFFFFFFF8900000177",  // XeSIM
      "A0000006281010FFFFFFFF8900000100",  // GlocalMe
      "A06573746B6D65FFFFFFFF4953442D52",  // eSTK.me
  };
  return kKnown;
}

rsp::Bytes Es10Options::default_isd_r_aid() {
  return *rsp::from_hex("A0000005591010FFFFFFFF8900000100");
}

Es10Client::~Es10Client() { close(); }

rsp::Status Es10Client::open() {
  if (channel_) return {};
  auto until = deadline();
  if (!connected_) RSP_CHECK(transport_.connect(until));
  connected_ = true;
  auto channel = select_isd_r(until);
  if (!channel) {
    rsp::Error error = at_step(std::move(channel).error(), "SELECT ISD-R");
    if (error.code == "6A82") {
      error.hint =
          fmt::format("no ISD-R with this AID{}: is the card an eUICC for consumer devices?",
                      options_.further_isd_r_aids.empty() ? "" : ", nor with any that is known");
    }
    return rsp::failure(std::move(error));
  }
  channel_ = *channel;
  settled_ = false;
  return {};
}

rsp::Result<rsp::card::Channel> Es10Client::select_isd_r(rsp::Deadline deadline) {
  auto first = transport_.open_channel(options_.isd_r_aid, deadline);
  if (first || first.error().code != "6A82") return first;
  for (rsp::Bytes& further : options_.further_isd_r_aids) {
    auto channel = transport_.open_channel(further, deadline);
    if (!channel) continue;
    std::swap(options_.isd_r_aid, further);
    return channel;
  }
  return first;
}

void Es10Client::close() {
  if (!channel_) return;
  // A card that does not answer now has no channel to free either (field fault F08).
  (void)transport_.close_channel(*channel_, deadline());
  channel_.reset();
}

rsp::Status Es10Client::reset() {
  channel_.reset();
  return transport_.reset(deadline());
}

rsp::Result<rsp::Bytes> Es10Client::load_segment(rsp::BytesView segment) {
  return command("ES10b.LoadBoundProfilePackage", segment);
}

rsp::Result<rsp::Bytes> Es10Client::command(std::string_view step, rsp::BytesView octets) {
  RSP_CHECK(open());
  auto until = deadline();
  auto before = apdu_count_;
  auto response = blocks_when_settled(octets, until);
  // The transport has lost the channel, and nothing was sent on it.
  if (!response && response.error().code == "channelGone" && apdu_count_ == before + 1) {
    channel_.reset();
    RSP_CHECK(open());
    response = blocks_when_settled(octets, until);
  }
  if (!response) {
    response.error().apdu = apdu_count_;
    return rsp::failure(at_step(std::move(response).error(), step));
  }
  // The card was reset behind our back, so the channel is gone; the next call opens another.
  if (response->sw == rsp::card::kLogicalChannelNotSupported) channel_.reset();
  if (!response->sw.success()) {
    rsp::Error refused = status_error(step, response->sw);
    refused.apdu = apdu_count_;
    return rsp::failure(std::move(refused));
  }
  return std::move(response->data);
}

rsp::Result<rsp::card::ResponseApdu> Es10Client::blocks_when_settled(rsp::BytesView octets,
                                                                     rsp::Deadline deadline) {
  constexpr std::chrono::milliseconds kPause{250};
  auto end = deadline.no_later_than(rsp::Deadline::Steady::now() + options_.settling);
  while (true) {
    auto response = blocks(octets, deadline);
    bool unsettled = !settled_ && response && response->sw == rsp::card::kConditionsNotSatisfied;
    if (!unsettled || end.passed()) {
      settled_ |= response && response->sw.success();
      return response;
    }
    auto next = rsp::Deadline::Steady::now() + kPause;
    end.wait([&](auto until) {
      std::this_thread::sleep_until(std::min(until, next));
      return rsp::Deadline::Steady::now() >= next;
    });
  }
}

rsp::Result<rsp::card::ResponseApdu> Es10Client::blocks(rsp::BytesView octets,
                                                        rsp::Deadline deadline) {
  while (true) {
    // A size that is none is refused as such, whatever the transport would make of it.
    bool any = options_.block_size <= rsp::card::kMaxBlockSize;
    std::size_t size =
        any ? std::min(options_.block_size, transport_.block_size()) : options_.block_size;
    RSP_TRY(auto blocks, rsp::card::store_data_blocks(octets, size));
    rsp::Result<rsp::card::ResponseApdu> answer;
    bool first = true;
    for (rsp::card::CommandApdu& block : blocks) {
      answer = exchange(std::move(block), deadline);
      if (!answer || !answer->sw.success()) break;
      first = false;
    }
    bool failed = !answer || !answer->sw.success();
    bool too_long = failed && first && transport_.block_size() < size;
    if (!too_long) return answer;
  }
}

rsp::Result<rsp::card::ResponseApdu> Es10Client::exchange(rsp::card::CommandApdu command,
                                                          rsp::Deadline deadline) {
  std::uint8_t channel = channel_->cla_channel;
  command.cla = rsp::card::cla_on_channel(command.cla, channel);
  rsp::Bytes collected;
  bool length_corrected = false;
  while (true) {
    // Each answer may be quick and there may be ever more of them.
    if (deadline.passed())
      return rsp::failure(
          {.layer = rsp::Layer::kTimeout, .text = "the card's answer did not end in time"});
    ++apdu_count_;
    RSP_TRY(rsp::card::ResponseApdu response, transport_.transmit(*channel_, command, deadline));
    // 6Cxx: the same command again with the Le that the card names. Once, or a card could keep us
    // here for ever.
    if (response.sw.wrong_length() && !length_corrected) {
      command.le = octets_in(response.sw);
      length_corrected = true;
      continue;
    }
    rsp::append(collected, response.data);
    if (!response.sw.more_data() || collected.size() > kMaxAnswer) {
      return rsp::card::ResponseApdu{std::move(collected), response.sw};
    }
    bool progress = command.ins != rsp::card::kGetResponseIns || !response.data.empty();
    if (!progress) return rsp::card::ResponseApdu{std::move(collected), response.sw};
    command = {rsp::card::cla_on_channel(0x00, channel),
               rsp::card::kGetResponseIns,
               0,
               0,
               {},
               octets_in(response.sw)};
    length_corrected = false;
  }
}

}  // namespace lpa
