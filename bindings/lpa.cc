// Lpa: the one of a testbed, and one by itself over real HTTPS.
#include "lpa/lpa.h"

#include <pybind11/stl/filesystem.h>

#include "bindings/bench.h"
#include "hil/card.h"
#include "hil/describe.h"
#include "hil/scenario/given.h"

namespace bindings {
namespace {

using Consent = lpa::UserInterface::Consent;

/// An LPA by itself, with its card and its way to servers.
struct LonePlace final : LpaPlace {
  rsp::SystemClock clock;
  rsp::SystemRandom random;
  hil::OpenCard card;
  std::unique_ptr<lpa::HttpsEs9> server;
  std::unique_ptr<lpa::Lpa> made;

  rsp::Result<lpa::Lpa*> lpa() override { return made.get(); }
};

template <class Work>
auto on_lpa(const PyLpa& self, Work&& work) {
  return blocking_value(*self.place, [&]() -> std::invoke_result_t<Work, lpa::Lpa&> {
    RSP_TRY(lpa::Lpa * lpa, self.place->lpa());
    return work(*lpa);
  });
}

// --- What is asked of the user
// ------------------------------------------------------------------------------------

Consent consent_of(const py::object& answer) {
  if (answer.is(py::bool_(true))) return Consent::kYes;
  if (answer.is(py::bool_(false))) return Consent::kNo;
  if (py::isinstance<py::str>(answer)) {
    auto text = answer.cast<std::string>();
    if (text == "yes") return Consent::kYes;
    if (text == "no") return Consent::kNo;
    if (text == "later") return Consent::kLater;
  }
  throw py::type_error("consent is True, False or \"later\", not " +
                       py::repr(answer).cast<std::string>());
}

/// Calls back into Python in the middle of an operation. What is raised there ends the operation in
/// good order, with `otherwise` for an answer, and is raised again at its end.
template <class Answer, class Call>
Answer call_back(PythonInterrupt& interrupt, Answer otherwise, Call&& call) {
  py::gil_scoped_acquire gil;
  if (interrupt.has_exception()) return otherwise;
  try {
    return call();
  } catch (...) {
    interrupt.keep_exception();
    return otherwise;
  }
}

std::vector<std::string> rule_names(const rsp::asn1::BitString& rules) {
  std::vector<std::string> names;
  for (unsigned bit : rules.bits())
    names.push_back(rsp::asn1::name_of(static_cast<hil::PolicyRule>(bit)));
  return names;
}

/// Used while the GIL is released, so that it holds references only.
lpa::UserInterface user_of(PythonInterrupt& interrupt, const py::object& confirmation_code,
                           const py::object& consent, const py::object& policy_consent,
                           const py::object& progress) {
  lpa::UserInterface user;
  if (!confirmation_code.is_none()) {
    user.confirmation_code = [&] {
      using Code = std::optional<std::string>;
      return call_back<Code>(interrupt, std::nullopt, [&] {
        bool asked = PyCallable_Check(confirmation_code.ptr()) != 0;
        return (asked ? confirmation_code() : confirmation_code).cast<Code>();
      });
    };
  }
  if (!consent.is_none()) {
    user.consent = [&](const rsp::StoreMetadataRequest& metadata) {
      return call_back(interrupt, Consent::kNo,
                       [&] { return consent_of(consent(to_python(rsp::to_json(metadata)))); });
    };
  }
  if (!policy_consent.is_none()) {
    user.policy_consent = [&](const rsp::asn1::BitString& rules) {
      return call_back(interrupt, Consent::kNo,
                       [&] { return consent_of(policy_consent(rule_names(rules))); });
    };
  }
  if (!progress.is_none()) {
    user.progress = [&](const lpa::Progress& now) {
      call_back(interrupt, true, [&] {
        progress(python_class("values", "Progress")(now.step, now.done, now.total));
        return true;
      });
    };
  }
  return user;
}

// --- Values
// -------------------------------------------------------------------------------------------------------

py::object to_download(const lpa::Download& download) {
  return python_class("values", "Download")(
      py::arg("iccid") = rsp::from_swapped_bcd(download.metadata.iccid),
      py::arg("isdp_aid") = rsp::to_hex(download.isdp_aid),
      py::arg("metadata") = to_python(rsp::to_json(download.metadata)),
      py::arg("notification") = download.notification);
}

py::object to_delivery(const lpa::Delivery& delivery) {
  py::object error = py::none();
  if (delivery.error) {
    const rsp::Error& e = *delivery.error;
    error = python_class("errors", "error_of")(std::string(to_string(e.layer)), e.step, e.code,
                                               e.path, e.text, e.hint, e.message());
  }
  return python_class("values", "Delivery")(to_notification(delivery.metadata), error);
}

/// A text, or that attribute of something else.
py::object text_or_attribute(const py::object& value, const char* attribute, const char* what) {
  if (py::isinstance<py::str>(value)) return value;
  if (py::hasattr(value, attribute)) return value.attr(attribute);
  throw py::type_error(std::string(what) + " should be a text, or have ." + attribute + ", not " +
                       py::repr(value).cast<std::string>());
}

/// An ICCID or AID as text, or whatever has an ICCID: a Profile, a Download, an Order.
rsp::ProfileIdentifier identifier_of(const py::object& profile) {
  py::object text = text_or_attribute(profile, "iccid", "profile");
  if (text.is_none()) text = text_or_attribute(profile, "isdp_aid", "profile");
  if (text.is_none()) raise_input("profile", "it says neither an ICCID nor an AID");
  return value_of(hil::parse_profile_identifier(text.cast<std::string>(), "profile"));
}

lpa::ActivationCode activation_code_of(const py::object& code) {
  py::object text = text_or_attribute(code, "activation_code", "activation_code");
  return value_of(lpa::ActivationCode::parse(text.cast<std::string>()));
}

std::uint32_t sequence_number_of(const py::object& notification) {
  bool number = py::isinstance<py::int_>(notification);
  return (number ? notification : notification.attr("sequence_number")).cast<std::uint32_t>();
}

rsp::asn1::BitString reset_options(bool operational, bool test, bool default_smdp) {
  rsp::asn1::BitString options;
  if (operational) options.set(rsp::kDeleteOperationalProfiles);
  if (test) options.set(rsp::kDeleteFieldLoadedTestProfiles);
  if (default_smdp) options.set(rsp::kResetDefaultSmdpAddress);
  return options;
}

// --- An LPA by itself
// ---------------------------------------------------------------------------------------------

hil::CurveChoice curves_of(const std::string& name) {
  if (name == "both") return {};
  if (name == "nist") return {rsp::crypto::Curve::kNistP256};
  if (name == "brainpool") return {rsp::crypto::Curve::kBrainpoolP256r1};
  raise_input("curve", "'" + name + "' is none of: nist, brainpool, both");
}

PyLpa make_lpa(const std::string& card, const std::optional<std::vector<py::object>>& trusted_cis,
               const std::optional<std::filesystem::path>& pki,
               const std::map<std::string, std::string>& resolve, const std::string& curve,
               const py::object& timeout, std::size_t block_size, const py::object& isd_r_aid,
               bool persistent) {
  auto place = std::make_shared<LonePlace>();
  hil::CurveChoice curves = curves_of(curve);
  lpa::LpaOptions options;
  options.es10.block_size = block_size;
  options.es10.timeout = options.http_timeout = span_of(timeout, "timeout");
  options.es10.interrupt = &place->interrupt;
  if (persistent) options.persistence = lpa::Persistence::kUntilDone;
  if (!isd_r_aid.is_none()) options.es10.isd_r_aid = octets_of(isd_r_aid, "isd_r_aid");
  lpa::HttpsEs9Options https;
  https.resolve = resolve;
  if (trusted_cis) {
    for (const py::object& certificate : *trusted_cis)
      https.trusted_cis.push_back(octets_of(certificate, "trusted_cis"));
  }
  blocking_value(*place, [&]() -> rsp::Status {
    auto certificates = [&]() -> rsp::Result<rsp::pki::CertificateStore> {
      RSP_TRY(hil::OpenedPki opened, hil::open_pki(pki, place->clock, place->random));
      return std::move(opened.store);
    };
    if (!trusted_cis) {
      RSP_TRY(auto store, certificates());
      https.trusted_cis = hil::ci_certificates(store);
    }
    RSP_TRY(place->card, hil::open_card(card, certificates, place->random, nullptr, curves));
    place->server = std::make_unique<lpa::HttpsEs9>(std::move(https));
    place->made =
        std::make_unique<lpa::Lpa>(*place->card.transport, *place->server, std::move(options));
    return {};
  });
  return {place};
}

constexpr const char* kLpaDoc =
    R"(A Local Profile Assistant: the one of a testbed, or one by itself over real HTTPS.

Every method talks to a card or a server. It raises an EsimError where one of them refuses or cannot
be reached, and ends at once when Python gets a signal.

By itself: `card` is "sim:FILE" (a software card, new where the file does not exist),
"socket:HOST:PORT", or a module: "at:/dev/ttyUSB2", "at-tcp:HOST:PORT" or "at-rfc2217:HOST:PORT",
with "?dialect=NAME&baud=N&route=ccho" where wanted. Servers are trusted under the certificates
(DER) in `trusted_cis`, or those in the directory `pki`, or those that esimbench shares with
itself. `resolve` points host names at addresses. `timeout` is for one command to the card or one
call to a server, in seconds.

