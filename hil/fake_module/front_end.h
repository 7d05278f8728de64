// Where a fake module's ports are: pseudo terminals with a name of their own, and TCP without any
// protocol, as ser2net has it. What takes its time is done on a thread, while the ports go on.
#pragma once

#include <initializer_list>
#include <memory>

#include "hil/fake_module/fake_module.h"

namespace hil {

class ModuleFrontEnd {
 public:
  /// `log` is told of ports that come and go. The module is as it is at `start` when run() begins.
  explicit ModuleFrontEnd(FakeModule& module, ModuleTime start,
                          std::function<void(const std::string&)> log = {});
  ~ModuleFrontEnd();

  /// A pseudo terminal, in raw mode, to which `link` points until the server ends. What the module
  /// says while nobody has it open is lost; whoever opens it second shares it with the first, as
  /// any terminal. Its own name, /dev/pts/N. Error: Layer::kTransport naming the link, also where
  /// there is something that is no link already.
  rsp::Result<std::string> add_pty(ModulePort port, const std::string& link);
  /// "ADDRESS:PORT", port 0 for any free one; one client at a time. The address with its port.
  /// Error: Layer::kTransport naming the address.
  rsp::Result<std::string> add_tcp(ModulePort port, const std::string& address,
                                   std::uint16_t number);
  /// Lets these signals end run().
  void stop_on(std::initializer_list<int> signals);
  void run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hil
