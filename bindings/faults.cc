// Faults: what is to go wrong, as data for the one plan of a testbed.
#include <fmt/format.h>

#include "bindings/bench.h"

namespace bindings {
namespace {

/// Card and server look at the plan, each in its own time.
template <class Work>
auto on_plan(const PyFaults& faults, Work&& work) {
  return on_testbed(*faults.bench, [&](hil::Testbed& testbed) {
    auto lock = testbed.server_lock();
    return work(testbed.faults());
  });
}

std::string add_json(const PyFaults& faults, const rsp::Json& fault, bool optional) {
  std::string id = on_plan(faults, [&](hil::FaultPlan& plan) { return plan.add(fault); });
  if (optional) faults.bench->optional_faults.insert(id);
  return id;
}

/// What stands beside where and action.
void add_frame(rsp::Json& fault, const py::object& when, const py::object& id,
               const py::object& matches) {
  if (!when.is_none()) fault["when"] = to_json(when);
  if (!id.is_none()) fault["id"] = to_json(id);
  if (!matches.is_none()) fault["matches"] = to_json(matches);
}

std::string add(const PyFaults& faults, const py::object& fault, const py::object& where,
                const py::object& action, const py::object& when, const py::object& id,
                const py::object& matches, bool optional) {
  rsp::Json json = fault.is_none() ? rsp::Json::object() : to_json(fault);
  if (!where.is_none()) json["where"] = to_json(where);
  if (!action.is_none()) json["action"] = to_json(action);
  add_frame(json, when, id, matches);
  return add_json(faults, json, optional);
}

std::vector<hil::FaultReport> reports(const PyFaults& faults) {
  return on_plan(faults, [](hil::FaultPlan& plan) { return plan.report(); });
}

py::list report(const PyFaults& faults) {
  py::list out;
  for (const hil::FaultReport& report : reports(faults)) out.append(to_fault_report(report));
  return out;
}

py::list unused(const PyFaults& faults) {
  py::list out;
  for (const hil::FaultReport& report : reports(faults)) {
    if (!report.complaint.empty() && !faults.bench->optional_faults.contains(report.id))
      out.append(to_fault_report(report));
  }
  return out;
}

constexpr const char* kFaultsDoc =
    R"(What is to go wrong on a testbed. faults_catalogue() has every hook with its actions.

Each hook is also a method: faults.HOOK(where, ACTION={...}).

>>> faults.bpp("sequenceOf86", corrupt={"segment": 3})
'fault 1'
>>> faults.header("authenticateClient", fail={"subject": "8.2.6", "reason": "3.8"})
'fault 2'
>>> faults.apdu({"tag": "BF2D"}, answer={"sw": "6F00"}, when={"nth": 2})
'fault 3'
)";

constexpr const char* kAddDoc =
    R"(Adds a fault: the dict that scenario files have, or its members. Returns its id.

Octets may be bytes, status words StatusWord, spans timedelta. One that is `optional` may stay
unused. Raises InputError that says what there is.

>>> faults.add(where={"transport": "handleNotification"}, action={"resetAfter": {}})
'fault 1'
)";

/// faults.HOOK: adds at a hook. Its actions are the plan's business.
py::object adder(const PyFaults& faults, const std::string& hook) {
  auto hooks = hil::hook_names();
  if (std::ranges::find(hooks, hook) == hooks.end())
    throw py::attribute_error(
        fmt::format("'{}' is no hook of faults: {}", hook, fmt::join(hooks, ", ")));
  return py::cpp_function(
      [faults, hook](const py::object& where, const py::object& when, const py::object& id,
                     const py::object& matches, bool optional, const py::kwargs& action) {
        rsp::Json fault{{"where", {{hook, to_json(where)}}}, {"action", to_json(action)}};
        add_frame(fault, when, id, matches);
        return add_json(faults, fault, optional);
      },
      py::name(hook.c_str()), py::arg("where") = py::dict(), py::kw_only(),
      py::arg("when") = py::none(), py::arg("id") = py::none(), py::arg("matches") = py::none(),
      py::arg("optional") = false, "Adds a fault at this hook; the action is the other keyword.");
}

std::string cut_power(const PyFaults& faults, const std::string& moment,
                      const std::optional<std::uint32_t>& write,
                      const std::optional<std::string>& record, const py::object& when,
                      const py::object& id, bool optional, const py::kwargs& apdu) {
  rsp::Json where = to_json(apdu);
  if (auto last = where.find("last_block"); last != where.end()) {
    where["lastBlock"] = *last;
    where.erase("last_block");
  }
  bool at_write = write || record;
  if (write) where["write"] = *write;
  if (record) where["record"] = *record;
  rsp::Json fault{{"where", {{at_write ? "storage" : "apdu", std::move(where)}}},
                  {"action", {{"powerCut", {{"moment", moment}}}}}};
  add_frame(fault, when, id, py::none());
  return add_json(faults, fault, optional);
}

}  // namespace

py::object to_fault_report(const hil::FaultReport& report) {
  return python_class("values", "FaultReport")(report.id, report.where, report.action, report.seen,
                                               report.used, report.complaint);
}

void bind_faults(py::module_& module) {
  py::class_<PyFaults>(module, "Faults", kFaultsDoc)
      .def("add", &add, py::arg("fault") = py::none(), py::kw_only(), py::arg("where") = py::none(),
           py::arg("action") = py::none(), py::arg("when") = py::none(), py::arg("id") = py::none(),
           py::arg("matches") = py::none(), py::arg("optional") = false, kAddDoc)
      .def(
          "remove",
          [](const PyFaults& faults, const std::string& id) {
            faults.bench->optional_faults.erase(id);
            return on_plan(faults, [&](hil::FaultPlan& plan) { return plan.remove(id); });
          },
          py::arg("id"), "Takes a fault away, with what was counted for it. False: there is none.")
      .def(
          "clear",
          [](const PyFaults& faults) {
            faults.bench->optional_faults.clear();
            on_plan(faults, [](hil::FaultPlan& plan) { plan.clear(); });
          },
          "Takes all faults away.")
      .def("report", &report, "How each fault fared, as a list of FaultReport.")
      .def_property_readonly("unused", &unused,
                             "The faults that were not used as planned, optional ones left out.")
      .def("cut_power", &cut_power, py::kw_only(), py::arg("moment") = "before",
           py::arg("write") = py::none(), py::arg("record") = py::none(),
           py::arg("when") = py::none(), py::arg("id") = py::none(), py::arg("optional") = false,
           "The card loses its power \"before\" or \"after\" an APDU that matches (ins, tag, "
           "number, last_block), or a write to its memory (write, record).\n\n"
           ">>> faults.cut_power(tag=\"86\", when={\"nth\": 3})\n'fault 1'\n")
      .def("__getattr__", &adder, py::arg("hook"))
      .def("__dir__", [](const py::object& self) {
        py::list names = py::module_::import("builtins").attr("object").attr("__dir__")(self);
        for (const std::string& hook : hil::hook_names()) names.append(hook);
        return names;
      });
  module.def(
      "faults_catalogue", [] { return to_python(hil::FaultPlan::catalogue()); },
      "Every hook, what tells its places apart, and its actions with their parameters.");
}

}  // namespace bindings
