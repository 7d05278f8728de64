// Smdp and Order: the mock server, what it has, and what it remembers.
#include <fmt/format.h>

#include <thread>

#include "bindings/bench.h"
#include "hil/scenario/given.h"
#include "rsp/json/function_json.h"

namespace bindings {
namespace {

// --- Orders
// -------------------------------------------------------------------------------------------------------

rsp::Eid eid_of(const std::string& digits) {
  auto eid = rsp::parse_eid(digits);
  if (!eid) raise_input("eid", "'" + digits + "' is no EID of 32 digits");
  return *eid;
}

rsp::asn1::BitString rules_of(const std::vector<std::string>& names) {
  rsp::asn1::BitString rules;
  for (const std::string& name : names)
    rules.set(static_cast<unsigned>(enum_of<hil::PolicyRule>(name, "policy_rules")));
  return rules;
}

rsp::OperatorId owner_of(const py::dict& owner) {
  rsp::OperatorId out;
  for (auto [key, value] : owner) {
    auto name = key.cast<std::string>();
    rsp::Bytes octets = octets_of(value, name.c_str());
    if (name == "mcc_mnc") {
      if (octets.size() != 3) raise_input("owner", "mcc_mnc should have three octets");
      std::ranges::copy(octets, out.mcc_mnc.begin());
    } else if (name == "gid1") {
      out.gid1 = std::move(octets);
    } else if (name == "gid2") {
      out.gid2 = std::move(octets);
    } else {
      raise_input("owner", "'" + name + "' is none of: mcc_mnc, gid1, gid2");
    }
  }
  return out;
}

std::optional<rsp::Bytes> optional_octets(const py::object& value, const char* what) {
  if (value.is_none()) return std::nullopt;
  return octets_of(value, what);
}

PyOrder key_of(const SharedBench& bench, const smdp::Order& order) {
  PyOrder key{bench, order.matching_id, std::nullopt};
  // Any other is linked to a card by its first download, and stays what it is.
  if (order.matching_id.empty()) key.eid = order.eid;
  return key;
}

constexpr const char* kOrderDoc = R"(Adds an order; what is not said is made up.

An order with an empty `matching_id` is for the default SM-DP+ of a card, which `for_this_card` or
`eid` names. `package_iccid` is the ICCID inside the profile package, where that is to be another
than in the metadata. `profile_class` is "operational", "test" or "provisioning"; `policy_rules`
names some of "updateControl", "ppr1", "ppr2"; `owner` is a dict with mcc_mnc (octets as in EF.IMSI)
and, where wanted, gid1 and gid2. `state` is how far it is: "released" can be downloaded.
`expires_after` is seconds or a timedelta on the testbed's clock. `filler` is how many octets of a
file make the package larger. `package` is a profile package
(DER) in place of one that is made. `event` registers its event at the SM-DS, under its MatchingID.

>>> testbed.smdp.order(confirmation_code="4711").activation_code
'LPA:1$testsmdpplus1.example.com$ORDER-0001$$1'
)";

PyOrder add_order(const PySmdp& smdp, const std::optional<std::string>& matching_id,
                  const std::optional<std::string>& iccid, const std::optional<std::string>& imsi,
                  const std::optional<std::string>& package_iccid,
                  const std::optional<std::string>& confirmation_code, bool for_this_card,
                  const std::optional<std::string>& eid, const std::string& provider,
                  const std::string& name, const std::string& profile_class,
                  const std::optional<std::vector<std::string>>& policy_rules,
                  const std::optional<py::dict>& owner, const py::object& icon,
                  const std::string& state, const py::object& expires_after, std::size_t filler,
                  const py::object& package, bool event) {
  hil::OrderInput input;
  input.matching_id = matching_id;
  input.iccid = iccid;
  input.imsi = imsi;
  input.package_iccid = package_iccid;
  input.confirmation_code = confirmation_code;
  input.for_this_card = for_this_card;
  if (eid) input.eid = eid_of(*eid);
  if (matching_id && matching_id->empty() && !for_this_card && !eid)
    raise_input("matching_id",
                "an order without a MatchingID needs an EID, or no card could ask for it",
                "say for_this_card=True");
  input.provider = provider;
  input.name = name;
  input.profile_class = enum_of<rsp::ProfileClass>(profile_class, "profile_class");
  if (policy_rules) input.policy_rules = rules_of(*policy_rules);
  if (owner) input.owner = owner_of(*owner);
  input.icon = optional_octets(icon, "icon");
  input.state = enum_of<smdp::OrderState>(state, "state");
  input.expires_after = optional_span_of(expires_after, "expires_after");
  input.filler = filler;
  input.package = optional_octets(package, "package");
  input.event = event;
  smdp::Order* made = value_of(smdp.bench->open().add_order(input));
  return key_of(smdp.bench, *made);
}

template <class Look>
auto of_order(Look look) {
  return [look](const PyOrder& order) {
    return at_server(*order.bench,
                     [&](hil::Testbed& testbed) { return look(order.find(testbed)); });
  };
}

std::string activation_code(const PyOrder& order) {
  return at_server(*order.bench, [&](hil::Testbed& testbed) {
    return testbed.activation_code(order.find(testbed)).to_string();
  });
}

/// The reports of a history, as a test names them.
std::vector<std::string> reports_of(const smdp::Order& order) {
  std::vector<std::string> out;
  for (const std::string& entry : order.history) {
    if (entry == rsp::asn1::name_of(smdp::OrderState::kInstalled)) out.emplace_back("install");
    bool report = entry == "enable" || entry == "disable" || entry == "delete";
    if (report || entry.starts_with("install failed")) out.push_back(entry);
  }
  return out;
}

void bind_order(py::module_& module) {
  py::class_<PyOrder>(module, "Order",
                      "A download order at the server. What it says is how things stand now.")
      .def_property_readonly("activation_code", &activation_code,
                             "What the end user gets: LPA:1$address$matchingId.")
      .def_property_readonly(
          "matching_id", [](const PyOrder& order) { return order.matching_id; },
          "The token of the activation code; empty for a card's default SM-DP+.")
      .def_property_readonly("iccid", of_order([](const smdp::Order& order) {
                               return rsp::from_swapped_bcd(order.metadata.iccid);
                             }),
                             "The ICCID in its metadata, in digits.")
      .def_property_readonly("state", of_order([](const smdp::Order& order) {
                               return rsp::asn1::name_of(order.state);
                             }),
                             "available, allocated, linked, confirmed, released, downloaded, "
                             "installed, error or unavailable (SGP.22 3.1.6).")
      .def_property_readonly("history",
                             of_order([](const smdp::Order& order) { return order.history; }),
                             "States and reports in the order in which they came.")
      .def_property_readonly("download_attempts", of_order([](const smdp::Order& order) {
                               return order.download_attempts;
                             }),
                             "How often its package was given out.")
      .def_property_readonly("wrong_confirmation_codes", of_order([](const smdp::Order& order) {
                               return order.wrong_confirmation_codes;
                             }),
                             "How often the confirmation code was wrong.")
      .def_property_readonly("confirmation_code_required", of_order([](const smdp::Order& order) {
                               return order.confirmation_code_hash.has_value();
                             }),
                             "Whether it asks for a confirmation code.")
      .def_property_readonly("eid",
                             of_order([](const smdp::Order& order) -> std::optional<std::string> {
                               if (!order.eid) return std::nullopt;
                               return rsp::to_hex(*order.eid);
                             }),
                             "The card it is linked to, or None.")
      .def_property_readonly(
          "metadata",
          [](const PyOrder& order) {
            return to_python(at_server(*order.bench, [&](hil::Testbed& testbed) {
              return rsp::to_json(order.find(testbed).metadata);
            }));
          },
          "Its profile metadata as a dict.")
      .def("__eq__",
           [](const PyOrder& a, const py::object& other) {
             if (!py::isinstance<PyOrder>(other)) return false;
             auto b = other.cast<PyOrder>();
             return a.bench == b.bench && a.matching_id == b.matching_id && a.eid == b.eid;
           })
      .def("__hash__",
           [](const PyOrder& order) { return std::hash<std::string>()(order.matching_id); })
      .def("__repr__", [](const PyOrder& order) {
        std::string state = at_server(*order.bench, [&](hil::Testbed& testbed) {
          return rsp::asn1::name_of(order.find(testbed).state);
        });
        return fmt::format("<Order '{}' {}>", order.matching_id, state);
      });
}

// --- The server
// ---------------------------------------------------------------------------------------------------

py::object calls(const PySmdp& smdp) {
  auto counted = at_server(*smdp.bench, [](hil::Testbed& testbed) { return testbed.calls(); });
  return py::module_::import("collections").attr("Counter")(counted);
}

py::list orders(const PySmdp& smdp) {
  std::vector<PyOrder> found = at_server(*smdp.bench, [&](hil::Testbed& testbed) {
    std::vector<PyOrder> list;
    for (const smdp::Order* order : testbed.orders().all())
      list.push_back(key_of(smdp.bench, *order));
    return list;
  });
  py::list out;
  for (PyOrder& order : found) out.append(std::move(order));
  return out;
}

constexpr const char* kCallEs2Doc = R"(Calls a function of ES2+ as an operator does; members as
SGP.22 names them. Returns the answer's members as a dict. Raises ServerError with the status code.

>>> order = testbed.smdp.order(state="available", matching_id="STOCK")
>>> testbed.smdp.call_es2("downloadOrder", iccid=order.iccid)["iccid"] == order.iccid
True
>>> order.state
'allocated'
)";

