#include "hil/scenario/steps.h"

#include <fmt/format.h>

#include "hil/trace/decode.h"
#include "rsp/json/es9_json.h"

namespace hil {
namespace {

using rsp::Result;

std::unexpected<rsp::Error> refused(std::string path, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(path),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// The row of a declared struct with `Result<Json> run(Run&) const`, and, where it refers to names
/// of the scenario, `std::string check(Scope&) const`.
template <DeclaredStruct Params>
constexpr StepRow step(std::string_view name) {
  return {name, Params::kDoc,
          [](const Json& json, const Place& place, Problems& problems, Scope& scope) {
            Params params;
            std::size_t before = problems.size();
            read_value(json, place, problems, Variables::kPending, params);
            if constexpr (requires { params.check(scope); }) {
              if (problems.size() != before) return;
              if (std::string problem = params.check(scope); !problem.empty())
                problems.add(place, problem);
            }
          },
          [](const Json& json, Run& run) -> Result<Json> {
            RSP_TRY(Params params, read_json<Params>(json, "step"));
            return params.run(run);
          },
          [] { return schema_of<Params>(); }};
}

std::string order_problem(const std::string& order, const Scope& scope) {
  if (order.contains("${")) return "";
  if (std::ranges::find(scope.orders, order) != scope.orders.end()) return "";
  return "there is no order '" + order + "': " + suggestion(order, scope.orders);
}

Result<smdp::Order*> order_of(Run& run, const std::string& name) {
  auto found = run.orders.find(name);
  if (found != run.orders.end()) return found->second;
  return refused("order", "there is no order '" + name + "'");
}

Json nothing() { return Json::object(); }

// --- Which profile
// ------------------------------------------------------------------------------------------------

struct WhichProfile {
  std::optional<std::string> order, iccid;
  std::optional<rsp::Bytes> aid;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "the profile of this order");
    f("iccid", m.iccid, "or the profile with this ICCID, in digits");
    f("aid", m.aid, "or the profile with this ISD-P AID");
  }
  std::string problem() const {
    int given = int(order.has_value()) + int(iccid.has_value()) + int(aid.has_value());
    return given == 1 ? "" : "give one of order, iccid and aid";
  }
  std::string check(Scope& scope) const { return order ? order_problem(*order, scope) : ""; }
  Result<rsp::ProfileIdentifier> identifier(Run& run) const {
    if (aid) return rsp::ProfileIdentifier(rsp::Aid(*aid));
    rsp::Iccid octets{};
    if (order) {
      RSP_TRY(smdp::Order * found, order_of(run, *order));
      octets = found->metadata.iccid;
    } else {
      RSP_TRY(rsp::Bytes swapped, rsp::to_swapped_bcd(*iccid, octets.size()));
      std::ranges::copy(swapped, octets.begin());
    }
    return rsp::ProfileIdentifier(octets);
  }
};

Result<Json> done(rsp::Status status) {
  if (!status) return rsp::failure(std::move(status).error());
  return nothing();
}

// --- LPA: download
// ------------------------------------------------------------------------------------------------

enum class Answer { kYes, kNo, kLater };
constexpr auto enum_names(Answer) {
  return rsp::asn1::named<Answer>(
      {{Answer::kYes, "yes"}, {Answer::kNo, "no"}, {Answer::kLater, "later"}});
}
lpa::UserInterface::Consent consent_of(Answer answer) {
  using Consent = lpa::UserInterface::Consent;
  if (answer == Answer::kYes) return Consent::kYes;
  return answer == Answer::kNo ? Consent::kNo : Consent::kLater;
}

lpa::UserInterface user_of(const std::optional<std::string>& code, Answer consent, Answer policy) {
  lpa::UserInterface user;
  user.confirmation_code = [code] { return code; };
  user.consent = [consent](const auto&) { return consent_of(consent); };
  user.policy_consent = [policy](const auto&) { return consent_of(policy); };
  return user;
}

Json download_json(const lpa::Download& download) {
  return {{"iccid", rsp::from_swapped_bcd(download.metadata.iccid)},
          {"isdpAid", rsp::to_hex(download.isdp_aid)},
          {"notification", download.notification},
          {"metadata", rsp::to_json(download.metadata)}};
}

struct DownloadStep {
  static constexpr std::string_view kDoc =
      "The LPA downloads and installs a profile with an activation code (SGP.22 3.1.3). Returns "
      "iccid, isdpAid, notification, metadata.";
  std::optional<std::string> order, activation_code, confirmation_code, smdp_oid;
  Answer consent = Answer::kYes, policy_consent = Answer::kYes;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "the order whose activation code is used");
    f("activationCode", m.activation_code, "or any activation code");
    f("confirmationCode", m.confirmation_code, "what the user enters when asked");
    f("smdpOid", m.smdp_oid, "an OID in the activation code, with `order`");
    f("consent", m.consent, "whether the user wants the profile", kOptional);
    f("policyConsent", m.policy_consent, "whether the user accepts its policy rules", kOptional);
  }
  std::string problem() const {
    if (order.has_value() == activation_code.has_value())
      return "give one of order and activationCode";
    if (smdp_oid && !rsp::asn1::oid_from_text(*smdp_oid)) return "smdpOid is no object identifier";
    return "";
  }
  std::string check(Scope& scope) const { return order ? order_problem(*order, scope) : ""; }
  Result<Json> run(Run& run) const {
    lpa::ActivationCode code;
    if (order) {
      RSP_TRY(smdp::Order * found, order_of(run, *order));
      code = run.testbed.activation_code(*found);
      if (smdp_oid) code.smdp_oid = rsp::asn1::oid_from_text(*smdp_oid);
    } else {
      RSP_TRY(code, lpa::ActivationCode::parse(*activation_code));
    }
    auto user = user_of(confirmation_code, consent, policy_consent);
    RSP_TRY(lpa::Download download, run.testbed.lpa().download(code, user));
    return download_json(download);
  }
};

