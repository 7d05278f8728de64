#include "lpa/transport/port_lock.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>

namespace lpa {
namespace {

namespace fs = std::filesystem;

/// "LCK..ttyUSB2", "LCK..pts_3".
std::string lock_name(const fs::path& device) {
  std::string name = device.lexically_relative("/dev").string();
  if (name.empty() || name.starts_with("..")) name = device.filename().string();
  std::ranges::replace(name, '/', '_');
  return "LCK.." + name;
}

/// Who a lock file names; nothing where it does not say. Some programs write the PID in binary.
std::optional<pid_t> owner_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(64, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  pid_t pid = 0;
  std::size_t from = text.find_first_not_of(" \t");
  if (from != std::string::npos) {
    auto [end, error] = std::from_chars(text.data() + from, text.data() + text.size(), pid);
    bool is_text = error == std::errc() && pid > 0 &&
                   (end == text.data() + text.size() || *end == '\n' || *end == ' ');
    if (is_text) return pid;
  }
  if (text.size() != sizeof(pid_t)) return std::nullopt;
  std::copy_n(text.data(), sizeof pid, reinterpret_cast<char*>(&pid));
  return pid > 0 ? std::optional(pid) : std::nullopt;
}

/// A lock that names nobody may be one that is just being written. Nobody takes as long as this.
bool is_old(const fs::path& file) {
  std::error_code unknown;
  auto written = fs::last_write_time(file, unknown);
  return !unknown && fs::file_time_type::clock::now() - written > std::chrono::seconds(10);
}

bool runs(pid_t process) { return ::kill(process, 0) == 0 || errno == EPERM; }

}  // namespace

std::string program_of(pid_t process) {
  std::ifstream in(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(in, name);
  return name.empty() ? "?" : name;
}

std::optional<pid_t> holder_of(const fs::path& device) {
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    std::string name = process.path().filename();
    pid_t pid = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    std::error_code hidden;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", hidden)) {
      if (fs::read_symlink(fd.path(), ignored) == device) return pid;
    }
  }
  return std::nullopt;
}

rsp::Error port_in_use(const std::string& port, std::optional<pid_t> holder) {
  std::string program = holder ? program_of(*holder) : "another program";
  std::string who = holder ? fmt::format("{} (process {})", program, *holder) : program;
  return {.layer = rsp::Layer::kTransport,
          .step = "open",
          .code = "portInUse",
          .path = port,
          .text = fmt::format("{} is in use by {}", port, who),
          .hint = program == "ModemManager"
                      ? "have it leave the module alone: mmcli --inhibit-device, or udev with "
                        "ENV{ID_MM_DEVICE_IGNORE}=\"1\""
                      : "end it, or use another AT port of the module"};
}

rsp::Result<PortLock> PortLock::take(const fs::path& folder, const fs::path& device) {
  PortLock lock;
  if (folder.empty() || ::access(folder.c_str(), W_OK | X_OK) != 0) return lock;
  fs::path file = folder / lock_name(device);
  // Complete before it is there: nobody reads half a lock.
  static std::atomic<unsigned> number = 0;
  fs::path draft = folder / fmt::format("LTMP.{}.{}", ::getpid(), ++number);
  std::error_code ignored;
  if (std::ofstream out(draft, std::ios::trunc); !(out << fmt::format("{:>10}\n", ::getpid()))) {
    return lock;
  }
  // Twice at most: a stale lock is removed once.
  for (int round = 0; round < 2; ++round) {
    std::error_code exists;
    fs::create_hard_link(draft, file, exists);
    if (!exists) {
      lock.file_ = file;
      break;
    }
    auto owner = owner_of(file);
    bool readable = ::access(file.c_str(), R_OK) == 0;
    bool stale = owner ? !runs(*owner) : readable && is_old(file);
    if (!stale) {
      fs::remove(draft, ignored);
      return rsp::failure(port_in_use(device.string(), owner));
    }
    fs::remove(file, ignored);
  }
  fs::remove(draft, ignored);
  return lock;
}

void PortLock::release() {
  std::error_code ignored;
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
  file_.clear();
}

}  // namespace lpa
