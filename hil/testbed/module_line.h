// A fake module's AT port in the process of the LPA that uses it.
#pragma once

#include <functional>

#include "hil/fake_module/fake_module.h"
#include "lpa/transport/byte_stream.h"

namespace hil {

/// Has a time of its own: what an LPA waits for passes at once, up to its deadline.
class ModuleLine final : public lpa::ByteStream {
 public:
  /// `module` must outlive it and be switched on by nobody else. `waited` is told how long it would
  /// have taken.
  ModuleLine(FakeModule& module, std::function<void(std::chrono::milliseconds)> waited);

  /// Waits for a port that is away. Error: Layer::kTransport where it is not back by the deadline.
  rsp::Status open(rsp::Deadline deadline) override;
  void close() override { is_open_ = false; }
  bool is_open() const override { return is_open_; }
  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) override;
  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) override;
  const std::string& name() const override { return name_; }

 private:
  /// Up to what happens next, or by all that is left. False: nothing happens any more in that time.
  bool pass(std::chrono::milliseconds& left);
  void take_output();
  std::unexpected<rsp::Error> lost() const;

  FakeModule& module_;
  std::function<void(std::chrono::milliseconds)> waited_;
  ModuleTime now_{0};
  std::string incoming_;
  bool is_open_ = false, gone_ = false;
  std::string name_ = "fake module";
};

}  // namespace hil
