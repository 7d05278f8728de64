// ES12, between an SM-DP+ and an SM-DS, and ES15, between an SM-DS and the root SM-DS (SGP.22 v2,
// 5.9 and 5.10): the same functions, with a JSON binding only (6.5.2.11 and following).
#pragma once

#include "rsp/messages/es2.h"

namespace rsp {

inline constexpr std::string_view kEs12PathPrefix = "/gsma/rsp2/es12/";
/// Not public; made like the others.
inline constexpr std::string_view kEs15PathPrefix = "/gsma/rsp2/es15/";

struct RegisterEventRequest {
  using Ok = NoOutput;
  static constexpr std::string_view kFunction = "registerEvent";
  std::string eid, rsp_server_address, event_id;
  /// Whether the root SM-DS shall hear of it too.
  bool forwarding_indicator = false;
  static void members(auto&& f, auto& m) {
    f("eid", m.eid);
    f("rspServerAddress", m.rsp_server_address);
    f("eventId", m.event_id);
    f("forwardingIndicator", m.forwarding_indicator);
  }
};

struct DeleteEventRequest {
  using Ok = NoOutput;
  static constexpr std::string_view kFunction = "deleteEvent";
  std::string eid, event_id;
  static void members(auto&& f, auto& m) {
    f("eid", m.eid);
    f("eventId", m.event_id);
  }
};

}  // namespace rsp
