#include "lpa/transport/at_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "lpa/transport/logical_channel.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"

namespace lpa {
namespace {

using rsp::card::Channel;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using Steady = rsp::Deadline::Steady;
using Answer = AtCommand::Answer;

/// What is tried one after the other where a block does not pass (field fault F28).
constexpr std::size_t kBlockSizes[] = {255, 120, 60, 25};
/// Channels that others leave open (field fault F16).
constexpr std::uint8_t kLastLeftOpen = 3;
/// For TERMINAL CAPABILITY, which a module may have no ear for.
constexpr std::chrono::milliseconds kToAnnounce{5'000};
/// What a card that was switched off gets for being switched on, whatever is left of a deadline:
/// the manuals' time for +CFUN.
constexpr std::chrono::milliseconds kToSwitchOn{15'000};

/// Handles go into commands again, so that one must not be able to write its own.
bool is_handle(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool is_over(rsp::Deadline deadline) { return deadline.passed() || deadline.interrupted(); }

/// The line cannot be helped by trying something else on it.
bool is_fatal(const rsp::Error& error) {
  return error.layer == rsp::Layer::kInput ||
         (error.layer == rsp::Layer::kTransport && error.code.empty()) || error.code == "portInUse";
}

}  // namespace

AtTransport::AtTransport(ByteStream& stream, AtTransportOptions options)
    : options_(std::move(options)),
      port_(stream, options_.port),
      dialect_(options_.dialect != nullptr ? options_.dialect : &at_dialects().front()),
      dialect_known_(options_.dialect != nullptr),
      block_size_(options_.block_size.value_or(dialect_->block_size)) {
  port_.set_trace(options_.trace);
  port_.set_idle_end(dialect_->idle_end);
}

// --- The session ---

rsp::Result<rsp::Bytes> AtTransport::connect(rsp::Deadline deadline) {
  RSP_CHECK(port_.open(deadline));
  RSP_CHECK(find_dialect(deadline));
  RSP_CHECK(wait_for_card(deadline));
  announce(deadline);
  connected_ = true;
  return rsp::Bytes{};
}

rsp::Status AtTransport::find_dialect(rsp::Deadline deadline) {
  if (dialect_known_) return {};
  RSP_TRY(std::string text, identification(port_, deadline));
  dialect_ = &dialect_of(text);
  dialect_known_ = true;
  port_.set_idle_end(dialect_->idle_end);
  if (!options_.block_size) block_size_ = dialect_->block_size;
  return {};
}

rsp::Status AtTransport::wait_for_card(rsp::Deadline deadline) {
  auto begin = Steady::now();
  auto until = deadline.no_later_than(begin + dialect_->ready_deadline);
  // A module that was not reset knows its card; only one that says that it is busy is waited for.
  auto believed = settling_until_ ? begin + dialect_->absent_for : begin;
  while (true) {
    auto state = sim_state(port_, deadline);
    bool silent = !state && state.error().layer == rsp::Layer::kTimeout;
    if (!state && !silent) return rsp::failure(std::move(state).error());
    bool unsure = silent || *state == SimState::kNotReady;
    bool missing = !unsure && (*state == SimState::kAbsent || *state == SimState::kFailure);
    if (!unsure && !missing) return {};
    if (missing && Steady::now() >= believed) return {};
    if (is_over(until)) break;
    pause(until);
  }
  return rsp::failure({.layer = rsp::Layer::kTimeout,
                       .step = "AT+CPIN",
                       .path = port_.name(),
                       .text = "the module's card did not become ready in time",
                       .hint = "reset the module, and look whether the card sits well"});
}

void AtTransport::announce(rsp::Deadline deadline) {
  // Modules that send it themselves leave the bits of an LPA out (field fault F90). What is
  // answered does not matter, and a module that has +CSIM for nobody says nothing at worst.
  auto all = routes();
  if (mute_ || std::ranges::find(all, AtRoute::kCsim) == all.end()) return;
  auto answered = send_apdu({AtRoute::kCsim, ""}, terminal_capability(),
                            deadline.no_later_than(Steady::now() + kToAnnounce));
  // One that is silent on it is not asked again, as each time would take as long.
  mute_ = !answered && answered.error().layer == rsp::Layer::kTimeout;
}

void AtTransport::forget_channels() {
  channels_.clear();
  connected_ = false;
}

void AtTransport::pause(rsp::Deadline deadline) { port_.idle(options_.back_off, deadline); }

// --- Channels ---

std::vector<AtRoute> AtTransport::routes() const {
  if (options_.route) return {*options_.route};
  std::vector<AtRoute> out{dialect_->first_route};
  if (dialect_->second_route) out.push_back(*dialect_->second_route);
  // What has worked once is not looked for again.
  if (working_route_ && working_route_ != out.front()) std::ranges::reverse(out);
  return out;
}

rsp::Result<Channel> AtTransport::open_channel(rsp::BytesView aid, rsp::Deadline deadline) {
  if (!connected_) RSP_CHECK(connect(deadline));
  while (true) {
    auto channel = open_once(aid, deadline);
    if (channel) settling_until_.reset();
    // For a while after a reset a refusal means nothing yet (field fault F40), but for one by the
    // card that there is no such application.
    bool settling = settling_until_ && Steady::now() < *settling_until_ && !is_over(deadline);
    bool final =
        channel || !settling || is_fatal(channel.error()) || channel.error().code == "6A82";
    if (final) return channel;
    pause(deadline);
  }
}

rsp::Result<Channel> AtTransport::open_once(rsp::BytesView aid, rsp::Deadline deadline) {
  std::vector<std::pair<AtRoute, rsp::Error>> reasons;
  bool cleaned = false;
  for (AtRoute route : routes()) {
    auto channel = open_on(route, aid, deadline);
    bool leaked = !channel && !cleaned && channel.error().code != "6A82" &&
                  channel.error().layer != rsp::Layer::kTimeout && !is_fatal(channel.error());
    if (leaked) {
      cleaned = true;
      RSP_CHECK(close_all_channels(deadline));
      channel = open_on(route, aid, deadline);
    }
    if (channel) {
      working_route_ = route;
      return channel;
    }
    if (is_fatal(channel.error()) || is_over(deadline)) return channel;
    reasons.emplace_back(route, std::move(channel).error());
  }
  return rsp::failure(unreachable(reasons));
}

rsp::Error AtTransport::unreachable(
    const std::vector<std::pair<AtRoute, rsp::Error>>& reasons) const {
  // What the card says of the AID is nearer to the truth than what the module makes of it. That
  // there is no channel to be had is no word about the AID, and may be the module's own (field
  // fault F14).
  auto is_about_channels = [](const rsp::Error& error) {
    return error.step.starts_with("MANAGE CHANNEL");
  };
  for (const auto& [route, error] : reasons) {
    if (error.layer == rsp::Layer::kApdu && !is_about_channels(error)) return error;
  }
  rsp::Error error = reasons.front().second;
  std::string text = "the module cannot reach the ISD-R";
  for (const auto& [route, reason] : reasons)
    text += fmt::format("; by {}: {}{}", to_string(route), reason.text,
                        reason.code.empty() ? "" : " (" + reason.code + ")");
  error.text = std::move(text);
  error.path = port_.name();
  if (error.hint.empty()) {
    error.hint =
        "is the card an eUICC for consumer devices, and is its slot selected? The module's "
        "firmware "
        "may keep its applications to itself";
  }
  if (!dialect_->internal_lpa_off.empty()) {
    error.hint +=
        fmt::format("{}an LPA inside the module may hold it: {} and a reset of the module",
                    error.hint.empty() ? "" : "; ", dialect_->internal_lpa_off);
  }
  return error;
}

rsp::Result<Channel> AtTransport::open_on(AtRoute route, rsp::BytesView aid,
                                          rsp::Deadline deadline) {
  if (route == AtRoute::kCcho) return open_ccho(aid, deadline);
  // Le 01 first: EC20 opens for 00 and refuses the SELECT then (field fault F12). Others want 00.
  auto channel = open_csim(aid, 1, deadline);
  bool other = !channel && channel.error().code != "6A82" && !is_fatal(channel.error()) &&
               channel.error().layer != rsp::Layer::kTimeout;
  if (!other) return channel;
  auto second = open_csim(aid, 0, deadline);
  return second ? std::move(second) : std::move(channel);
}

rsp::Result<Channel> AtTransport::open_ccho(rsp::BytesView aid, rsp::Deadline deadline) {
  AtCommand command{.text = fmt::format("AT+CCHO=\"{}\"", rsp::to_hex(aid)),
                    .deadline = dialect_->open_deadline,
                    .answer = Answer::kBare};
  RSP_TRY(AtAnswer answer, send_patiently(command, deadline));
  // Some go on with what the card answered to SELECT.
  std::string handle = unquoted(answer.first().substr(0, answer.first().find(',')));
  if (!is_handle(handle)) {
    return rsp::failure(
        {.layer = rsp::Layer::kDecode,
         .step = step_of(command.text),
         .code = "noAnswer",
         .text = fmt::format("'{}' is no session of a module", handle.substr(0, 40))});
  }
  return remember({AtRoute::kCcho, std::move(handle)}, 0);
}

rsp::Result<Channel> AtTransport::open_csim(rsp::BytesView aid, std::uint8_t le,
                                            rsp::Deadline deadline) {
  std::uint16_t wanted = le == 0 ? 256 : le;
  RSP_TRY(std::uint8_t channel, open_logical_channel(aid, wanted, [&](const CommandApdu& command) {
            return send_apdu({AtRoute::kCsim, ""}, command, deadline);
          }));
  return remember({AtRoute::kCsim, ""}, channel);
}

Channel AtTransport::remember(Open open, std::uint8_t cla_channel) {
  open.session = port_.sessions();
  channels_[++next_handle_] = std::move(open);
  return {next_handle_, cla_channel};
}

rsp::Status AtTransport::close_channel(Channel channel, rsp::Deadline deadline) {
  auto found = channels_.find(channel.handle);
  if (found == channels_.end()) return {};
  Open open = std::move(found->second);
  channels_.erase(found);
  if (open.route == AtRoute::kCcho) {
    auto closed = port_.send(
        {.text = "AT+CCHC=" + open.handle, .deadline = dialect_->close_deadline}, deadline);
    if (!closed && is_fatal(closed.error())) return rsp::failure(std::move(closed).error());
    return {};
  }
  auto closed = send_apdu(open, close_logical_channel(channel.cla_channel), deadline);
  if (!closed && is_fatal(closed.error())) return rsp::failure(std::move(closed).error());
  return {};
}

rsp::Status AtTransport::close_all_channels(rsp::Deadline deadline) {
  channels_.clear();
  auto all = routes();
  for (std::uint8_t number = 1; number <= kLastLeftOpen; ++number) {
    for (AtRoute route : all) {
      auto closed = close_channel(remember({route, std::to_string(number)}, number), deadline);
      if (!closed) return closed;
    }
  }
  return {};
}

// --- APDUs ---

rsp::Result<AtAnswer> AtTransport::send_patiently(const AtCommand& command,
                                                  rsp::Deadline deadline) {
  auto delay = options_.back_off;
  for (int tries = 0;; ++tries, delay *= 2) {
    auto answer = port_.demand(command, deadline);
    // The module did not pass it on: nothing is repeated that was done once.
    bool busy = !answer && answer.error().code == "CME 14";
    if (!busy || tries >= options_.busy_tries || is_over(deadline)) return answer;
    port_.idle(delay, deadline);
  }
}

rsp::Result<ResponseApdu> AtTransport::send_apdu(const Open& over, const CommandApdu& command,
                                                 rsp::Deadline deadline) {
  rsp::Bytes octets = command.encode();
  // On 27.007's side the handle says which channel it is, and the class has to be channel 0's.
  if (over.route == AtRoute::kCcho) octets[0] = rsp::card::is_iso_class(octets[0]) ? 0x00 : 0x80;
  std::string hex = rsp::to_hex(octets);
  std::string text = over.route == AtRoute::kCcho
                         ? fmt::format("AT+CGLA={},{},\"{}\"", over.handle, hex.size(), hex)
                         : fmt::format("AT+CSIM={},\"{}\"", hex.size(), hex);
  if (options_.trace != nullptr) {
    options_.trace->event({rsp::TraceKind::kApdu, rsp::Party::kLpa, rsp::Party::kEuicc, "C-APDU",
                           "", std::move(octets)});
  }
  AtCommand at{
      .text = std::move(text), .deadline = dialect_->apdu_deadline, .answer = Answer::kPrefixed};
  RSP_TRY(AtAnswer answer, send_patiently(at, deadline));
  auto response = hex_of(answer.lines);
  if (!response) return rsp::failure(at_step(std::move(response).error(), step_of(at.text)));
  if (options_.trace != nullptr) {
    options_.trace->event(
        {rsp::TraceKind::kApdu, rsp::Party::kEuicc, rsp::Party::kLpa, "R-APDU", "", *response});
  }
  auto parsed = ResponseApdu::parse(*response);
  if (!parsed) return rsp::failure(at_step(std::move(parsed).error(), step_of(at.text)));
  return parsed;
}

rsp::Result<ResponseApdu> AtTransport::transmit(Channel channel, const CommandApdu& command,
                                                rsp::Deadline deadline) {
  auto found = channels_.find(channel.handle);
  if (found == channels_.end()) {
    return rsp::failure({.layer = rsp::Layer::kTransport,
                         .code = "channelGone",
                         .text = "the channel was closed by a reset",
                         .hint = "open it again"});
  }
  auto response = send_apdu(found->second, command, deadline);
  bool store_data = command.ins == rsp::card::kStoreDataIns;
  // A line that was lost says nothing about the block.
  bool by_module =
      !response && !is_fatal(response.error()) && response.error().layer == rsp::Layer::kTransport;
  // What the port has come back with may be a module that started anew, and knows the channel no
  // more.
  if (by_module && found->second.session != port_.sessions()) forget_channels();
  // 66xx is what cards say that get a block cut (field faults F28, F50).
  bool by_card = response && response->sw.sw1() == 0x66;
  if (store_data && (by_module || by_card))
    shrink_blocks(command);
  else if (response && store_data)
    proven_block_ = std::max(proven_block_, command.data.size());
  bool in_a_command = store_data || command.ins == rsp::card::kGetResponseIns;
  if (by_module && in_a_command && response.error().code == "ERROR") {
    // The last segment of a package may have been refused by the module alone (field fault F10).
    response.error().hint =
        "the card may have done it all the same: look at its profiles and notifications before the "
        "next try, or take the other route (route=csim)";
  }
  return response;
}

std::size_t AtTransport::block_size() const { return block_size_; }

void AtTransport::shrink_blocks(const CommandApdu& command) {
  // As long a block has passed before: its length is not what is wrong with this one.
  std::size_t size = command.data.size();
  if (size <= proven_block_) return;
  for (std::size_t smaller : kBlockSizes) {
    if (smaller < size && smaller < block_size_) {
      block_size_ = smaller;
      return;
    }
  }
}

// --- Resets ---

rsp::Status AtTransport::reset(rsp::Deadline deadline) {
  RSP_CHECK(port_.open(deadline));
  RSP_CHECK(find_dialect(deadline));
  forget_channels();
  if (dialect_->port_drops) {
    RSP_CHECK(port_.post(fmt::format("{}\r{}", dialect_->sim_off, dialect_->sim_on), deadline));
    // Until it has gone it would be found there.
    port_.idle(options_.port.ping, deadline);
    RSP_CHECK(reopen(deadline));
  } else {
    AtCommand off{.text = std::string(dialect_->sim_off), .deadline = dialect_->function_deadline};
    AtCommand on{.text = std::string(dialect_->sim_on), .deadline = dialect_->function_deadline};
    auto switched_off = send_patiently(off, deadline);
    if (!switched_off && is_fatal(switched_off.error())) RSP_CHECK(reopen(deadline));
    // Also where the first went wrong, or took all the time there was: the card must not stay off
    // (field fault F87).
    auto enough = is_over(deadline) ? rsp::Deadline::after(kToSwitchOn) : deadline;
    auto switched_on = send_patiently(on, enough);
    if (!switched_on && is_fatal(switched_on.error())) {
      RSP_CHECK(reopen(enough));
      switched_on = send_patiently(on, enough);
    }
    RSP_CHECK(switched_on);
    if (!switched_off && !is_fatal(switched_off.error()))
      return rsp::failure(std::move(switched_off).error());
  }
  settling_until_ = Steady::now() + dialect_->ready_deadline;
  if (!dialect_->port_drops) RSP_CHECK(port_.set_up(deadline));
  RSP_CHECK(connect(deadline));
  return {};
}

rsp::Status AtTransport::reset_module(rsp::Deadline deadline) {
  RSP_CHECK(port_.open(deadline));
  RSP_CHECK(find_dialect(deadline));
  forget_channels();
  auto sent = port_.send(
      {.text = std::string(dialect_->module_reset), .deadline = dialect_->function_deadline},
      deadline);
  if (sent && !sent->final.ok()) return rsp::failure(at_error(dialect_->module_reset, sent->final));
  return rejoin(deadline);
}

rsp::Status AtTransport::rejoin(rsp::Deadline deadline) {
  forget_channels();
  settling_until_ = Steady::now() + dialect_->boot_deadline;
  // Until it has gone it would be found there.
  port_.idle(options_.port.ping, deadline);
  auto until = deadline.no_later_than(Steady::now() + dialect_->boot_deadline);
  RSP_CHECK(reopen(until));
  if (dialect_->module_reset == dialect_->sim_off)
    RSP_CHECK(port_.demand(
        {.text = std::string(dialect_->sim_on), .deadline = dialect_->function_deadline}, until));
  RSP_CHECK(connect(until));
  return {};
}

rsp::Status AtTransport::reopen(rsp::Deadline deadline) {
  port_.close();
  while (true) {
    auto opened = port_.open(deadline);
    bool again = !opened && opened.error().code != "portInUse" &&
                 opened.error().layer != rsp::Layer::kInput && !is_over(deadline);
    if (!again) return opened;
    port_.close();
    auto next = deadline.no_later_than(Steady::now() + options_.back_off);
    next.wait([](auto moment) {
      std::this_thread::sleep_until(moment);
      return false;
    });
  }
}

}  // namespace lpa
