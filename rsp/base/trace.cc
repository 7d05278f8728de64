#include "rsp/base/trace.h"

namespace rsp {
namespace {

constexpr std::string_view kUnknown = "unknown";

/// The enumerator of that name, among those that follow each other from zero.
template <class Enum>
std::optional<Enum> named(std::string_view name) {
  for (int i = 0; to_string(static_cast<Enum>(i)) != kUnknown; ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(TraceKind kind) {
  switch (kind) {
    case TraceKind::kApdu:
      return "apdu";
    case TraceKind::kEs10:
      return "es10";
    case TraceKind::kEs8:
      return "es8";
    case TraceKind::kHttp:
      return "http";
    case TraceKind::kTls:
      return "tls";
    case TraceKind::kKeys:
      return "keys";
    case TraceKind::kAt:
      return "at";
    case TraceKind::kCommit:
      return "commit";
    case TraceKind::kPower:
      return "power";
    case TraceKind::kStep:
      return "step";
    case TraceKind::kFault:
      return "fault";
  }
  return kUnknown;
}

std::string_view to_string(Party party) {
  switch (party) {
    case Party::kLpa:
      return "LPA";
    case Party::kEuicc:
      return "eUICC";
    case Party::kServer:
      return "SM-DP+";
    case Party::kTest:
      return "test";
  }
  return kUnknown;
}

std::optional<TraceKind> trace_kind(std::string_view name) { return named<TraceKind>(name); }
std::optional<Party> party(std::string_view name) { return named<Party>(name); }

void TraceRecorder::event(const TraceEvent& event) {
  std::lock_guard guard(mutex_);
  auto since = std::chrono::steady_clock::now() - start_;
  std::size_t size = event.name.size() + event.detail.size() + event.bytes.size();
  // Once full it stays full: a trace with a gap in the middle would be read as if there were none.
  bool full = trace_.dropped > 0 || trace_.records.size() >= limits_.events ||
              size > limits_.octets - octets_;
  if (full) {
    ++trace_.dropped;
    return;
  }
  octets_ += size;
  trace_.records.push_back({std::chrono::duration_cast<std::chrono::microseconds>(since), event});
}

std::size_t TraceRecorder::dropped() const {
  std::lock_guard guard(mutex_);
  return trace_.dropped;
}

Trace TraceRecorder::trace() const {
  std::lock_guard guard(mutex_);
  return trace_;
}

}  // namespace rsp
