// What a module does that takes its time while it answers other commands: requests to servers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "rsp/base/clock.h"

namespace hil {

/// Asked for from one thread, seen in another.
class Stop final : public rsp::Interrupt {
 public:
  bool requested() override { return requested_; }
  void request() { requested_ = true; }

 private:
  std::atomic<bool> requested_ = false;
};

struct Errand {
  /// On whatever thread; it touches nothing of the module, and ends soon once `stop` is requested.
  std::function<void(rsp::Interrupt& stop)> work;
  /// By who drives the module, when the work has ended and nobody has requested to stop.
  std::function<void()> done;
  std::shared_ptr<Stop> stop = std::make_shared<Stop>();
};

/// What waits for an errand has one of these; when it goes, the errand is stopped.
class Waiting {
 public:
  Waiting() = default;
  explicit Waiting(std::shared_ptr<Stop> stop) : stop_(std::move(stop)) {}
  Waiting(Waiting&& other) = default;
  Waiting& operator=(Waiting&& other) {
    end();
    stop_ = std::move(other.stop_);
    return *this;
  }
  ~Waiting() { end(); }
  explicit operator bool() const { return stop_ != nullptr; }
  void end() {
    if (stop_ != nullptr) stop_->request();
    stop_.reset();
  }

 private:
  std::shared_ptr<Stop> stop_;
};

}  // namespace hil
