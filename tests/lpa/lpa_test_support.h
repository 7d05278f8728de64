// What stands between the LPA and the honest card and server of a World, and bends what passes.
#pragma once

#include <set>

#include "results.h"
#include "rsp/asn1/edit.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "tests/world.h"

namespace lpa::testing {

using rsp::asn1::kSequence;
using rsp::asn1::name_of;
using testing_world::kHost;
using testing_world::World;

/// A server whose answers may be changed, and which may be out of reach.
class AlteringEs9 final : public Es9 {
 public:
  explicit AlteringEs9(Es9& honest) : honest_(honest) {}

  /// Change an answer on its way to the LPA.
  std::function<void(rsp::InitiateAuthenticationOk&)> on_initiate = [](auto&) {};
  std::function<void(rsp::AuthenticateClientOk&)> on_client = [](auto&) {};
  std::function<void(rsp::GetBoundProfilePackageOk&)> on_package = [](auto&) {};
  /// Called when a notification arrives, before it is acknowledged.
  std::function<void(const rsp::PendingNotification&)> on_notification = [](const auto&) {};
  /// Functions whose request never arrives, and those whose answer never does.
  std::map<std::string, rsp::Error> lost_requests, lost_answers;
  /// Addresses that do not acknowledge notifications.
  std::set<std::string> silent;

  /// Nothing is changed or lost any more.
  void be_honest() {
    on_initiate = [](auto&) {};
    on_client = [](auto&) {};
    on_package = [](auto&) {};
    on_notification = [](const auto&) {};
    lost_requests.clear();
    lost_answers.clear();
    silent.clear();
  }

  // --- What was called, for a test to ask afterwards ---
  std::vector<std::string> calls;                                // "authenticateClient"
  rsp::TransactionId transaction_id{rsp::Bytes{1}};              // the last that the server gave
  std::optional<rsp::CtxParamsForCommonAuthentication> context;  // as the card signed it
  std::vector<std::string> notified;                             // "address: event number"
  std::chrono::milliseconds longest_wait{0};

  rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string& address, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline deadline) override {
    return through<rsp::InitiateAuthenticationOk>(request.kFunction, deadline, [&] {
      auto answer = honest_.initiate_authentication(address, request, deadline);
      if (answer) transaction_id = answer->transaction_id;
      if (answer) on_initiate(*answer);
      return answer;
    });
  }
  rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) override {
    auto* ok =
        std::get_if<rsp::AuthenticateResponseOk>(&request.authenticate_server_response.result);
    if (ok != nullptr) context = ok->euicc_signed1.value.ctx_params1.value;
    return through<rsp::AuthenticateClientOk>(request.kFunction, deadline, [&] {
      auto answer = honest_.authenticate_client(address, request, deadline);
      if (answer) on_client(*answer);
      return answer;
    });
  }
  rsp::Result<rsp::AuthenticateClientOkEs11> search_events(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) override {
    return through<rsp::AuthenticateClientOkEs11>("searchEvents", deadline, [&] {
      return honest_.search_events(address, request, deadline);
    });
  }
  rsp::Result<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const std::string& address, const rsp::GetBoundProfilePackageRequest& request,
      rsp::Deadline deadline) override {
    return through<rsp::GetBoundProfilePackageOk>(request.kFunction, deadline, [&] {
      auto answer = honest_.get_bound_profile_package(address, request, deadline);
      if (answer) on_package(*answer);
      return answer;
    });
  }
  rsp::Status cancel_session(const std::string& address,
                             const rsp::CancelSessionRequestEs9& request,
                             rsp::Deadline deadline) override {
    return through<void>(request.kFunction, deadline,
                         [&] { return honest_.cancel_session(address, request, deadline); });
  }
  rsp::Status handle_notification(const std::string& address,
                                  const rsp::PendingNotification& notification,
                                  rsp::Deadline deadline) override {
    return through<void>("handleNotification", deadline, [&]() -> rsp::Status {
      const auto& metadata = rsp::metadata_of(notification);
      bool result = std::holds_alternative<rsp::ProfileInstallationResult>(notification);
      std::string event(
          result ? "result" : rsp::notification_event_name(metadata.profile_management_operation));
      notified.push_back(address + ": " + event + " " + std::to_string(metadata.seq_number));
      if (silent.contains(address)) return rsp::failure(no_network());
      on_notification(notification);
      return honest_.handle_notification(address, notification, deadline);
    });
  }

  static rsp::Error no_network() {
    return {.layer = Layer::kTransport, .step = "HTTPS", .text = "the network is unreachable"};
  }
  static rsp::Error no_answer() {
    return {.layer = Layer::kTimeout, .step = "HTTPS", .text = "no answer in time"};
  }

 private:
  template <class T>
  rsp::Result<T> through(std::string_view name, rsp::Deadline deadline,
                         const std::function<rsp::Result<T>()>& call) {
    std::string function(name);
    calls.push_back(function);
    longest_wait = std::max(longest_wait, deadline.remaining());
    if (auto lost = lost_requests.find(function); lost != lost_requests.end())
      return rsp::failure(lost->second);
    auto answer = call();
    if (auto lost = lost_answers.find(function); lost != lost_answers.end())
      return rsp::failure(lost->second);
    return answer;
  }

  Es9& honest_;
};