    lpa = Lpa("sim:card.db", resolve={"testsmdpplus1.example.com": "127.0.0.1:8443"})
    lpa.download("LPA:1$testsmdpplus1.example.com$TEST-1", confirmation_code="1234")
)";

constexpr const char* kDownloadDoc = R"(Downloads and installs a profile; it is disabled then.

`activation_code` is one as text, or an Order, or an Event that discover() has found. `confirmation_code` is a text, or is called when one
is asked for. `consent` is called with the profile's metadata (a dict) and answers True, False or
"later"; `policy_consent` with the names of policy rules that need consent; `progress` with a
Progress at each step. An exception out of one of them ends the session in good order and is raised again.

Raises ServerError, CardError and so on with the first cause.

>>> order = testbed.smdp.order()
>>> download = lpa.download(order.activation_code, consent=lambda metadata: True)
>>> download.metadata["profileName"]
'Test profile'
)";

void bind_download(py::class_<PyLpa>& lpa) {
  lpa.def(
         "download",
         [](const PyLpa& self, const py::object& activation_code,
            const py::object& confirmation_code, const py::object& consent,
            const py::object& policy_consent, const py::object& progress) {
           auto user =
               user_of(self.place->interrupt, confirmation_code, consent, policy_consent, progress);
           if (py::isinstance(activation_code, python_class("values", "Event"))) {
             lpa::Event event{activation_code.attr("id").cast<std::string>(),
                              activation_code.attr("server").cast<std::string>()};
             return to_download(
                 on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.download(event, user); }));
           }
           auto code = activation_code_of(activation_code);
           return to_download(
               on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.download(code, user); }));
         },
         py::arg("activation_code"), py::kw_only(), py::arg("confirmation_code") = py::none(),
         py::arg("consent") = py::none(), py::arg("policy_consent") = py::none(),
         py::arg("progress") = py::none(), kDownloadDoc)
      .def(
          "discover",
          [](const PyLpa& self, const std::optional<std::string>& smds) {
            py::list out;
            for (const auto& event :
                 on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.discover(smds); }))
              out.append(python_class("values", "Event")(event.id, event.server));
            return out;
          },
          py::arg("smds") = py::none(),
          "Asks an SM-DS what waits for the card, by default its root SM-DS: a list of Event.\n\n"
          ">>> order = testbed.smdp.order(for_this_card=True, event=True)\n"
          ">>> [lpa.download(event).iccid for event in lpa.discover()] == [order.iccid]\nTrue\n")
      .def(
          "download_from_default",
          [](const PyLpa& self, const py::object& confirmation_code, const py::object& consent,
             const py::object& policy_consent, const py::object& progress) {
            auto user = user_of(self.place->interrupt, confirmation_code, consent, policy_consent,
                                progress);
            return to_download(
                on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.download_from_default(user); }));
          },
          py::kw_only(), py::arg("confirmation_code") = py::none(), py::arg("consent") = py::none(),
          py::arg("policy_consent") = py::none(), py::arg("progress") = py::none(),
          "The same from the default SM-DP+ that the card names, without a MatchingID.");
}

