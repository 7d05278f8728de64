// Calls that may take long: other Python threads go on meanwhile, and a signal (Ctrl-C, the alarm
// of pytest-timeout) ends them.
#pragma once

#include <exception>
#include <mutex>
#include <optional>
#include <variant>

#include "bindings/convert.h"
#include "rsp/base/clock.h"

namespace bindings {

/// Asked every 20 ms by whatever waits. Python's own handlers of signals run here; the exception
/// that one raises ends the wait, and is kept until rethrow().
class PythonInterrupt final : public rsp::Interrupt {
 public:
  bool requested() override;
  /// Keeps the exception of a callback, for the time when the call has ended in good order. Only
  /// the first one is kept. Call it where that was caught.
  void keep_exception();
  bool has_exception() const { return exception_ != nullptr; }
  /// Throws what was kept, if anything. Needs the GIL.
  void rethrow();

 private:
  std::exception_ptr exception_;
  bool stop_ = false;
};

/// Something that only one thread may use at a time: a testbed, or an LPA with its card.
///
/// Nobody waits for `busy` with the GIL held, because who has it may want the GIL for a callback.
/// It is recursive, so that a callback may look at the testbed that calls it.
struct Workplace {
  virtual ~Workplace() = default;
  std::recursive_timed_mutex busy;
  PythonInterrupt interrupt;

  /// Waits until nobody else works here. Needs the GIL released; an interrupt gives no lock.
  std::unique_lock<std::recursive_timed_mutex> take(PythonInterrupt& while_waiting);
};

/// Does `work` with the GIL released and nobody else at the workplace. Returns what it returns; an
/// error as an exception.
template <class Work>
auto blocking(Workplace& workplace, Work&& work) {
  using Outcome = std::invoke_result_t<Work>;
  using Kept = std::conditional_t<std::is_void_v<Outcome>, std::monostate, Outcome>;
  std::optional<Kept> outcome;
  PythonInterrupt while_waiting;
  std::unique_lock<std::recursive_timed_mutex> lock;  // until what was kept is thrown
  {
    py::gil_scoped_release released;
    lock = workplace.take(while_waiting);
    if (lock) {
      if constexpr (std::is_void_v<Outcome>) {
        work();
        outcome.emplace();
      } else {
        outcome.emplace(work());
      }
    }
  }
  while_waiting.rethrow();
  if (lock) workplace.interrupt.rethrow();
  if constexpr (!std::is_void_v<Outcome>) return *std::move(outcome);
}

/// The same for work that can fail.
template <class Work>
auto blocking_value(Workplace& workplace, Work&& work) {
  return value_of(blocking(workplace, std::forward<Work>(work)));
}

}  // namespace bindings