struct DownloadDefaultStep {
  static constexpr std::string_view kDoc =
      "The LPA downloads from the default SM-DP+ that the card names. Returns as lpa.download.";
  std::optional<std::string> confirmation_code;
  Answer consent = Answer::kYes;
  static void fields(auto&& f, auto& m) {
    f("confirmationCode", m.confirmation_code, "what the user enters when asked");
    f("consent", m.consent, "whether the user wants the profile", kOptional);
  }
  Result<Json> run(Run& run) const {
    auto user = user_of(confirmation_code, consent, Answer::kYes);
    RSP_TRY(lpa::Download download, run.testbed.lpa().download_from_default(user));
    return download_json(download);
  }
};

struct DiscoverStep {
  static constexpr std::string_view kDoc =
      "The LPA asks an SM-DS what waits for the card (SGP.22 3.6.2). Returns events, each with id "
      "and server.";
  std::optional<std::string> smds;
  static void fields(auto&& f, auto& m) {
    f("smds", m.smds, "which; the card's root SM-DS where left out");
  }
  Result<Json> run(Run& run) const {
    RSP_TRY(auto events, run.testbed.lpa().discover(smds));
    Json list = Json::array();
    for (const lpa::Event& event : events)
      list.push_back({{"id", event.id}, {"server", event.server}});
    return Json{{"events", std::move(list)}};
  }
};

struct DownloadEventStep {
  static constexpr std::string_view kDoc =
      "The LPA downloads what an SM-DS has named. Returns as lpa.download.";
  std::optional<std::string> order, id, server, confirmation_code;
  Answer consent = Answer::kYes;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "the order whose event it is");
    f("id", m.id, "or any EventID");
    f("server", m.server, "the SM-DP+, or an SM-DS that knows it; ours where left out");
    f("confirmationCode", m.confirmation_code, "what the user enters when asked");
    f("consent", m.consent, "whether the user wants the profile", kOptional);
  }
  std::string problem() const {
    return order.has_value() == id.has_value() ? "give one of order and id" : "";
  }
  std::string check(Scope& scope) const { return order ? order_problem(*order, scope) : ""; }
  Result<Json> run(Run& run) const {
    lpa::Event event{id.value_or(""), server.value_or(run.testbed.address())};
    if (order) {
      RSP_TRY(smdp::Order * found, order_of(run, *order));
      event.id = found->matching_id;
    }
    auto user = user_of(confirmation_code, consent, Answer::kYes);
    RSP_TRY(lpa::Download download, run.testbed.lpa().download(event, user));
    return download_json(download);
  }
};

