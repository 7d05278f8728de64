// Testbed and Clock.
#include "bindings/bench.h"
#include "hil/scenario/given.h"

namespace bindings {
namespace {

rsp::crypto::Curve curve_of(const std::string& name) {
  bool nist = enum_of<hil::CurveName>(name, "curve") == hil::CurveName::kNist;
  return nist ? rsp::crypto::Curve::kNistP256 : rsp::crypto::Curve::kBrainpoolP256r1;
}

smdp::KeyMode key_mode_of(const std::string& name) {
  bool random = enum_of<hil::KeyModeName>(name, "key_mode") == hil::KeyModeName::kRandom;
  return random ? smdp::KeyMode::kRandomKeys : smdp::KeyMode::kSessionKeys;
}

/// Also where the road shows none, so that a test with a mistake in it does not pass.
void check_certificate(const std::string& name) {
  auto names = hil::tls_certificate_names();
  if (std::ranges::find(names, name) == names.end())
    raise_input("tls_certificate", "there is no certificate '" + name + "'",
                hil::suggestion(name, names));
}

/// A fake module that the card is in; without one, what is said of it would be lost.
std::optional<hil::ModuleChoice> module_of(const std::optional<std::string>& dialect,
                                           const std::vector<std::string>& quirks,
                                           const std::string& es9) {
  hil::ModuleGiven given{.quirks = quirks, .es9 = enum_of<hil::ModuleRoad>(es9, "es9")};
  if (!dialect) {
    if (!quirks.empty() || given.es9 != hil::ModuleRoad::kHost)
      raise_input("module", "quirks and es9 are of a module, and there is none",
                  "name one of `esimbench module dialects`, such as \"plain\"");
    return std::nullopt;
  }
  given.dialect = *dialect;
  if (std::string problem = given.problem(); !problem.empty()) raise_input("module", problem);
  return hil::ModuleChoice{given.dialect, given.quirks, given.es9};
}

constexpr const char* kTestbedDoc =
    R"(A card, a server and an LPA with faults at every seam between them, one clock and one trace.

Every testbed is new: nothing is left of the one before. Over the road "in-process" waiting costs no
time; "https" is real HTTPS over loopback. Spans are seconds or timedelta. With a module the LPA
reaches the card by AT commands: module is its dialect, quirks are what is wrong with it, and es9
says what carries ES9+: "host", or the module's "http" or "tls".

>>> testbed = Testbed()
>>> order = testbed.smdp.order()
>>> testbed.lpa.download(order).iccid == order.iccid
True
)";

std::shared_ptr<Bench> make_testbed(
    std::uint64_t seed, const std::string& road, const std::string& curve,
    const std::string& key_mode, const std::string& svn, const std::string& profile_version,
    std::size_t memory, bool test_profiles, const std::string& default_dp_address,
    const std::string& root_ds_address, bool authorises_rules,
    std::uint32_t max_wrong_confirmation_codes, std::uint32_t max_download_attempts,
    const py::object& session_lifetime, const std::string& lowest_svn,
    const std::string& highest_svn, bool rebinds, const py::object& http_timeout,
    const py::object& card_timeout, std::size_t block_size, const std::string& protocol_version,
    const std::string& tls_certificate, const std::optional<std::string>& module,
    const std::vector<std::string>& quirks, const std::string& es9) {
  if (block_size < 1 || block_size > 255)
    raise_input("block_size", "a STORE DATA carries 1 to 255 octets");
  check_certificate(tls_certificate);
  auto bench = std::make_shared<Bench>();
  hil::TestbedOptions options;
  options.seed = seed;
  options.road = enum_of<hil::Road>(road, "road");
  options.curve = curve_of(curve);
  options.key_mode = key_mode_of(key_mode);
  options.persona.svn = version_of(svn, "svn");
  options.persona.profile_version = version_of(profile_version, "profile_version");
  options.persona.memory = memory;
  options.persona.test_profiles = test_profiles;
  options.persona.default_dp_address = default_dp_address;
  options.persona.root_ds_address = root_ds_address;
  if (!authorises_rules) options.persona.rules_authorisation_table.clear();
  options.max_wrong_confirmation_codes = max_wrong_confirmation_codes;
  options.max_download_attempts = max_download_attempts;
  options.session_lifetime = span_of(session_lifetime, "session_lifetime");
  options.lowest_svn = version_of(lowest_svn, "lowest_svn");
  options.highest_svn = version_of(highest_svn, "highest_svn");
  options.rebinds = rebinds;
  options.http_timeout = optional_span_of(http_timeout, "http_timeout");
  options.card_timeout = span_of(card_timeout, "card_timeout");
  options.block_size = block_size;
  options.protocol_version = protocol_version;
  options.tls_certificate = tls_certificate;
  options.module = module_of(module, quirks, es9);
  options.interrupt = &bench->interrupt;
  bench->testbed = blocking_value(*bench, [&] { return hil::Testbed::create(std::move(options)); });
  return bench;
}

void close(Bench& bench) {
  PythonInterrupt while_waiting;
  {
    std::unique_ptr<hil::Testbed> going;
    py::gil_scoped_release released;
    auto lock = bench.take(while_waiting);
    if (lock) {
      // Those who hold the GIL and only look must not lose what they look at.
      py::gil_scoped_acquire gil;
      going = std::move(bench.testbed);
    }
    going.reset();
  }
  while_waiting.rethrow();
}

void bind_clock(py::module_& module) {
  py::class_<PyClock>(module, "Clock",
                      "The one clock of a testbed. It stands still until it is moved.")
      .def_property_readonly(
          "now",
          [](const PyClock& clock) {
            return to_datetime(on_testbed(
                *clock.bench, [](hil::Testbed& testbed) { return testbed.clock().now(); }));
          },
          "The day and time, as a datetime in UTC.")
      .def(
          "advance",
          [](const PyClock& clock, const py::object& by) {
            auto span = span_of(by, "by");
            on_testbed(*clock.bench, [&](hil::Testbed& testbed) {
              auto lock = testbed.server_lock();
              testbed.clock().advance(span);
            });
          },
          py::arg("by"), "Moves the clock on, by seconds or a timedelta. Nobody waits for it.");
}

}  // namespace

