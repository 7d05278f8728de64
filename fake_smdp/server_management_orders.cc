// Orders of the management listener.
#include <fmt/format.h>

#include "fake_smdp/order_batch.h"
#include "fake_smdp/server_management_call.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/milenage.h"
#include "rsp/saip/profile_maker.h"

namespace smdp {

std::string activation_code(const Order& order, std::string_view address,
                            std::string_view smdp_oid) {
  std::string code = fmt::format("LPA:1${}${}", address, order.matching_id);
  if (!smdp_oid.empty() || order.confirmation_code_hash) code += fmt::format("${}", smdp_oid);
  if (order.confirmation_code_hash) code += "$1";
  return code;
}

namespace management {
namespace {

constexpr std::size_t kLongestPackage = 16 << 20;  // in base64

std::expected<Order*, Refusal> find(const ManagementConfig& config, const Call& call) {
  Order* order = config.orders.find_by_key(call.arguments.front());
  if (order != nullptr) return order;
  return refuse(404, call.arguments.front(), "there is no order with this key",
                "GET /api/orders lists them");
}

std::expected<void, Refusal> save(const ManagementConfig& config, const Order& order) {
  auto saved = config.orders.save(order);
  if (!saved) return refuse(saved.error());
  return {};
}

// --- What a new order is made of ---

std::string random_digits(std::string prefix, std::size_t size, rsp::Random& random) {
  while (prefix.size() < size)
    prefix += static_cast<char>('0' + rsp::big_endian(random.octets<2>()) % 10);
  return prefix;
}

/// Digits with the check digit that belongs to them (ITU-T E.118, Luhn).
std::string with_check_digit(std::string digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  digits += static_cast<char>('0' + (10 - sum % 10) % 10);
  return digits;
}

/// A package out of the parameters of rsp::saip::make_profile, each with a default.
std::expected<rsp::Bytes, Refusal> make_package(const Json& json, rsp::Random& random) {
  Members members(json, "profile");
  rsp::saip::ProfileParameters parameters;
  auto take = [&](const char* name, std::string& into) {
    if (auto value = members.text(name)) into = *std::move(value);
  };
  parameters.iccid_digits = with_check_digit(random_digits("8988211", 19, random));
  parameters.imsi = random_digits("00101", 15, random);
  take("iccid", parameters.iccid_digits);
  take("imsi", parameters.imsi);
  if (auto k = members.octets16("k")) parameters.k = *k;
  if (auto opc = members.octets16("opc")) parameters.opc = *opc;
  if (auto key = members.octets16("otaKey")) parameters.ota_key = *key;
  take("profileType", parameters.profile_type);
  parameters.service_provider_name = members.text("serviceProviderName");
  parameters.msisdn = members.text("msisdn");
  if (auto length = members.integer("mncLength", 2, 3))
    parameters.mnc_length = static_cast<std::size_t>(*length);
  take("pin1", parameters.pin1);
  take("puk1", parameters.puk1);
  take("pin2", parameters.pin2);
  take("puk2", parameters.puk2);
  take("adm1", parameters.adm1);
  if (auto filler = members.integer("filler", 0, 65'535))
    parameters.filler = static_cast<std::size_t>(*filler);
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  auto package = rsp::saip::make_profile(parameters);
  if (!package) return refuse(package.error(), 400, "profile");
  return *std::move(package);
}

/// A package in base64. Error: it is none, with the member's name.
std::expected<rsp::Bytes, Refusal> package_in(const std::string& member, const std::string& text) {
  auto octets = rsp::from_base64(text);
  if (!octets) return refuse(400, member, "is no base64: " + octets.error().text);
  return *std::move(octets);
}

std::expected<rsp::saip::ProfilePackage, Refusal> template_in(const std::string& text) {
  auto octets = package_in("template", text);
  if (!octets) return std::unexpected(octets.error());
  auto package = rsp::saip::decode_package(*octets);
  if (!package)
    return refuse(400, "template", "is no profile package: " + package.error().message());
  return *std::move(package);
}

/// A template with the values of one subscription in it.
std::expected<rsp::Bytes, Refusal> personalised(const std::string& profile_template,
                                                const Json* values) {
  auto package = template_in(profile_template);
  if (!package) return std::unexpected(package.error());
  std::vector<rsp::saip::NamedText> texts;
  if (values != nullptr) {
    Members members(*values, "values");
    for (std::string_view name : rsp::saip::value_names()) {
      if (auto text = members.text(std::string(name))) texts.emplace_back(name, *std::move(text));
    }
    if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  }
  auto read = rsp::saip::read_values(texts, rsp::crypto::milenage_opc);
  if (!read) return refuse(read.error(), 400, "values");
  auto made = rsp::saip::personalise(*package, *read);
  if (!made) return refuse(made.error(), 400, "values");
  return rsp::saip::encode_package(*made);
}

/// What all new orders may say alike.
NewOrders common_of(const ManagementConfig& config, Members& members) {
  return {.address = config.address,
          .service_provider_name =
              members.text("serviceProviderName", 32).value_or(config.service_provider_name),
          .profile_name = members.text("profileName", 64).value_or(config.profile_name),
          .profile_type = members.text("profileType").value_or(""),
          .owner = members.text("owner").value_or("")};
}

/// Whether the member "state" wants an order and not a profile in stock.
bool wants_released(Members& members) {
  std::string state = members.text("state").value_or("released");
  if (state != "released" && state != "available")
    members.wrong("state", fmt::format("'{}' is no state of a new order", state),
                  "released: it can be downloaded; available: a profile in stock");
  return state == "released";
}

std::expected<void, Refusal> check_room(const ManagementConfig& config, std::size_t more) {
  std::size_t now = config.orders.all().size();
  if (now + more <= config.max_orders) return {};
  return refuse(409, "",
                fmt::format("there are {} orders, and {} are the most", now, config.max_orders),
                "start the server anew");
}

/// What a request says of an order, apart from its profile.
struct Wanted {
  std::optional<std::string> matching_id, confirmation_code, profile_type, owner, stock, package,
      profile_template;
  NewOrders common;
  std::optional<rsp::Octets<16>> eid;
  std::optional<rsp::Clock::TimePoint> expires;
  const Json* profile = nullptr;
  const Json* values = nullptr;
  bool released = true;
};

std::expected<Wanted, Refusal> read_wanted(const ManagementConfig& config, const Json& body) {
  Members members(body, "");
  Wanted wanted;
  wanted.stock = members.text("stock");
  wanted.package = members.text("package", kLongestPackage);
  wanted.profile = members.any("profile");
  wanted.profile_template = members.text("template", kLongestPackage);
  wanted.values = members.any("values");
  wanted.common = common_of(config, members);
  wanted.profile_type = members.text("profileType");
  wanted.owner = members.text("owner");
  wanted.matching_id = members.text("matchingId", 10'000);
  wanted.confirmation_code = members.text("confirmationCode");
  wanted.eid = members.octets16("eid");
  wanted.expires = members.time("expires");
  wanted.released = wants_released(members);
  if (wanted.matching_id) {
    if (auto problem = matching_id_problem(*wanted.matching_id))
      members.wrong("matchingId", *problem);
  }
  if (wanted.confirmation_code && wanted.confirmation_code->empty())
    members.wrong("confirmationCode", "is empty", "leave it out where there is none");
  int sources = wanted.stock.has_value() + wanted.package.has_value() +
                wanted.profile_template.has_value() + (wanted.profile != nullptr);
  if (sources > 1)
    members.wrong("profile", "an order has one profile",
                  "give one of profile, package, template and stock");
  if (wanted.values != nullptr && !wanted.profile_template)
    members.wrong("values", "there is no template to put them into",
                  "give a template, or profile with parameters for a made one");
  if (sources == 0 && !wanted.profile_type)
    members.wrong("profile", "it does not say which profile",
                  "give profile (parameters, {} for all defaults), package (base64), template "
                  "(base64) with values, stock (the key of an available one) or profileType");
  bool in_stock = wanted.matching_id || wanted.confirmation_code || wanted.eid || wanted.expires;
  if (!wanted.released && in_stock)
    members.wrong("state", "a profile in stock has neither MatchingID nor code, EID or expiry",
                  "leave them out, or make it released");
  if (wanted.released && wanted.matching_id == "" && !wanted.eid)
    members.wrong("eid", "an order without MatchingID is for the eUICC with an EID",
                  "give an eid, or leave matchingId out for a random one");
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  return wanted;
}

/// The profile of a new order that does not come from stock.
std::expected<Order, Refusal> new_profile(const ManagementConfig& config, const Wanted& wanted) {
  auto package = wanted.package            ? package_in("package", *wanted.package)
                 : wanted.profile_template ? personalised(*wanted.profile_template, wanted.values)
                                           : make_package(*wanted.profile, config.random);
  if (!package) return std::unexpected(package.error());
  auto order = profile_in_stock(*std::move(package), wanted.common);
  if (!order) return refuse(400, "package", "is no profile package: " + order.error().message());
  return *std::move(order);
}

std::expected<Order*, Refusal> take_from_stock(const ManagementConfig& config,
                                               const Wanted& wanted) {
  Order* order = wanted.stock ? config.orders.find_by_key(*wanted.stock)
                              : config.orders.find_available(*wanted.profile_type);
  std::string path = wanted.stock ? "stock" : "profileType";
  if (order == nullptr)
    return refuse(409, path, "there is no such profile in stock",
                  "GET /api/orders?state=available lists them");
  if (order->state != OrderState::kAvailable)
    return refuse(409, path, "the profile is " + rsp::asn1::name_of(order->state),
                  "take one that is available");
  if (!wanted.released)
    return refuse(409, "state", "the profile is available already", "make it released");
  return order;
}

void release(Order& order, const Wanted& wanted, rsp::Random& random) {
  order.matching_id = wanted.matching_id.value_or("");
  if (!wanted.matching_id) order.matching_id = random_matching_id(random);
  if (wanted.eid) {
    order.eid.emplace();
    std::ranges::copy(*wanted.eid, order.eid->begin());
  }
  order.expires = wanted.expires;
  if (wanted.confirmation_code)
    order.confirmation_code_hash = hash_confirmation_code(*wanted.confirmation_code);
  if (order.history.empty()) order.state = OrderState::kReleased;  // it begins its history
  order.move_to(OrderState::kReleased);
}

Reply created(const ManagementConfig& config, const Order& order) {
  Json json = describe(config, order);
  Response response = document(json, 201);
  response.headers.push_back({"Location", json.at("url").get<std::string>()});
  return response;
}

/// A key as a segment of a path.
std::string in_path(std::string_view key) {
  std::string out;
  for (char c : key) out += c == '#' ? std::string("%23") : std::string(1, c);
  return out;
}

}  // namespace

Json describe(const ManagementConfig& config, const Order& order) {
  Json out{{"key", order.key},
           {"url", "/api/orders/" + in_path(order.key)},
           {"state", rsp::asn1::name_of(order.state)},
           {"iccid", rsp::from_swapped_bcd(order.metadata.iccid)},
           {"profileName", order.metadata.profile_name},
           {"serviceProviderName", order.metadata.service_provider_name},
           {"packageSize", order.profile_package ? order.profile_package->size() : 0},
           {"matchingId", order.matching_id}};
  if (order.is_order() && (!order.matching_id.empty() || order.eid)) {
    out["activationCode"] = activation_code(order, config.address, config.smdp_oid);
    if (config.qr_svg) out["qr"] = out["url"].get<std::string>() + "/qr.svg";
  }
  out["confirmationCodeRequired"] = order.confirmation_code_hash.has_value();
  if (order.eid) out["eid"] = rsp::to_hex(*order.eid);
  if (order.expires) {
    out["expires"] = time_text(*order.expires);
    out["expired"] = config.clock.now() > *order.expires;
  }
  if (!order.profile_type.empty()) out["profileType"] = order.profile_type;
  if (!order.owner.empty()) out["owner"] = order.owner;
  if (!order.smds_address.empty()) {
    out["smdsAddress"] = order.smds_address;
    out["eventRegistered"] = order.event_registered;
  }
  out["downloadAttempts"] = order.download_attempts;
  out["wrongConfirmationCodes"] = order.wrong_confirmation_codes;
  if (order.binding) out["session"] = rsp::to_hex(order.binding->transaction_id);
  out["history"] = order.history;
  return out;
}

Reply list_orders(const ManagementConfig& config, const Call& call) {
  if (auto good = check_query(call, {"state"}); !good) return std::unexpected(good.error());
  std::string state = call.parameter("state");
  Json list = Json::array();
  for (const Order* order : config.orders.all()) {
    if (state.empty() || state == rsp::asn1::name_of(order->state))
      list.push_back(describe(config, *order));
  }
  return document({{"orders", std::move(list)}});
}

Reply show_order(const ManagementConfig& config, const Call& call) {
  auto order = find(config, call);
  if (!order) return std::unexpected(order.error());
  return document(describe(config, **order));
}

Reply show_qr(const ManagementConfig& config, const Call& call) {
  auto order = find(config, call);
  if (!order) return std::unexpected(order.error());
  if (!config.qr_svg) return refuse(404, "qr.svg", "this server draws no QR codes");
  if (!describe(config, **order).contains("activationCode"))
    return refuse(409, call.arguments.front(), "a profile in stock has no activation code",
                  "make an order of it: POST /api/orders with stock");
  auto svg = config.qr_svg(activation_code(**order, config.address, config.smdp_oid));
  if (!svg) return refuse(svg.error(), 409);
  return Response{
      200, *std::move(svg), {{"Content-Type", "image/svg+xml"}, {"Cache-Control", "no-store"}}};
}

Reply create_order(const ManagementConfig& config, const Call& call) {
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  auto wanted = read_wanted(config, *body);
  if (!wanted) return std::unexpected(wanted.error());
  bool from_stock = !wanted->package && !wanted->profile_template && wanted->profile == nullptr;
  if (from_stock) {
    auto found = take_from_stock(config, *wanted);
    if (!found) return std::unexpected(found.error());
    Order& order = **found;
    if (wanted->matching_id && !wanted->matching_id->empty() &&
        config.orders.find(*wanted->matching_id) != nullptr)
      return refuse(409, "matchingId",
                    fmt::format("there is an order '{}' already", *wanted->matching_id),
                    "choose another MatchingID");
    if (wanted->matching_id == "") {
      rsp::Eid eid{};
      std::ranges::copy(*wanted->eid, eid.begin());
      if (config.orders.find_default(eid) != nullptr)
        return refuse(409, "eid", "there is an order for the default SM-DP+ of this EID already",
                      "give one of them a MatchingID");
    }
    release(order, *wanted, config.random);
    if (wanted->owner) order.owner = *wanted->owner;
    if (auto saved = save(config, order); !saved) return std::unexpected(saved.error());
    return created(config, order);
  }
  if (auto room = check_room(config, 1); !room) return std::unexpected(room.error());
  auto order = new_profile(config, *wanted);
  if (!order) return std::unexpected(order.error());
  if (wanted->released) release(*order, *wanted, config.random);
  rsp::Iccid iccid = order->metadata.iccid;
  auto added = config.orders.add(*std::move(order));
  if (!added) return refuse(added.error(), 409);
  return created(config, *config.orders.find_by_iccid(iccid));
}

/// Many orders, or profiles in stock, out of CSV: all rows or none.
Reply create_batch(const ManagementConfig& config, const Call& call) {
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  Members members(*body, "");
  auto csv = members.text("csv", kLongestPackage);
  auto wanted_template = members.text("template", kLongestPackage);
  NewOrders common = common_of(config, members);
  bool released = wants_released(members);
  if (!csv)
    members.wrong("csv", "is missing",
                  "give a text whose first line names the columns: iccid and others");
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  std::optional<rsp::saip::ProfilePackage> profile_template;
  if (wanted_template) {
    auto package = template_in(*wanted_template);
    if (!package) return std::unexpected(package.error());
    profile_template = *std::move(package);
  }
  auto batch = released ? read_orders(*csv, profile_template, common, config.random)
                        : read_stock(*csv, profile_template, common);
  auto in_csv = [](rsp::Error error, int status) {
    if (error.layer == rsp::Layer::kInput) error.path = "csv, " + error.path;
    return refuse(error, status);
  };
  if (!batch) return in_csv(std::move(batch).error(), 400);
  if (auto room = check_room(config, batch->orders.size()); !room)
    return std::unexpected(room.error());
  Json out{{"orders", Json::array()}, {"warnings", batch->warnings}};
  auto keys = add_batch(config.orders, *std::move(batch));
  if (!keys) return in_csv(std::move(keys).error(), 409);
  for (const std::string& key : *keys)
    out["orders"].push_back(describe(config, *config.orders.find_by_key(key)));
  return document(out, 201);
}

/// What is not installed becomes unavailable, or goes back into the stock, as
/// ES2+.CancelOrder has it (SGP.22 5.3.3).
Reply cancel_order(const ManagementConfig& config, const Call& call) {
  auto found = find(config, call);
  if (!found) return std::unexpected(found.error());
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  bool again = false;
  if (!body->is_null()) {
    Members members(*body, "");
    again = members.boolean("backToStock").value_or(false);
    if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  }
  Order& order = **found;
  if (order.state == OrderState::kUnavailable || order.state == OrderState::kInstalled ||
      (again && order.state == OrderState::kAvailable))
    return refuse(409, order.key, "the profile is " + rsp::asn1::name_of(order.state),
                  "what is on a card cannot be cancelled here");
  withdraw_event(order, config.event_registrar);
  if (again) {
    order.eid.reset();
    order.matching_id.clear();
    order.confirmation_code_hash.reset();
    order.expires.reset();
    order.wrong_confirmation_codes = order.download_attempts = 0;
    order.smds_address.clear();
    order.binding.reset();
  }
  order.move_to(again ? OrderState::kAvailable : OrderState::kUnavailable);
  if (auto saved = save(config, order); !saved) return std::unexpected(saved.error());
  return document(describe(config, order));
}

/// Any order can be downloaded again, also one that is installed or failed: no real SM-DP+ does
/// that, and whoever tests the same thing many times wants it.
Reply release_order(const ManagementConfig& config, const Call& call) {
  auto found = find(config, call);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (!order.is_order() || (order.matching_id.empty() && !order.eid))
    return refuse(409, order.key,
                  fmt::format("the profile is {} and has no activation code",
                              rsp::asn1::name_of(order.state)),
                  "make an order of it: POST /api/orders with stock");
  order.wrong_confirmation_codes = order.download_attempts = 0;
  order.binding.reset();
  order.move_to(OrderState::kReleased);
  if (auto saved = save(config, order); !saved) return std::unexpected(saved.error());
  return document(describe(config, order));
}

}  // namespace management
}  // namespace smdp
