#include "cli/shell.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rsp/base/wait.h"

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
  bool ended = rsp::wait_for_end(child, deadline);
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
