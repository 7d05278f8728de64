// Time passed in from outside: wall clocks for dates and deadlines for waiting.
#pragma once

#include <chrono>

namespace rsp {

/// Where dates come from. Components hold a reference, so that a test decides what day it is.
class Clock {
 public:
  using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
};

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  TimePoint now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }
  void set(TimePoint to) { now_ = to; }

 private:
  TimePoint now_;
};

/// A moment by which something must be done. Passed down by value, so that nested steps share one
/// budget.
class Deadline {
 public:
  using Steady = std::chrono::steady_clock;
  static Deadline after(std::chrono::milliseconds span) { return Deadline(Steady::now() + span); }
  Steady::time_point when() const { return when_; }
  /// Never negative.
  std::chrono::milliseconds remaining() const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ - Steady::now());
    return left.count() > 0 ? left : std::chrono::milliseconds(0);
  }
  bool passed() const { return Steady::now() >= when_; }

 private:
  explicit Deadline(Steady::time_point when) : when_(when) {}
  Steady::time_point when_;
};

}  // namespace rsp
