// One Asio operation with a deadline, for roads that own their io_context.
#pragma once

#include <boost/asio/io_context.hpp>

#include "rsp/base/clock.h"

namespace lpa {

/// Runs the operation that was just started on `context`. Where the deadline passes first, `cancel`
/// has to end it, which it has when this returns. False: it was cancelled; it may have been done in
/// that moment all the same.
template <class Cancel>
bool run_io(boost::asio::io_context& context, rsp::Deadline deadline, Cancel cancel) {
  context.restart();
  bool done = deadline.wait([&](rsp::Deadline::Steady::time_point moment) {
    context.run_until(moment);
    return context.stopped();
  });
  if (done) return true;
  cancel();
  context.run();  // the operation ends as cancelled, and its references with it
  return false;
}

}  // namespace lpa
