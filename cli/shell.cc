#include "cli/shell.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cli {

rsp::Status run_shell(const std::string& command, rsp::Deadline deadline) {
  auto failed = [&](rsp::Layer layer, std::string text) {
    return rsp::failure(
        {.layer = layer, .step = "command", .path = command, .text = std::move(text)});
  };
  pid_t child = ::fork();
  if (child < 0) return failed(rsp::Layer::kTransport, std::strerror(errno));
  if (child == 0) {
    // A group of its own, so that all that the shell starts ends with it. What it says is talk, and
    // standard output is for data.
    ::setpgid(0, 0);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  ::setpgid(child, child);
  // glibc 2.36 has a function for it, and a header of it that C++ cannot link with.
  auto process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  bool ended = deadline.wait([&](auto until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - rsp::Deadline::Steady::now());
    pollfd one{process, POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0;
  });
  if (process >= 0) ::close(process);
  if (!ended) ::kill(-child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!ended) return failed(rsp::Layer::kTimeout, "the command did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return failed(rsp::Layer::kTransport,
                WIFEXITED(status)
                    ? fmt::format("the command ended with status {}", WEXITSTATUS(status))
                    : fmt::format("signal {} ended the command", WTERMSIG(status)));
}

}  // namespace cli