py::object call_es2(const PySmdp& smdp, const std::string& function, const py::kwargs& members) {
  rsp::Json body = to_json(members);
  body["header"] = {{"functionRequesterIdentifier", "2.999.100"},
                    {"functionCallIdentifier", "python"}};
  rsp::http::Request request;
  request.target = std::string(rsp::kEs2PathPrefix) + function;
  request.headers = {{"Content-Type", std::string(rsp::kJsonContentType)},
                     {std::string(rsp::kAdminProtocolHeader), "gsma/rsp/v2.2.2"}};
  request.body = rsp::dump(body);
  auto response =
      blocking_value(*smdp.bench, [&] { return smdp.bench->open().call_server(request); });
  if (response.status != 200) {
    raise({.layer = rsp::Layer::kHttp,
           .step = "ES2+." + function,
           .code = std::to_string(response.status),
           .text = response.body});
  }
  rsp::Json answer = value_of(rsp::json_function::parse_body(response.body));
  if (auto failed = rsp::reported_failure(answer)) raise(*failed);
  answer.erase("header");
  return to_python(answer);
}

rsp::Error never_came(const PyOrder& order, const std::string& wanted, const smdp::Order& now) {
  return {.layer = rsp::Layer::kTimeout,
          .step = "wait",
          .path = order.matching_id,
          .text = fmt::format("the order is '{}', not '{}'", rsp::asn1::name_of(now.state), wanted),
          .hint = fmt::format("it came this way: {}", fmt::join(now.history, ", "))};
}

