// One stream of events from every layer. Writers (text, NDJSON, reports) are sinks.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"

namespace rsp {

/// What an event is about. kTls are TLS records as they went over a wire, kKeys the line of an NSS
/// key log that opens them (in `detail`), kAt the lines of a module's AT port (in `detail`), kFault
/// a fault that was put in on purpose.
enum class TraceKind {
  kApdu,
  kEs10,
  kEs8,
  kHttp,
  kTls,
  kKeys,
  kAt,
  kCommit,
  kPower,
  kStep,
  kFault
};
std::string_view to_string(TraceKind kind);
/// The kind of that name; nothing where there is none.
std::optional<TraceKind> trace_kind(std::string_view name);

/// Who speaks and who is spoken to, as columns of a sequence diagram. kTest is whoever drives the
/// others: a scenario, a test.
enum class Party { kLpa, kEuicc, kServer, kTest };
std::string_view to_string(Party party);
/// The party of that name; nothing where there is none.
std::optional<Party> party(std::string_view name);

struct TraceEvent {
  TraceKind kind = TraceKind::kStep;
  Party from = Party::kLpa;
  Party to = Party::kEuicc;
  std::string name;    // "ES10b.AuthenticateServer", "POST .../initiateAuthentication"
  std::string detail;  // a readable form: decoded fields, JSON, a status word's meaning
  Bytes bytes;         // the bytes as they went over the wire, where there are such
};

/// Receives every event. Components hold a pointer that may be null, so that an untraced run costs
/// nothing.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void event(const TraceEvent& event) = 0;
};

/// An event and when it was: since the start of its trace.
struct TraceRecord {
  std::chrono::microseconds at{};
  TraceEvent event;
};

/// A whole trace: what a recorder gives, what writers write, and what comes out of a file.
struct Trace {
  std::chrono::sys_time<std::chrono::microseconds> start{};  // by the clock on the wall
  std::vector<TraceRecord> records;
  std::size_t dropped = 0;  // events there was no room for, all after the last record
};

/// What a recorder keeps at most. A download is about 200 events and 100 KiB, so that the default
/// is room for a thousand of them and more.
struct TraceLimits {
  std::size_t events = 1'000'000;
  std::size_t octets = 256 << 20;  // of names, details and bytes together
};

/// Keeps events in memory, with the time since it was made. Several threads may report at once;
/// records() is for when they are done. Events beyond the limits are
/// only counted.
class TraceRecorder final : public TraceSink {
 public:
  using Record = TraceRecord;

  TraceRecorder() = default;
  explicit TraceRecorder(TraceLimits limits) : limits_(limits) {}
  void event(const TraceEvent& event) override;

  const std::vector<Record>& records() const { return trace_.records; }
  std::chrono::sys_time<std::chrono::microseconds> start() const { return trace_.start; }
  /// How many events came after the recorder was full.
  std::size_t dropped() const;
  /// A copy of all of it, at any time.
  Trace trace() const;

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  TraceLimits limits_;
  mutable std::mutex mutex_;
  Trace trace_{.start = std::chrono::time_point_cast<std::chrono::microseconds>(
                   std::chrono::system_clock::now())};
  std::size_t octets_ = 0;
};

}  // namespace rsp