/// A link to a card whose APDUs may be answered by somebody else.
class AlteringLink final : public ApduLink {
 public:
  explicit AlteringLink(rsp::card::Card& card) : card_(card) {}

  /// Answers in place of the card where it returns something.
  std::function<std::optional<rsp::Result<rsp::Bytes>>(const rsp::card::CommandApdu&)> intercept;
  std::size_t resets = 0, apdus = 0;

  rsp::Result<rsp::Bytes> reset(rsp::Deadline) override {
    ++resets;
    return card_.reset();
  }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView octets, rsp::Deadline) override {
    ++apdus;
    if (intercept) {
      if (auto answer = intercept(must(rsp::card::CommandApdu::parse(octets))))
        return *std::move(answer);
    }
    return card_.transmit(octets);
  }

 private:
  rsp::card::Card& card_;
};

/// A second way to a card that is in use: it has power already, so connecting does not reset it.
class SecondWay final : public rsp::card::CardTransport {
 public:
  explicit SecondWay(rsp::card::CardTransport& first) : first_(first) {}
  rsp::Result<rsp::Bytes> connect(rsp::Deadline) override { return rsp::Bytes{}; }
  rsp::Result<rsp::card::Channel> open_channel(rsp::BytesView aid,
                                               rsp::Deadline deadline) override {
    return first_.open_channel(aid, deadline);
  }
  rsp::Status close_channel(rsp::card::Channel channel, rsp::Deadline deadline) override {
    return first_.close_channel(channel, deadline);
  }
  rsp::Result<rsp::card::ResponseApdu> transmit(rsp::card::Channel channel,
                                                const rsp::card::CommandApdu& command,
                                                rsp::Deadline deadline) override {
    return first_.transmit(channel, command, deadline);
  }
  rsp::Status reset(rsp::Deadline) override { return {}; }

 private:
  rsp::card::CardTransport& first_;
};

inline rsp::Bytes sw(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// Whether a command is the first block of a STORE DATA that begins with these octets.
inline bool begins(const rsp::card::CommandApdu& command, const char* hex) {
  auto front = *rsp::from_hex(hex);
  return command.ins == rsp::card::kStoreDataIns && command.p2 == 0 &&
         command.data.size() >= front.size() &&
         std::equal(front.begin(), front.end(), command.data.begin());
}

using Intercept =
    std::function<std::optional<rsp::Result<rsp::Bytes>>(const rsp::card::CommandApdu&)>;

/// Answers the commands that begin with these octets; the card sees no block of them.
inline Intercept instead_of(const char* hex, rsp::Result<rsp::Bytes> answer) {
  return
      [=, inside = false](
          const rsp::card::CommandApdu& command) mutable -> std::optional<rsp::Result<rsp::Bytes>> {
        if (command.ins != rsp::card::kStoreDataIns) return std::nullopt;
        if (command.p2 == 0) inside = begins(command, hex);
        if (!inside) return std::nullopt;
        return command.p1 == rsp::card::kP1MoreBlocks ? sw(0x9000) : answer;
      };
}

/// A server with the released order "TEST", a card, and an LPA with something to bend on both of
/// its sides.
struct LpaTest : ::testing::Test {
  /// The LPA closes its channel when it goes, after the test's own variables have gone.
  void TearDown() override {
    if (link) link->intercept = nullptr;
  }
  void start() {
    if (world.orders.all().empty()) world.add_order();
    lpa.reset();
    world.start();
    es9.emplace(*world.es9);
    link.emplace(*world.euicc);
    transport.emplace(*link);
    lpa.emplace(*transport, *es9, options);
  }
  smdp::Order& order(std::string_view matching_id = "TEST") {
    return *world.orders.find(matching_id);
  }
  std::string state(std::string_view matching_id = "TEST") {
    return name_of(order(matching_id).state);
  }
  rsp::Result<Download> download(const UserInterface& user = {}, std::string matching_id = "TEST") {
    return lpa->download(world.activation_code(std::move(matching_id)), user);
  }
  const sim::NonVolatile& memory() const { return world.euicc->memory(); }
  rsp::Iccid iccid_of(std::string_view matching_id = "TEST") {
    return order(matching_id).metadata.iccid;
  }

  World world;
  LpaOptions options;
  std::optional<AlteringEs9> es9;
  std::optional<AlteringLink> link;
  std::optional<ApduTransport> transport;
  std::optional<Lpa> lpa;
};

}  // namespace lpa::testing