void bind_profiles(py::class_<PyLpa>& lpa) {
  lpa.def(
         "profiles",
         [](const PyLpa& self) {
           py::list out;
           for (const auto& info : on_lpa(self, [](lpa::Lpa& lpa) { return lpa.profiles(); }))
             out.append(to_profile(info));
           return out;
         },
         "The profiles on the card, as a list of Profile.")
      .def(
          "enable",
          [](const PyLpa& self, const py::object& profile) {
            auto identifier = identifier_of(profile);
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.enable(identifier); });
          },
          py::arg("profile"),
          "Enables a profile and resets the card. `profile` is an ICCID, an AID, or an object with "
          "an ICCID: a Profile, a Download, an Order.")
      .def(
          "disable",
          [](const PyLpa& self, const py::object& profile) {
            auto identifier = identifier_of(profile);
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.disable(identifier); });
          },
          py::arg("profile"), "Disables a profile and resets the card.")
      .def(
          "delete",
          [](const PyLpa& self, const py::object& profile) {
            auto identifier = identifier_of(profile);
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.remove(identifier); });
          },
          py::arg("profile"), "Deletes a disabled profile.")
      .def(
          "set_nickname",
          [](const PyLpa& self, const py::object& profile, const std::string& nickname) {
            auto identifier = identifier_of(profile);
            auto* iccid = std::get_if<rsp::Iccid>(&identifier);
            if (iccid == nullptr) raise_input("profile", "a nickname is set by ICCID");
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.set_nickname(*iccid, nickname); });
          },
          py::arg("profile"), py::arg("nickname"), "Names a profile; an empty nickname removes it.")
      .def(
          "set_default_smdp",
          [](const PyLpa& self, const std::string& address) {
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.set_default_smdp(address); });
          },
          py::arg("address"), "Sets the default SM-DP+ of the card; an empty address clears it.")
      .def(
          "memory_reset",
          [](const PyLpa& self, bool operational, bool test, bool default_smdp) {
            auto options = reset_options(operational, test, default_smdp);
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.memory_reset(options); });
          },
          py::kw_only(), py::arg("operational_profiles") = true,
          py::arg("field_loaded_test_profiles") = true, py::arg("default_smdp_address") = true,
          "Deletes what is said (ES10c.eUICCMemoryReset). Raises CardError nothingToDelete where "
          "there is nothing of it.");
}