// --- LPA: profiles
// ------------------------------------------------------------------------------------------------

struct EnableStep : WhichProfile {
  static constexpr std::string_view kDoc = "The LPA enables a profile and resets the card.";
  Result<Json> run(Run& run) const {
    RSP_TRY(auto profile, identifier(run));
    return done(run.testbed.lpa().enable(profile));
  }
};
struct DisableStep : WhichProfile {
  static constexpr std::string_view kDoc = "The LPA disables a profile and resets the card.";
  Result<Json> run(Run& run) const {
    RSP_TRY(auto profile, identifier(run));
    return done(run.testbed.lpa().disable(profile));
  }
};
struct DeleteStep : WhichProfile {
  static constexpr std::string_view kDoc = "The LPA deletes a profile.";
  Result<Json> run(Run& run) const {
    RSP_TRY(auto profile, identifier(run));
    return done(run.testbed.lpa().remove(profile));
  }
};
struct NicknameStep : WhichProfile {
  static constexpr std::string_view kDoc = "The LPA names a profile.";
  std::string nickname;
  static void fields(auto&& f, auto& m) {
    WhichProfile::fields(f, m);
    f("nickname", m.nickname, "its name; an empty one clears it");
  }
  Result<Json> run(Run& run) const {
    RSP_TRY(auto profile, identifier(run));
    auto* by_iccid = std::get_if<rsp::Iccid>(&profile);
    if (by_iccid == nullptr) return refused("aid", "SetNickname takes an ICCID only");
    return done(run.testbed.lpa().set_nickname(*by_iccid, nickname));
  }
};
struct DefaultSmdpStep {
  static constexpr std::string_view kDoc = "The LPA sets the card's default SM-DP+ address.";
  std::string address;
  static void fields(auto&& f, auto& m) { f("address", m.address, "empty clears it"); }
  Result<Json> run(Run& run) const { return done(run.testbed.lpa().set_default_smdp(address)); }
};
enum class ResetOption { kOperational = 0, kFieldLoadedTest = 1, kDefaultSmdp = 2 };
constexpr auto enum_names(ResetOption) {
  return rsp::asn1::named<ResetOption>({{ResetOption::kOperational, "operationalProfiles"},
                                        {ResetOption::kFieldLoadedTest, "fieldLoadedTestProfiles"},
                                        {ResetOption::kDefaultSmdp, "defaultSmdpAddress"}});
}
struct MemoryResetStep {
  static constexpr std::string_view kDoc =
      "The LPA resets the card's memory (ES10c.eUICCMemoryReset).";
  std::vector<ResetOption> options;
  static void fields(auto&& f, auto& m) { f("options", m.options, "what is to go"); }
  Result<Json> run(Run& run) const {
    rsp::asn1::BitString bits;
    for (ResetOption option : options) bits.set(static_cast<unsigned>(option));
    return done(run.testbed.lpa().memory_reset(bits));
  }
};
struct ProfilesStep {
  static constexpr std::string_view kDoc = "The LPA lists the profiles. Returns profiles.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    RSP_TRY(auto profiles, run.testbed.lpa().profiles());
    Json list = Json::array();
    for (const rsp::ProfileInfo& profile : profiles) list.push_back(rsp::to_json(profile));
    return Json{{"profiles", std::move(list)}};
  }
};
struct InfoStep {
  static constexpr std::string_view kDoc =
      "The LPA asks who the card is. Returns eid, info1, info2, addresses.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    lpa::Lpa& lpa = run.testbed.lpa();
    RSP_TRY(rsp::Eid eid, lpa.eid());
    RSP_TRY(auto info1, lpa.info1());
    RSP_TRY(auto info2, lpa.info2());
    RSP_TRY(auto addresses, lpa.addresses());
    return Json{{"eid", rsp::to_hex(eid)},
                {"info1", rsp::to_json(info1)},
                {"info2", rsp::to_json(info2)},
                {"addresses", rsp::to_json(addresses)}};
  }
};

// --- LPA: notifications
// -------------------------------------------------------------------------------------------

