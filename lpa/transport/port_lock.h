// Lock files of serial ports, as UUCP began them: LCK..ttyUSB2 with the holder's PID in ten
// characters and a line end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "rsp/base/result.h"

namespace lpa {

/// Held from take() until it is let go, or its object goes.
class PortLock {
 public:
  PortLock() = default;
  ~PortLock() { release(); }
  PortLock(PortLock&& other) noexcept : file_(std::exchange(other.file_, {})) {}
  PortLock& operator=(PortLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

  /// Locks a device. A lock whose holder does not run any more is taken over; a folder that is not
  /// there or not ours to write holds no locks. Error: Layer::kTransport, code "portInUse", with
  /// the holder's PID and program.
  static rsp::Result<PortLock> take(const std::filesystem::path& folder,
                                    const std::filesystem::path& device);
  void release();

 private:
  std::filesystem::path file_;
};

/// "ModemManager" of a process that runs; "?" where that is not to be found out.
std::string program_of(pid_t process);
/// A process other than this one that has a device open, as far as we may see.
std::optional<pid_t> holder_of(const std::filesystem::path& device);
/// The error that a port in somebody else's hands is.
rsp::Error port_in_use(const std::string& port, std::optional<pid_t> holder);

}  // namespace lpa
