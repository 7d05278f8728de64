#include "rsp/base/trace.h"

namespace rsp {

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
    case TraceKind::kCommit:
      return "commit";
    case TraceKind::kPower:
      return "power";
    case TraceKind::kStep:
      return "step";
    case TraceKind::kFault:
      return "fault";
  }
  return "unknown";
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
  return "unknown";
}

void TraceRecorder::event(const TraceEvent& event) {
  auto since = std::chrono::steady_clock::now() - start_;
  records_.push_back({std::chrono::duration_cast<std::chrono::microseconds>(since), event});
}

}  // namespace rsp
