#include "hil/testbed/module_line.h"

#include <algorithm>

namespace hil {
namespace {

/// A client finds a module as it is some time after its start.
constexpr ModuleTime kStarted = std::chrono::minutes(1);

}  // namespace

ModuleLine::ModuleLine(FakeModule& module, std::function<void(std::chrono::milliseconds)> waited)
    : module_(module), waited_(std::move(waited)) {
  module_.switch_on(now_);
  now_ = kStarted;
  module_.advance(now_);
  for (ModulePort port : kModulePorts) module_.take_output(port);
}

std::unexpected<rsp::Error> ModuleLine::lost() const {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .path = name_,
                       .text = "the port of the fake module is gone",
                       .hint = "a reset of the module takes it away for a while"});
}

bool ModuleLine::pass(std::chrono::milliseconds& left) {
  auto due = module_.next_due();
  bool happens = due && *due - now_ <= left;
  auto span = happens ? std::max(*due - now_, ModuleTime(0)) : left;
  now_ += span;
  left -= span;
  if (span.count() > 0) waited_(span);
  module_.advance(now_);
  take_output();
  return happens;
}

void ModuleLine::take_output() {
  for (PortOutput& output : module_.take_output(ModulePort::kPrimary)) {
    if (output.kind == PortOutput::Kind::kOctets) {
      if (is_open_) incoming_ += output.octets;
      continue;
    }
    gone_ = output.kind == PortOutput::Kind::kGone;
    if (gone_) is_open_ = false;
  }
}

rsp::Status ModuleLine::open(rsp::Deadline deadline) {
  take_output();
  auto left = deadline.remaining();
  while (gone_ && pass(left)) continue;
  if (gone_) return lost();
  is_open_ = true;
  return {};
}

rsp::Result<std::size_t> ModuleLine::read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
  take_output();
  auto left = deadline.remaining();
  while (incoming_.empty() && is_open_ && pass(left)) continue;
  if (incoming_.empty() && !is_open_) return lost();
  std::size_t count = std::min(into.size(), incoming_.size());
  std::copy_n(incoming_.begin(), count, into.begin());
  incoming_.erase(0, count);
  return count;
}

rsp::Status ModuleLine::write(rsp::BytesView octets, rsp::Deadline) {
  take_output();
  if (!is_open_) return lost();
  module_.receive(ModulePort::kPrimary, rsp::text_of(octets), now_);
  return {};
}

}  // namespace hil
