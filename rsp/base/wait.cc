#include "rsp/base/wait.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace rsp {

bool wait_ready(int file, short events, Deadline deadline) {
  return deadline.wait([&](Deadline::Steady::time_point until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Deadline::Steady::now());
    pollfd one{file, events, 0};
    return ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0;
  });
}

bool wait_for_end(pid_t child, Deadline deadline) {
  // glibc 2.36 has a function for it, and a header of it that C++ cannot link with.
  auto process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (process < 0) return false;
  bool ended = wait_ready(process, POLLIN, deadline);
  ::close(process);
  return ended;
}

}  // namespace rsp