struct NotificationsStep {
  static constexpr std::string_view kDoc =
      "The LPA lists the notifications. Returns notifications.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    RSP_TRY(auto waiting, run.testbed.lpa().notifications());
    Json list = Json::array();
    for (const rsp::NotificationMetadata& metadata : waiting)
      list.push_back(rsp::to_json(metadata));
    return Json{{"notifications", std::move(list)}};
  }
};
struct DeliverStep {
  static constexpr std::string_view kDoc =
      "The LPA delivers the notifications that wait, and removes those that are acknowledged. "
      "Fails with the first that is not, after all tries. Returns delivered.";
  std::uint32_t tries = 1;
  static void fields(auto&& f, auto& m) {
    f("tries", m.tries, "how often it begins anew while some are left", kOptional, Range{1, 1000});
  }
  Result<Json> run(Run& run) const {
    Json delivered = Json::array();
    std::optional<rsp::Error> left;
    for (std::uint32_t i = 0; i < tries && (i == 0 || left); ++i) {
      left.reset();
      RSP_TRY(auto deliveries, run.testbed.lpa().deliver_notifications());
      for (const lpa::Delivery& delivery : deliveries) {
        if (delivery.error && !left) left = delivery.error;
        if (!delivery.error) {
          delivered.push_back(std::string(
              rsp::notification_event_name(delivery.metadata.profile_management_operation)));
        }
      }
    }
    if (left) return rsp::failure(*left);
    return Json{{"delivered", std::move(delivered)}};
  }
};
struct RemoveNotificationStep {
  static constexpr std::string_view kDoc = "The LPA removes a notification from the card's list.";
  std::uint32_t number = 0;
  static void fields(auto&& f, auto& m) { f("number", m.number, "its sequence number"); }
  Result<Json> run(Run& run) const { return done(run.testbed.lpa().remove_notification(number)); }
};

// --- The card
// -----------------------------------------------------------------------------------------------------

struct CardResetStep {
  static constexpr std::string_view kDoc = "The card is reset. Returns atr.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    rsp::Bytes atr = run.testbed.card().reset();
    run.testbed.lpa().forget_channel();
    return Json{{"atr", rsp::to_hex(atr)}};
  }
};
struct PowerOffStep {
  static constexpr std::string_view kDoc = "The card loses its power, and answers nothing.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    run.testbed.power_off();
    return nothing();
  }
};
struct PowerOnStep {
  static constexpr std::string_view kDoc = "The card gets power, and the LPA knows of it.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    run.testbed.power_on();
    return nothing();
  }
};
struct ApduStep {
  static constexpr std::string_view kDoc =
      "One APDU to the card, as it is. Returns sw and data. Fails only where the card has no "
      "power.";
  rsp::Bytes command;
  static void fields(auto&& f, auto& m) { f("command", m.command, "in hexadecimal"); }
  Result<Json> run(Run& run) const {
    rsp::Bytes octets = run.testbed.card().transmit(command);
    if (octets.empty())
      return rsp::failure(
          {.layer = rsp::Layer::kTransport, .code = "cardGone", .text = "the card gave no answer"});
    RSP_TRY(auto response, rsp::card::ResponseApdu::parse(octets));
    return Json{{"sw", to_string(response.sw)}, {"data", rsp::to_hex(response.data)}};
  }
};
struct CommandStep {
  static constexpr std::string_view kDoc =
      "One function of ES10, past the procedures of the LPA but over its channel. Returns the "
      "response's fields as `trace show` has them. Fails for a status word that is no success.";
  std::string function;
  Json request = Json::object();
  std::optional<rsp::Bytes> octets;
  static void fields(auto&& f, auto& m) {
    f("function", m.function, "such as ES10b.CancelSession");
    f("request", m.request, "its fields; the empty request where left out", kOptional);
    f("octets", m.octets, "or the whole command in hexadecimal, well formed or not");
  }
  std::string problem() const {
    if (octets) return "";
    auto names = es10_request_names();
    if (std::ranges::find(names, function) == names.end())
      return "'" + function + "' is no function of ES10: " + suggestion(function, names);
    if (has_variable(request)) return "";
    auto made = make_es10_request(function, request);
    return made ? "" : made.error().text;
  }
  Result<Json> run(Run& run) const {
    rsp::Bytes command;
    if (octets) {
      command = *octets;
    } else {
      RSP_TRY(command, make_es10_request(function, request));
    }
    RSP_TRY(rsp::Bytes answer, run.testbed.lpa().es10().send(function, command));
    auto messages = decode_es10(answer, Direction::kResponse);
    if (messages.empty()) return Json{{"octets", rsp::to_hex(answer)}};
    if (!messages.front().error.empty()) {
      return rsp::failure(
          {.layer = rsp::Layer::kDecode, .step = function, .text = messages.front().error});
    }
    return std::move(messages.front().json);
  }
};