rsp::Result<lpa::Lpa*> Bench::lpa() {
  if (testbed) return &testbed->lpa();
  return rsp::failure(closed());
}

hil::Testbed& Bench::open() {
  if (!testbed) raise(closed());
  return *testbed;
}

void bind_testbed(py::module_& module) {
  bind_clock(module);
  const sim::Persona persona;
  const hil::TestbedOptions options;
  py::class_<Bench, SharedBench> testbed(module, "Testbed", kTestbedDoc);
  testbed.attr("__test__") = false;  // pytest takes classes that begin with Test for tests
  testbed
      .def(py::init(&make_testbed), py::kw_only(), py::arg("seed") = options.seed,
           py::arg("road") = "in-process", py::arg("curve") = "nist",
           py::arg("key_mode") = "random", py::arg("svn") = rsp::version_text(persona.svn),
           py::arg("profile_version") = rsp::version_text(persona.profile_version),
           py::arg("memory") = persona.memory, py::arg("test_profiles") = persona.test_profiles,
           py::arg("default_dp_address") = persona.default_dp_address,
           py::arg("root_ds_address") = persona.root_ds_address, py::arg("authorises_rules") = true,
           py::arg("max_wrong_confirmation_codes") = options.max_wrong_confirmation_codes,
           py::arg("max_download_attempts") = options.max_download_attempts,
           py::arg("session_lifetime") = 1800.0,
           py::arg("lowest_svn") = rsp::version_text(options.lowest_svn),
           py::arg("highest_svn") = rsp::version_text(options.highest_svn),
           py::arg("rebinds") = options.rebinds, py::arg("http_timeout") = py::none(),
           py::arg("card_timeout") = 60.0, py::arg("block_size") = options.block_size,
           py::arg("protocol_version") = options.protocol_version,
           py::arg("tls_certificate") = options.tls_certificate, py::arg("module") = py::none(),
           py::arg("quirks") = std::vector<std::string>(), py::arg("es9") = "host")
      .def_property_readonly(
          "lpa", [](const SharedBench& bench) { return PyLpa{bench}; }, "The LPA.")
      .def_property_readonly(
          "euicc", [](const SharedBench& bench) { return PyEuicc{bench}; }, "The software eUICC.")
      .def_property_readonly(
          "smdp", [](const SharedBench& bench) { return PySmdp{bench}; }, "The mock SM-DP+.")
      .def_property_readonly(
          "faults", [](const SharedBench& bench) { return PyFaults{bench}; },
          "What is to go wrong.")
      .def_property_readonly(
          "trace", [](const SharedBench& bench) { return PyTrace{bench}; },
          "Everything that happened so far.")
      .def_property_readonly(
          "clock", [](const SharedBench& bench) { return PyClock{bench}; }, "The one clock.")
      .def_property_readonly(
          "seed", [](Bench& bench) { return bench.open().options().seed; },
          "What challenges, TransactionIDs and faults come out of.")
      .def_property_readonly(
          "road", [](Bench& bench) { return rsp::asn1::name_of(bench.open().options().road); },
          "How the LPA reaches the server: \"in-process\" or \"https\".")
      .def(
          "step",
          [](Bench& bench, std::string name, std::string detail) {
            on_testbed(bench, [&](hil::Testbed& testbed) {
              testbed.step(std::move(name), std::move(detail));
            });
          },
          py::arg("name"), py::arg("detail") = "", "Notes in the trace what the test does.")
      .def("close", &close,
           "Ends the server and frees its port; whatever is asked of the testbed afterwards raises "
           "InputError.")
      .def("__enter__", [](const SharedBench& bench) { return bench; })
      .def("__exit__", [](Bench& bench, const py::args&) { close(bench); });
}

}  // namespace bindings
