// One stream of events from every layer. Writers (text, NDJSON, reports) are sinks.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"

namespace rsp {

/// What an event is about. kTls are TLS records as they went over a wire, kKeys the line of an NSS
/// key log that opens them (in `detail`), kFault a fault that was put in on purpose.
enum class TraceKind { kApdu, kEs10, kEs8, kHttp, kTls, kKeys, kCommit, kPower, kStep, kFault };
std::string_view to_string(TraceKind kind);

/// Who speaks and who is spoken to, as columns of a sequence diagram. kTest is whoever drives the
/// others: a scenario, a test.
enum class Party { kLpa, kEuicc, kServer, kTest };
std::string_view to_string(Party party);

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

/// Keeps events in memory, with the time since it was made.
class TraceRecorder final : public TraceSink {
 public:
  struct Record {
    std::chrono::microseconds at;
    TraceEvent event;
  };
  void event(const TraceEvent& event) override;
  const std::vector<Record>& records() const { return records_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<Record> records_;
};

}  // namespace rsp