// --- The server
// ---------------------------------------------------------------------------------------------------

struct AddOrderStep : OrderGiven {
  static constexpr std::string_view kDoc = "The server gets one more order.";
  std::string order;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "the name that later steps refer to");
    OrderGiven::fields(f, m);
  }
  std::string check(Scope& scope) const {
    if (std::ranges::find(scope.orders, order) != scope.orders.end())
      return "there is an order '" + order + "' already";
    scope.orders.push_back(order);
    return "";
  }
  Result<Json> run(Run& run) const { return done(run.add_order(order, input())); }
};
struct ChangeOrderStep {
  static constexpr std::string_view kDoc = "The server's operator changes an order.";
  std::string order;
  std::optional<smdp::OrderState> state;
  std::optional<std::chrono::milliseconds> expires_in;
  std::optional<std::string> confirmation_code;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "which");
    f("state", m.state, "its new state");
    f("expiresIn", m.expires_in, "from now on");
    f("confirmationCode", m.confirmation_code, "a new one");
  }
  std::string check(Scope& scope) const { return order_problem(order, scope); }
  Result<Json> run(Run& run) const {
    RSP_TRY(smdp::Order * found, order_of(run, order));
    auto lock = run.testbed.server_lock();
    if (state) found->move_to(*state);
    if (expires_in) found->expires = run.testbed.clock().now() + *expires_in;
    if (confirmation_code)
      found->confirmation_code_hash = smdp::hash_confirmation_code(*confirmation_code);
    return nothing();
  }
};
struct RestartServerStep {
  static constexpr std::string_view kDoc =
      "The server starts anew: it keeps its orders, not its sessions.";
  static void fields(auto&&, auto&) {}
  Result<Json> run(Run& run) const {
    run.testbed.restart_server();
    return nothing();
  }
};
struct CallStep {
  static constexpr std::string_view kDoc =
      "One HTTP request to the server, as a foreign LPA might send it. Returns status, body, and "
      "code where the server refuses: 8.10.1/3.9. Fails where no answer comes.";
  std::string function, method = "POST";
  bool at_smds = false;
  Json body = Json::object();
  std::optional<std::string> text, target;
  std::map<std::string, std::string> headers{{"Content-Type", std::string(rsp::kJsonContentType)},
                                             {"X-Admin-Protocol", "gsma/rsp/v2.2.2"}};
  static void fields(auto&& f, auto& m) {
    f("function", m.function, "such as authenticateClient", kOptional);
    f("target", m.target, "or any path");
    f("atSmds", m.at_smds, "whether the SM-DS is asked, and not the SM-DP+", kOptional);
    f("method", m.method, "POST where left out", kOptional);
    f("headers", m.headers, "in place of the usual ones", kOptional);
    f("body", m.body, "a JSON document", kOptional);
    f("text", m.text, "or any text");
  }
  std::string problem() const {
    if (function.empty() == !target) return "give one of function and target";
    return text && body != Json::object() ? "give one of body and text" : "";
  }
  Result<Json> run(Run& run) const {
    rsp::http::Request request;
    request.method = method;
    request.target = target.value_or(std::string(rsp::kEs9PathPrefix) + function);
    for (const auto& [name, value] : headers) request.headers.push_back({name, value});
    request.body = text.value_or(rsp::dump(body));
    RSP_TRY(rsp::http::Response response,
            at_smds ? run.testbed.call_smds(request) : run.testbed.call_server(request));
    Json parsed = Json::parse(response.body, nullptr, false);
    Json out{{"status", response.status}};
    if (!parsed.is_discarded()) out["body"] = parsed;
    auto code = Json::json_pointer("/header/functionExecutionStatus/statusCodeData");
    if (!parsed.is_discarded() && parsed.contains(code)) {
      const Json& data = parsed.at(code);
      out["code"] = data.value("subjectCode", "") + "/" + data.value("reasonCode", "");
    }
    return out;
  }
};

