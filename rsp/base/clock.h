// Time passed in from outside: wall clocks for dates and deadlines for waiting.
#pragma once

#include <algorithm>
#include <atomic>
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

/// A clock that stands still until it is moved, from whatever thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start.time_since_epoch().count()) {}
  TimePoint now() const override { return TimePoint(std::chrono::milliseconds(now_.load())); }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }
  void set(TimePoint to) { now_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::chrono::milliseconds::rep> now_;
};

/// Another clock, put forward or back, from whatever thread.
class OffsetClock final : public Clock {
 public:
  /// `base` must outlive it.
  explicit OffsetClock(const Clock& base) : base_(base) {}
  TimePoint now() const override { return base_.now() + offset(); }
  std::chrono::milliseconds offset() const { return std::chrono::milliseconds(offset_.load()); }
  void set_offset(std::chrono::milliseconds offset) { offset_ = offset.count(); }

 private:
  const Clock& base_;
  std::atomic<std::chrono::milliseconds::rep> offset_ = 0;
};

/// Asked now and then by whoever waits, whether to go on. A test runner that is interrupted, or
/// whose own time is up, ends what it waits for in this way.
class Interrupt {
 public:
  virtual ~Interrupt() = default;
  virtual bool requested() = 0;
};

/// A moment by which something must be done. Passed down by value, so that nested steps share one
/// budget.
class Deadline {
 public:
  using Steady = std::chrono::steady_clock;
  /// How long a wait may take no notice of an interrupt.
  static constexpr std::chrono::milliseconds kLook{20};

  /// `interrupt` may be null, and must outlive what waits.
  static Deadline after(std::chrono::milliseconds span, Interrupt* interrupt = nullptr) {
    return Deadline(Steady::now() + span, interrupt);
  }
  Steady::time_point when() const { return when_; }
  /// Never negative.
  std::chrono::milliseconds remaining() const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ - Steady::now());
    return left.count() > 0 ? left : std::chrono::milliseconds(0);
  }
  bool passed() const { return Steady::now() >= when_; }
  bool interrupted() const { return interrupt_ != nullptr && interrupt_->requested(); }

  /// Waits in pieces that are short enough to notice an interrupt. `wait_until(moment)` waits no
  /// longer than that and returns whether what is waited for has come. False: time is up.
  template <class WaitUntil>
  bool wait(WaitUntil wait_until) const {
    while (true) {
      auto look = interrupt_ == nullptr ? when_ : std::min(when_, Steady::now() + kLook);
      if (wait_until(look)) return true;
      if (passed() || interrupted()) return false;
    }
  }
  /// The same with an earlier end.
  Deadline no_later_than(Steady::time_point when) const {
    return Deadline(std::min(when, when_), interrupt_);
  }

 private:
  Deadline(Steady::time_point when, Interrupt* interrupt) : when_(when), interrupt_(interrupt) {}
  Steady::time_point when_;
  Interrupt* interrupt_;
};

}  // namespace rsp
