#include "cli/qr_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "lpa/activation_code.h"

extern char** environ;

namespace cli {
namespace {

/// What a program wrote to standard output, and its exit status.
struct Ran {
  std::string output;
  int status = 0;
};

std::unexpected<rsp::Error> refused(const std::filesystem::path& file, std::string text,
                                    std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .step = "QR code",
                       .path = file.string(),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

std::unexpected<rsp::Error> not_started(int problem) {
  std::string why = problem == ENOENT
                        ? "the program zbarimg, which reads QR codes, is not installed"
                        : fmt::format("zbarimg: {}", std::strerror(problem));
  return rsp::failure({.layer = rsp::Layer::kStorage,
                       .step = "QR code",
                       .text = std::move(why),
                       .hint = "install it (Debian package zbar-tools), or give the code as text"});
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  while (true) {
    ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

rsp::Result<Ran> run_zbarimg(const std::filesystem::path& file) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return not_started(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string name = file.string();
  const char* arguments[] = {"zbarimg",         "--raw",      "--quiet", "-Sdisable",
                             "-Sqrcode.enable", name.c_str(), nullptr};
  pid_t pid = 0;
  int problem = ::posix_spawnp(&pid, "zbarimg", &actions, nullptr,
                               const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Ran ran;
  if (problem == 0) ran.output = read_all(ends[0]);
  ::close(ends[0]);
  if (problem != 0) return not_started(problem);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

rsp::Result<std::string> read_qr_image(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return refused(file, error ? error.message() : "it is no file");
  // An absolute path is never taken for an option or for a format's prefix.
  RSP_TRY(Ran ran, run_zbarimg(std::filesystem::absolute(file)));
  constexpr int kNothingFound = 4;
  if (ran.status != 0 && ran.status != kNothingFound) {
    return refused(file, fmt::format("zbarimg cannot read it (its exit status is {})", ran.status),
                   "is it a picture, in a format that ImageMagick reads?");
  }
  std::set<std::string> texts = lines_of(ran.output);
  if (texts.empty())
    return refused(file, "no QR code was found in it", "a sharper picture with a light border?");
  if (texts.size() == 1) return *texts.begin();
  std::erase_if(texts, [](const std::string& text) { return !lpa::ActivationCode::parse(text); });
  if (texts.size() == 1) return *texts.begin();
  return refused(file, fmt::format("{} of its QR codes are activation codes", texts.size()),
                 "cut out the one that is meant");
}

}  // namespace cli
