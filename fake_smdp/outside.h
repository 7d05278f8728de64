// Whom an SM-DP+ calls by itself: SM-DSs over ES12 and operators over ES2+. How they are reached is
// the business of who implements these.
#pragma once

#include "fake_smdp/answer.h"
#include "rsp/messages/es12.h"

namespace smdp {

/// The SM-DSs of the world.
class EventRegistrar {
 public:
  virtual ~EventRegistrar() = default;
  /// `smds`: "host" or "host:port". Error: 8.9/5.1 where it cannot be reached, 8.9/4.2 where it
  /// refuses.
  virtual Answer<rsp::NoOutput> register_event(const std::string& smds,
                                               const rsp::RegisterEventRequest& request) = 0;
  virtual Answer<rsp::NoOutput> delete_event(const std::string& smds,
                                             const rsp::DeleteEventRequest& request) = 0;
};

/// An operator who wants to know how downloads go (ES2+.HandleDownloadProgressInfo).
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  /// What a report is about, which it does not say itself.
  struct Subject {
    std::string order;  // its key
    rsp::TransactionId transaction_id;
  };
  /// Must not wait for him.
  virtual void progress(rsp::HandleDownloadProgressInfoRequest info, Subject subject) = 0;
};

}  // namespace smdp
