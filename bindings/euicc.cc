// Euicc: the software card, seen from inside and at its contacts.
#include "bindings/bench.h"

namespace bindings {
namespace {

/// What ES10c would tell of a profile.
rsp::ProfileInfo info_of(const sim::Profile& profile) {
  rsp::ProfileInfo info;
  info.iccid = profile.metadata.iccid;
  info.isdp_aid = profile.aid;
  info.profile_state = profile.state;
  info.profile_nickname = profile.nickname;
  info.service_provider_name = profile.metadata.service_provider_name;
  info.profile_name = profile.metadata.profile_name;
  info.profile_class = profile.metadata.profile_class;
  return info;
}

py::list profiles(const PyEuicc& euicc) {
  auto found = on_testbed(*euicc.bench, [](hil::Testbed& testbed) {
    std::vector<rsp::ProfileInfo> list;
    for (const auto& [aid, profile] : testbed.euicc().memory().profiles)
      list.push_back(info_of(profile));
    return list;
  });
  py::list out;
  for (const rsp::ProfileInfo& info : found) out.append(to_profile(info));
  return out;
}

py::list notifications(const PyEuicc& euicc) {
  auto found = on_testbed(*euicc.bench, [](hil::Testbed& testbed) {
    std::vector<rsp::NotificationMetadata> list;
    for (const auto& [number, waiting] : testbed.euicc().memory().notifications)
      list.push_back(waiting.metadata);
    return list;
  });
  py::list out;
  for (const rsp::NotificationMetadata& metadata : found) out.append(to_notification(metadata));
  return out;
}

py::bytes transmit(const PyEuicc& euicc, const py::object& apdu) {
  rsp::Bytes command = octets_of(apdu, "apdu");
  return octets_to_python(on_testbed(*euicc.bench, [&](hil::Testbed& testbed) {
    return lpa::InProcessLink(testbed.card()).transmit(command, rsp::Deadline::after({}));
  }));
}

std::size_t free_memory(hil::Testbed& testbed) {
  std::size_t all = testbed.euicc().persona().memory;
  return all - std::min(all, testbed.memory_used());
}

template <class Look>
auto looks_at(Look look) {
  return [look](const PyEuicc& euicc) { return on_testbed(*euicc.bench, look); };
}

}  // namespace

void bind_euicc(py::module_& module) {
  py::class_<PyEuicc>(
      module, "Euicc",
      "The software eUICC of a testbed, seen from inside and at its contacts.\n\n"
      ">>> order = testbed.smdp.order()\n>>> testbed.lpa.enable(testbed.lpa.download(order))\n>>> "
      "testbed.euicc.profiles == [Profile(iccid=order.iccid, state=\"enabled\")]"
      "\nTrue\n")
      .def_property_readonly(
          "eid", looks_at([](hil::Testbed& testbed) { return rsp::to_hex(testbed.euicc().eid()); }),
          "The EID, 32 digits.")
      .def_property_readonly("profiles", &profiles,
                             "The profiles in its memory, as a list of Profile.")
      .def_property_readonly(
          "notifications", &notifications,
          "Notifications that nobody has removed yet, as a list of Notification.")
      .def_property_readonly("free_memory", looks_at(&free_memory), "Octets left for profiles.")
      .def_property_readonly("memory_used",
                             looks_at([](hil::Testbed& testbed) { return testbed.memory_used(); }),
                             "Octets that profiles and CRLs occupy.")
      .def_property_readonly("session",
                             looks_at([](hil::Testbed& testbed) { return testbed.session(); }),
                             "How far a download session is: \"none\", \"challenged\", "
                             "\"authenticated\", \"prepared\" "
                             "or \"installing\".")
      .def_property_readonly(
          "powered", looks_at([](hil::Testbed& testbed) { return testbed.card().powered(); }),
          "Whether it has power.")
      .def(
          "check_invariants",
          looks_at([](hil::Testbed& testbed) { return testbed.broken_invariants(); }),
          "What must hold of a card at any time and does not, in words; an empty list where all is "
          "well.")
      .def("transmit", &transmit, py::arg("apdu"),
           "One APDU past the LPA, with the faults that are for it: the response with its status "
           "word.\n\nRaises TransportError where the card has no power.\n\n"
           ">>> StatusWord(testbed.euicc.transmit(\"00A4040000\"))\nStatusWord(0x6A82: file or "
           "application not found)\n")
      .def(
          "reset",
          [](const PyEuicc& euicc) {
            return octets_to_python(on_testbed(*euicc.bench, [](hil::Testbed& testbed) {
              rsp::Bytes atr = testbed.card().reset();
              testbed.lpa().forget_channel();
              return atr;
            }));
          },
          "Resets it: the ATR. Channels and sessions are lost, and the LPA knows of it.")
      .def(
          "power_off",
          [](const PyEuicc& euicc) {
            on_testbed(*euicc.bench, [](hil::Testbed& testbed) { testbed.power_off(); });
          },
          "Takes its power away: it answers nothing until power_on().")
      .def(
          "power_on",
          [](const PyEuicc& euicc) {
            on_testbed(*euicc.bench, [](hil::Testbed& testbed) { testbed.power_on(); });
          },
          "Gives it power, or resets it. The LPA opens a new channel.")
      .def_property_readonly(
          "faults", [](const PyEuicc& euicc) { return PyFaults{euicc.bench}; },
          "The faults of the testbed; those of hooks apdu, storage and message are a card's.")
      .def(
          "cut_power",
          [](const PyEuicc& euicc, const py::kwargs& options) {
            return py::cast(PyFaults{euicc.bench}).attr("cut_power")(**options);
          },
          "The same as faults.cut_power().");
}

}  // namespace bindings
