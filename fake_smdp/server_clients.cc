#include "fake_smdp/server_clients.h"

#include <fmt/format.h>

#include "fake_smdp/server_asn1.h"

namespace smdp {
namespace {

using namespace std::chrono_literals;

/// How long a server that is called by another one may take.
constexpr auto kPatience = 5s;
constexpr std::size_t kMostWaiting = 1000;

}  // namespace

rsp::Result<std::string> post_json(rsp::http::Transport& transport, std::string_view host,
                                   std::string target, std::string body, int expected_status,
                                   rsp::Deadline deadline) {
  rsp::http::Request request;
  request.target = std::move(target);
  request.body = std::move(body);
  request.headers = {{"Content-Type", std::string(rsp::kJsonContentType)},
                     {std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}};
  RSP_TRY(rsp::http::Response response, transport.send(host, request, deadline));
  if (response.status != expected_status) {
    return rsp::failure({.layer = rsp::Layer::kHttp,
                         .step = fmt::format("POST https://{}{}", host, request.target),
                         .code = std::to_string(response.status),
                         .text = fmt::format("the answer has status {}, not {}", response.status,
                                             expected_status)});
  }
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
                                   std::function<void(std::string_view)> log)
    : requester_(std::move(requester)),
      host_(std::move(host)),
      transport_(std::move(transport)),
      log_(std::move(log)),
      thread_([this] { run(); }) {}

ProgressReporter::~ProgressReporter() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ProgressReporter::progress(rsp::HandleDownloadProgressInfoRequest info) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    ++counts_.dropped;
  }
  waiting_.push_back(std::move(info));
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
    auto info = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    rsp::FunctionCall call{requester_, fmt::format("{}", number)};
    auto sent =
        post_json(*transport_, host_, std::string(rsp::kEs2PathPrefix).append(info.kFunction),
                  rsp::function_request_body(call, info), 204, rsp::Deadline::after(kPatience));
    if (!sent) {
      log_(fmt::format("the operator at {} did not take the progress of {}: {}", host_, info.iccid,
                       sent.error().message()));
    }
    lock.lock();
    ++(sent ? counts_.delivered : counts_.failed);
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace smdp
