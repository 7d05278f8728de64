#include "fake_smdp/server_clients.h"

#include <fmt/format.h>

#include "fake_smdp/server_asn1.h"

namespace smdp {
namespace {

using namespace std::chrono_literals;

/// How long a server that is called by another one may take.
constexpr auto kPatience = 5s;
constexpr std::size_t kMostWaiting = 1000;

rsp::http::Request json_request(std::string target, std::string body) {
  return {.target = std::move(target),
          .body = std::move(body),
          .headers = {{"Content-Type", std::string(rsp::kJsonContentType)},
                      {std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}}};
}

rsp::Status check_status(std::string_view host, const rsp::http::Request& request,
                         const rsp::http::Response& response, int expected) {
  if (response.status == expected) return {};
  return rsp::failure(
      {.layer = rsp::Layer::kHttp,
       .step = fmt::format("POST https://{}{}", host, request.target),
       .code = std::to_string(response.status),
       .text = fmt::format("the answer has status {}, not {}", response.status, expected)});
}

}  // namespace

rsp::Result<std::string> post_json(rsp::http::Transport& transport, std::string_view host,
                                   std::string target, std::string body, int expected_status,
                                   rsp::Deadline deadline) {
  rsp::http::Request request = json_request(std::move(target), std::move(body));
  RSP_TRY(rsp::http::Response response, transport.send(host, request, deadline));
  RSP_CHECK(check_status(host, request, response, expected_status));
  return std::move(response.body);
}

// --- SM-DS ---

template <class Request>
Answer<rsp::NoOutput> SmdsRoad::call(
    const std::string& smds,
    Answer<rsp::NoOutput> (Smds::*function)(const rsp::FunctionCall&, const Request&),
    const Request& request) {
  rsp::FunctionCall call{requester_, fmt::format("{}", ++calls_)};
  if (auto local = local_.find(smds); local != local_.end())
    return (local->second->*function)(call, request);
  if (transport_ == nullptr) return status("8.9", "5.1", "it is not known here", smds);
  auto answer = call_function(*transport_, smds, path_prefix_, call, request,
                              rsp::Deadline::after(kPatience));
  if (answer) return rsp::NoOutput{};
  bool refused = answer.error().layer == rsp::Layer::kServer;
  return status("8.9", refused ? "4.2" : "5.1", answer.error().message(), smds);
}

Answer<rsp::NoOutput> SmdsRoad::register_event(const std::string& smds,
                                               const rsp::RegisterEventRequest& request) {
  return call(smds, &Smds::register_event, request);
}

Answer<rsp::NoOutput> SmdsRoad::delete_event(const std::string& smds,
                                             const rsp::DeleteEventRequest& request) {
  return call(smds, &Smds::delete_event, request);
}

// --- The operator ---

ProgressReporter::ProgressReporter(std::string requester, std::string host,
                                   std::unique_ptr<rsp::http::Transport> transport,
                                   const rsp::Clock& clock,
                                   std::function<void(std::string_view)> log,
                                   std::function<void(JournalEntry)> record)
    : requester_(std::move(requester)),
      host_(std::move(host)),
      transport_(std::move(transport)),
      clock_(clock),
      log_(std::move(log)),
      record_(std::move(record)),
      thread_([this] { run(); }) {}

ProgressReporter::~ProgressReporter() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ProgressReporter::progress(rsp::HandleDownloadProgressInfoRequest info, Subject subject) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    ++counts_.dropped;
  }
  waiting_.push_back({std::move(info), std::move(subject)});
  changed_.notify_all();
}

void ProgressReporter::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

ProgressReporter::Counts ProgressReporter::counts() {
  std::lock_guard lock(mutex_);
  return counts_;
}

void ProgressReporter::run() {
  std::unique_lock lock(mutex_);
  for (std::uint64_t number = 1;; ++number) {
    changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Report report = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    bool delivered = deliver(report, {requester_, fmt::format("{}", number)});
    lock.lock();
    ++(delivered ? counts_.delivered : counts_.failed);
    busy_ = false;
    changed_.notify_all();
  }
}

bool ProgressReporter::deliver(const Report& report, const rsp::FunctionCall& call) {
  auto request = json_request(std::string(rsp::kEs2PathPrefix).append(report.info.kFunction),
                              rsp::function_request_body(call, report.info));
  JournalEntry entry{.at = clock_.now(), .interface = "ES2+"};
  auto begun = std::chrono::steady_clock::now();
  auto response = transport_->send(host_, request, rsp::Deadline::after(kPatience));
  entry.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun);
  rsp::Status taken;
  if (response) {
    taken = check_status(host_, request, *response, 204);
    entry.status = response->status;
    entry.response = std::move(response->body);
  } else {
    taken = rsp::failure(std::move(response).error());
  }
  if (!taken)
    log_(fmt::format("the operator at {} did not take the progress of {}: {}", host_,
                     report.info.iccid, taken.error().message()));
  if (!record_) return taken.has_value();
  entry.function = report.info.kFunction;
  entry.transaction_id = report.subject.transaction_id;
  entry.order = report.subject.order;
  entry.outcome = taken ? "ok" : "failed: " + taken.error().text;
  entry.target = std::move(request.target);
  entry.request = std::move(request.body);
  entry.to = host_;
  entry.notification_point = report.info.notification_point_id;
  record_(std::move(entry));
  return taken.has_value();
}

}  // namespace smdp
