// The objects behind Python's: a testbed, and the parts of it that tests name.
#pragma once

#include <set>

#include "bindings/blocking.h"
#include "hil/testbed/testbed.h"

namespace bindings {

/// Where an LPA works: on a testbed, or by itself.
struct LpaPlace : Workplace {
  /// Error: Layer::kInput once it is closed.
  virtual rsp::Result<lpa::Lpa*> lpa() = 0;
};

/// A testbed with what Python needs around it.
struct Bench final : LpaPlace {
  std::unique_ptr<hil::Testbed> testbed;  // none once it is closed
  std::set<std::string> optional_faults;  // ids of those that may stay unused

  rsp::Result<lpa::Lpa*> lpa() override;
  /// For calls that do not block. Raises InputError once it is closed.
  hil::Testbed& open();
};
using SharedBench = std::shared_ptr<Bench>;

inline rsp::Error closed() {
  return {.layer = rsp::Layer::kInput, .path = "testbed", .text = "the testbed is closed"};
}

/// Does `work` on the testbed with the GIL released and nobody else there. Returns what it returns,
/// out of its Result if it is one.
template <class Work>
auto on_testbed(Bench& bench, Work&& work) {
  return blocking_value(bench, [&] {
    using Outcome = std::invoke_result_t<Work, hil::Testbed&>;
    if constexpr (requires(Outcome outcome) { outcome.error(); }) {
      return bench.testbed ? work(*bench.testbed) : Outcome(rsp::failure(closed()));
    } else if constexpr (std::is_void_v<Outcome>) {
      if (!bench.testbed) return rsp::Status(rsp::failure(closed()));
      work(*bench.testbed);
      return rsp::Status();
    } else {
      using Wrapped = rsp::Result<Outcome>;
      return bench.testbed ? Wrapped(work(*bench.testbed)) : Wrapped(rsp::failure(closed()));
    }
  });
}

/// The server may be busy on a thread of its own. It never needs the GIL, so that waiting for it
/// with the GIL held is safe, and short.
template <class Look>
auto at_server(Bench& bench, Look&& look) {
  hil::Testbed& testbed = bench.open();
  auto lock = testbed.server_lock();
  return look(testbed);
}

// What Python calls Lpa, Euicc, Smdp, Faults, Trace, Clock. The bench stays as long as one of them.
struct PyLpa {
  std::shared_ptr<LpaPlace> place;
};
struct PyEuicc {
  SharedBench bench;
};
struct PySmdp {
  SharedBench bench;
};
struct PyFaults {
  SharedBench bench;
};
struct PyTrace {
  SharedBench bench;
};
struct PyClock {
  SharedBench bench;
};

/// The key of an order in its store; all else is looked up when it is asked for.
struct PyOrder {
  SharedBench bench;
  std::string matching_id;
  std::optional<rsp::Eid> eid;  // of the order for a card's default SM-DP+

  /// Under the server's lock. Raises InputError where the order is gone.
  smdp::Order& find(hil::Testbed& testbed) const;
};

py::object to_profile(const rsp::ProfileInfo& info);
py::object to_notification(const rsp::NotificationMetadata& metadata);
py::object to_fault_report(const hil::FaultReport& report);

void bind_testbed(py::module_& module);
void bind_lpa(py::module_& module);
void bind_euicc(py::module_& module);
void bind_smdp(py::module_& module);
void bind_faults(py::module_& module);
void bind_trace(py::module_& module);
void bind_values(py::module_& module);
void bind_scenarios(py::module_& module);

}  // namespace bindings