void wait(const PySmdp& smdp, const PyOrder& order, const std::string& state,
          const py::object& timeout) {
  auto wanted = enum_of<smdp::OrderState>(state, "state");
  PythonInterrupt interrupt;
  auto deadline = rsp::Deadline::after(span_of(timeout, "timeout"), &interrupt);
  while (true) {
    auto problem = at_server(*smdp.bench, [&](hil::Testbed& testbed) -> std::optional<rsp::Error> {
      const smdp::Order& now = order.find(testbed);
      if (now.state == wanted) return std::nullopt;
      return never_came(order, state, now);
    });
    if (!problem) return;
    if (deadline.passed()) raise(*problem);
    if (deadline.interrupted()) interrupt.rethrow();
    py::gil_scoped_release released;
    std::this_thread::sleep_until(
        std::min(deadline.when(), rsp::Deadline::Steady::now() + rsp::Deadline::kLook));
  }
}

}  // namespace

smdp::Order& PyOrder::find(hil::Testbed& testbed) const {
  smdp::Order* found = matching_id.empty() ? testbed.orders().find_default(*eid)
                                           : testbed.orders().find(matching_id);
  if (found == nullptr) raise_input("order", "there is no order '" + matching_id + "' any more");
  return *found;
}

void bind_smdp(py::module_& module) {
  bind_order(module);
  py::class_<PySmdp>(module, "Smdp", "The mock SM-DP+ of a testbed.")
      .def("order", &add_order, py::kw_only(), py::arg("matching_id") = py::none(),
           py::arg("iccid") = py::none(), py::arg("imsi") = py::none(),
           py::arg("package_iccid") = py::none(), py::arg("confirmation_code") = py::none(),
           py::arg("for_this_card") = false, py::arg("eid") = py::none(),
           py::arg("provider") = "esimbench", py::arg("name") = "Test profile",
           py::arg("profile_class") = "operational", py::arg("policy_rules") = py::none(),
           py::arg("owner") = py::none(), py::arg("icon") = py::none(),
           py::arg("state") = "released", py::arg("expires_after") = py::none(),
           py::arg("filler") = hil::OrderInput{}.filler, py::arg("package") = py::none(),
           py::arg("event") = false, kOrderDoc)
      .def("call_es2", &call_es2, py::arg("function"), kCallEs2Doc)
      .def_property_readonly("orders", &orders, "All orders, as a list of Order.")
      .def_property_readonly("calls", &calls,
                             "Calls of ES9+ that reached it, refused ones too: function to count, "
                             "0 for what was never "
                             "called.\n\n>>> testbed.smdp.calls[\"getBoundProfilePackage\"]\n0\n")
      .def(
          "received",
          [](const PySmdp& smdp, const PyOrder& order) {
            return at_server(*smdp.bench, [&](hil::Testbed& testbed) {
              return reports_of(order.find(testbed));
            });
          },
          py::arg("order"),
          "The notifications it received and believed about an order: \"install\", \"enable\", "
          "\"disable\", \"delete\", or \"install failed: command, reason\".")
      .def("wait", &wait, py::arg("order"), py::arg("state"), py::arg("timeout") = 30.0,
           "Waits until an order is in a state, for somebody else's LPA. Raises DeadlineError.")
      .def(
          "restart",
          [](const PySmdp& smdp) {
            on_testbed(*smdp.bench, [](hil::Testbed& testbed) { testbed.restart_server(); });
          },
          "It loses its sessions, not its orders.")
      .def_property_readonly(
          "address", [](const PySmdp& smdp) { return smdp.bench->open().address(); },
          "Its host name, with the port where there is one.")
      .def(
          "activation_code",
          [](const PySmdp& smdp, const std::string& matching_id, bool confirmation_code_required) {
            return lpa::ActivationCode{smdp.bench->open().address(), matching_id, std::nullopt,
                                       confirmation_code_required}
                .to_string();
          },
          py::arg("matching_id"), py::arg("confirmation_code_required") = false,
          "An activation code of this server, whether it has such an order or not.")
      .def_property_readonly(
          "faults", [](const PySmdp& smdp) { return PyFaults{smdp.bench}; },
          "The faults of the testbed; those of all hooks but apdu and storage are a server's.")
      .def_property_readonly(
          "ci_certificate",
          [](const PySmdp& smdp) {
            const auto& pki = hil::testbed_pki(smdp.bench->open().options().curve);
            return octets_to_python(pki.ci.certificate.der());
          },
          "The CI certificate (DER) that an LPA by itself has to trust.");
}

}  // namespace bindings
