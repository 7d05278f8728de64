// Waiting for files and processes, within a deadline.
#pragma once

#include <sys/types.h>

#include "rsp/base/clock.h"

namespace rsp {

/// Until a file is ready for `events` of poll(2), or in error. False: time is up.
bool wait_ready(int file, short events, Deadline deadline);

/// Until a child has ended, which still has to be waited for with waitpid(2). False: time is up.
bool wait_for_end(pid_t child, Deadline deadline);

}  // namespace rsp