void bind_notifications(py::class_<PyLpa>& lpa) {
  lpa.def(
         "notifications",
         [](const PyLpa& self) {
           py::list out;
           for (const auto& waiting :
                on_lpa(self, [](lpa::Lpa& lpa) { return lpa.notifications(); }))
             out.append(to_notification(waiting));
           return out;
         },
         "The notifications that wait on the card, as a list of Notification.")
      .def(
          "deliver_notifications",
          [](const PyLpa& self, std::uint32_t since) {
            py::list out;
            for (const auto& delivery :
                 on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.deliver_notifications(since); }))
              out.append(to_delivery(delivery));
            return out;
          },
          py::arg("since") = 0,
          "Delivers what waits and removes what was acknowledged, as a list of Delivery. A server "
          "that does not acknowledge raises nothing: its Delivery has the error.")
      .def(
          "remove_notification",
          [](const PyLpa& self, const py::object& notification) {
            auto number = sequence_number_of(notification);
            on_lpa(self, [&](lpa::Lpa& lpa) { return lpa.remove_notification(number); });
          },
          py::arg("notification"),
          "Removes one from the card, by its sequence number, without telling anybody.");
}

}  // namespace

py::object to_profile(const rsp::ProfileInfo& info) {
  rsp::Json described = hil::describe(info);
  auto text = [&](const char* name) -> py::object {
    auto member = described.find(name);
    return member == described.end() ? py::none() : to_python(*member);
  };
  py::object nickname = text("nickname");
  return python_class("values", "Profile")(
      py::arg("iccid") = text("iccid"), py::arg("state") = text("state"),
      py::arg("nickname") = nickname.is_none() ? py::str("") : nickname,
      py::arg("name") = text("name"), py::arg("provider") = text("provider"),
      py::arg("profile_class") = text("class"), py::arg("isdp_aid") = text("isdpAid"));
}

py::object to_notification(const rsp::NotificationMetadata& metadata) {
  py::object iccid = py::none();
  if (metadata.iccid) iccid = py::str(rsp::from_swapped_bcd(*metadata.iccid));
  return python_class("values", "Notification")(
      metadata.seq_number,
      std::string(rsp::notification_event_name(metadata.profile_management_operation)),
      metadata.notification_address, iccid);
}

void bind_lpa(py::module_& module) {
  py::class_<PyLpa> lpa(module, "Lpa", kLpaDoc);
  lpa.def(py::init(&make_lpa), py::arg("card"), py::kw_only(), py::arg("trusted_cis") = py::none(),
          py::arg("pki") = py::none(), py::arg("resolve") = py::dict(), py::arg("curve") = "both",
          py::arg("timeout") = 60.0, py::arg("block_size") = 255, py::arg("isd_r_aid") = py::none(),
          py::arg("persistent") = false)
      .def(
          "eid",
          [](const PyLpa& self) {
            return rsp::to_hex(on_lpa(self, [](lpa::Lpa& lpa) { return lpa.eid(); }));
          },
          "The EID, 32 digits.")
      .def(
          "info1",
          [](const PyLpa& self) {
            return to_python(rsp::to_json(on_lpa(self, [](lpa::Lpa& lpa) { return lpa.info1(); })));
          },
          "EUICCInfo1 as a dict.")
      .def(
          "info2",
          [](const PyLpa& self) {
            return to_python(rsp::to_json(on_lpa(self, [](lpa::Lpa& lpa) { return lpa.info2(); })));
          },
          "EUICCInfo2 as a dict.")
      .def(
          "addresses",
          [](const PyLpa& self) {
            return to_python(
                rsp::to_json(on_lpa(self, [](lpa::Lpa& lpa) { return lpa.addresses(); })));
          },
          "EuiccConfiguredAddresses as a dict: defaultDpAddress where there is one, rootDsAddress.")
      .def_property_readonly(
          "apdu_count",
          [](const PyLpa& self) {
            return on_lpa(self,
                          [](lpa::Lpa& lpa) { return rsp::Result<std::size_t>(lpa.apdu_count()); });
          },
          "APDUs sent so far, GET RESPONSE included.");
  bind_download(lpa);
  bind_profiles(lpa);
  bind_notifications(lpa);
}

}  // namespace bindings
