// What the management listener of a mock server needs of faults and of decoding, and the listener
// itself.
#pragma once

#include <mutex>

#include "fake_smdp/server_management.h"
#include "hil/faults/plan.h"

namespace hil {

/// The faults of a plan as the management listener switches them.
class PlanSwitches final : public smdp::FaultSwitches {
 public:
  /// `hooks`: those to which something comes at this server.
  PlanSwitches(FaultPlan& plan, std::vector<std::string> hooks)
      : plan_(plan), hooks_(std::move(hooks)) {}
  Json list() const override;
  Json ready_made() const override;
  rsp::Status replace(const Json& list) override;
  rsp::Result<std::string> add(const Json& fault) override;
  bool remove(std::string_view id) override { return plan_.remove(id); }
  bool set_enabled(std::string_view id, bool enabled) override {
    return plan_.set_enabled(id, enabled);
  }

 private:
  rsp::Status check(const Json& list) const;
  FaultPlan& plan_;
  std::vector<std::string> hooks_;
};

/// What is in the bodies of a call, as {"request": ..., "response": ...}: messages in base64 are
/// decoded, long texts cut.
Json decoded(const smdp::JournalEntry& entry);

/// Answers as `next` does, which has the faults of the plan in between, and writes to the journal
/// which of them struck and what went out. A request that a fault kept from the server is written
/// down as well. All must outlive it.
rsp::http::Handler with_faults_in_journal(smdp::Journal& journal, const FaultPlan& plan,
                                          rsp::http::Handler next);

/// Decides over connections as `next` does, which has the faults of the plan, and writes those that
/// struck to the journal: as an entry of its own, since no request has come yet. All must outlive
/// it.
std::function<rsp::http::Admission(std::uint64_t)> with_faults_in_journal(
    smdp::Journal& journal, const FaultPlan& plan, std::mutex& mutex,
    std::function<rsp::http::Admission(std::uint64_t)> next);

/// One of the handlers with this mutex at a time.
rsp::http::Handler one_at_a_time(std::mutex& mutex, rsp::http::Handler next);

/// The listener, for as long as it exists.
class ManagementListener {
 public:
  /// Takes connections from here on. `mutex` is the one of the protocol's handler. Error: as of
  /// rsp::http::Server::listen().
  static rsp::Result<std::unique_ptr<ManagementListener>> listen(
      const std::string& address, std::uint16_t port, std::mutex& mutex,
      smdp::ManagementConfig config, std::function<void(std::string_view line)> log = {});
  /// "http://127.0.0.1:41234".
  const std::string& url() const { return url_; }

 private:
  explicit ManagementListener(smdp::ManagementConfig config) : management_(std::move(config)) {}
  smdp::Management management_;
  std::string url_;
  std::unique_ptr<rsp::http::ServerThread> thread_;  // the last member: it ends first
};

}  // namespace hil
