#include "bindings/blocking.h"

namespace bindings {

bool PythonInterrupt::requested() {
  if (stop_) return true;
  py::gil_scoped_acquire gil;
  // In any thread but the main one this does nothing, as Python has it.
  if (PyErr_CheckSignals() == 0) return false;
  stop_ = true;
  try {
    throw py::error_already_set();
  } catch (...) {
    keep_exception();
  }
  return true;
}

void PythonInterrupt::keep_exception() {
  if (!exception_) exception_ = std::current_exception();
}

void PythonInterrupt::rethrow() {
  stop_ = false;
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
}

std::unique_lock<std::recursive_timed_mutex> Workplace::take(PythonInterrupt& while_waiting) {
  std::unique_lock lock(busy, std::defer_lock);
  while (!lock.try_lock_for(rsp::Deadline::kLook)) {
    if (while_waiting.requested()) break;
  }
  return lock;
}

}  // namespace bindings
