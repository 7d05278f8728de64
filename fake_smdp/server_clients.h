// The roads from a mock server to others: an SM-DS over ES12 or ES15, an operator over ES2+.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "fake_smdp/journal.h"
#include "fake_smdp/outside.h"
#include "fake_smdp/smds.h"
#include "rsp/http/client.h"
#include "rsp/json/function_json.h"

namespace smdp {

/// Calls a function that has a JSON binding only. Errors: as of Transport::send; Layer::kHttp for
/// another status than 200; as of parse_function_response().
template <class Request>
rsp::Result<typename Request::Ok> call_function(rsp::http::Transport& transport,
                                                std::string_view host, std::string_view path_prefix,
                                                const rsp::FunctionCall& call,
                                                const Request& request, rsp::Deadline deadline);
rsp::Result<std::string> post_json(rsp::http::Transport& transport, std::string_view host,
                                   std::string target, std::string body, int expected_status,
                                   rsp::Deadline deadline);

/// SM-DSs in this process by their names, all others over HTTPS.
class SmdsRoad final : public EventRegistrar {
 public:
  /// `requester`: functionRequesterIdentifier, such as the OID of the SM-DP+. `transport` may be
  /// null: then there are only those in this process.
  SmdsRoad(std::string requester, rsp::http::Transport* transport,
           std::string_view path_prefix = rsp::kEs12PathPrefix)
      : requester_(std::move(requester)), transport_(transport), path_prefix_(path_prefix) {}
  /// Called directly: over HTTPS a server that waits for itself would wait for ever.
  void add_local(const std::string& name, Smds& smds) { local_[name] = &smds; }

  Answer<rsp::NoOutput> register_event(const std::string& smds,
                                       const rsp::RegisterEventRequest& request) override;
  Answer<rsp::NoOutput> delete_event(const std::string& smds,
                                     const rsp::DeleteEventRequest& request) override;

 private:
  template <class Request>
  Answer<rsp::NoOutput> call(const std::string& smds,
                             Answer<rsp::NoOutput> (Smds::*function)(const rsp::FunctionCall&,
                                                                     const Request&),
                             const Request& request);
  std::string requester_;
  rsp::http::Transport* transport_;
  std::string_view path_prefix_;
  std::uint64_t calls_ = 0;
  std::map<std::string, Smds*> local_;
};

/// Tells an operator how downloads go, one after the other, on a thread of its own.
class ProgressReporter final : public ProgressSink {
 public:
  /// `transport` is for this object alone. `log` gets a line for what could not be delivered.
  /// `record` gets each call once it has ended, on the reporter's thread. `clock` must outlive it.
  ProgressReporter(std::string requester, std::string host,
                   std::unique_ptr<rsp::http::Transport> transport, const rsp::Clock& clock,
                   std::function<void(std::string_view)> log,
                   std::function<void(JournalEntry)> record = {});
  /// Delivers what waits, and ends.
  ~ProgressReporter() override;

  void progress(rsp::HandleDownloadProgressInfoRequest info, Subject subject) override;
  /// Waits until nothing waits any more, and all is recorded.
  void flush();
  struct Counts {
    std::size_t delivered = 0, failed = 0, dropped = 0;
  };
  Counts counts();

 private:
  struct Report {
    rsp::HandleDownloadProgressInfoRequest info;
    Subject subject;
  };
  void run();
  /// Whether the operator took it.
  bool deliver(const Report& report, const rsp::FunctionCall& call);
  const std::string requester_, host_;
  std::unique_ptr<rsp::http::Transport> transport_;
  const rsp::Clock& clock_;
  std::function<void(std::string_view)> log_;
  std::function<void(JournalEntry)> record_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Report> waiting_;
  bool busy_ = false, ends_ = false;
  Counts counts_;
  std::thread thread_;  // the last member, so that all else is there when it begins
};

template <class Request>
rsp::Result<typename Request::Ok> call_function(rsp::http::Transport& transport,
                                                std::string_view host, std::string_view path_prefix,
                                                const rsp::FunctionCall& call,
                                                const Request& request, rsp::Deadline deadline) {
  RSP_TRY(std::string body,
          post_json(transport, host, std::string(path_prefix).append(Request::kFunction),
                    rsp::function_request_body(call, request), 200, deadline));
  return rsp::parse_function_response<typename Request::Ok>(body);
}

}  // namespace smdp