struct AdvanceStep {
  static constexpr std::string_view kDoc = "Time passes.";
  std::chrono::milliseconds by{};
  static void fields(auto&& f, auto& m) { f("by", m.by, "such as 31d"); }
  Result<Json> run(Run& run) const {
    run.testbed.clock().advance(by);
    return nothing();
  }
};

constexpr std::array kSteps{
    step<DownloadStep>("lpa.download"),
    step<DownloadDefaultStep>("lpa.downloadDefault"),
    step<DiscoverStep>("lpa.discover"),
    step<DownloadEventStep>("lpa.downloadEvent"),
    step<EnableStep>("lpa.enable"),
    step<DisableStep>("lpa.disable"),
    step<DeleteStep>("lpa.delete"),
    step<NicknameStep>("lpa.setNickname"),
    step<DefaultSmdpStep>("lpa.setDefaultSmdp"),
    step<MemoryResetStep>("lpa.memoryReset"),
    step<ProfilesStep>("lpa.profiles"),
    step<InfoStep>("lpa.info"),
    step<NotificationsStep>("lpa.notifications"),
    step<DeliverStep>("lpa.deliverNotifications"),
    step<RemoveNotificationStep>("lpa.removeNotification"),
    step<CardResetStep>("card.reset"),
    step<PowerOffStep>("card.powerOff"),
    step<PowerOnStep>("card.powerOn"),
    step<ApduStep>("card.apdu"),
    step<CommandStep>("card.command"),
    step<AddOrderStep>("server.addOrder"),
    step<ChangeOrderStep>("server.changeOrder"),
    step<RestartServerStep>("server.restart"),
    step<CallStep>("server.call"),
    step<AdvanceStep>("clock.advance"),
};

}  // namespace

std::span<const StepRow> step_rows() { return kSteps; }

const StepRow* find_step(std::string_view name) {
  auto row = std::ranges::find(kSteps, name, &StepRow::name);
  return row == kSteps.end() ? nullptr : &*row;
}

const std::vector<std::string>& step_frame_names() {
  static const std::vector<std::string> names{"as", "fails", "returns", "times"};
  return names;
}

Json outcome_of(const Result<Json>& result) {
  Json out{{"ok", result.has_value()}};
  if (result) {
    if (result->is_object()) out.update(*result);
    out["ok"] = true;  // whatever a peer calls its members
    return out;
  }
  const rsp::Error& error = result.error();
  out["layer"] = std::string(to_string(error.layer));
  for (auto [name, value] : {std::pair{"step", &error.step},
                             {"code", &error.code},
                             {"path", &error.path},
                             {"text", &error.text},
                             {"hint", &error.hint}}) {
    if (!value->empty()) out[name] = *value;
  }
  return out;
}

rsp::Status Run::add_order(const std::string& name, const OrderInput& input) {
  RSP_TRY(smdp::Order * order, testbed.add_order(input));
  orders[name] = order;
  variables["orders"][name] = {
      {"activationCode", testbed.activation_code(*order).to_string()},
      {"matchingId", order->matching_id},
      {"iccid", rsp::from_swapped_bcd(order->metadata.iccid)},
      {"iccidOctets", rsp::to_hex(order->metadata.iccid)},
  };
  return {};
}

rsp::Status Run::change_order(const OrderChange& change) {
  RSP_TRY(smdp::Order * order, order_of(*this, change.order));
  if (change.state) {
    smdp::OrderState state{};
    std::string problem = Scalar<smdp::OrderState>::read(*change.state, state);
    if (!problem.empty()) return refused("state", "'" + *change.state + "' " + problem);
    order->move_to(state);
  }
  if (change.eid) {
    if (change.eid->size() != rsp::Eid{}.size()) return refused("eid", "an EID has 16 octets");
    std::ranges::copy(*change.eid, order->eid.emplace().begin());
  }
  return {};
}

}  // namespace hil
