#include "hil/scenario/runner.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <thread>

namespace hil {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How much longer than its timeout a case may take to end by itself, before the watchdog of its
/// process ends it; and how much longer than that, before the process is killed.
constexpr milliseconds kGrace{1000}, kMoreGrace{3000};

// --- Messages between the processes: a length of four octets, and JSON ---

bool write_all(int fd, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t written = ::write(fd, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int fd, void* data, std::size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    ssize_t got = ::read(fd, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_message(int fd, const std::string& text) {
  auto size = static_cast<std::uint32_t>(text.size());
  return write_all(fd, &size, sizeof size) && write_all(fd, text.data(), text.size());
}

std::optional<std::string> receive_message(int fd) {
  std::uint32_t size = 0;
  if (!read_all(fd, &size, sizeof size) || size > (64u << 20)) return std::nullopt;
  std::string text(size, '\0');
  if (!read_all(fd, text.data(), size)) return std::nullopt;
  return text;
}

/// What to run: an index into the plan's cases, and the round.
struct Order {
  std::uint32_t index = 0, round = 0;
};

RunOptions options_of_round(const RunPlan& plan, std::uint32_t round) {
  RunOptions options = plan.options;
  options.seed += round;
  return options;
}

// --- The process that runs cases
// ----------------------------------------------------------------------------------

CaseResult unfinished(const Case& what, std::uint64_t run_seed, std::string text) {
  CaseResult result = blank_result(what, run_seed);
  result.verdict = Verdict::kError;
  result.findings.push_back({what.file.generic_string(), std::move(text), nullptr, nullptr});
  return result;
}

/// Ends the process when a case does not end: a thread of our own that writes the trace, reports,
/// and leaves the hanging one behind.
class Watchdog {
 public:
  explicit Watchdog(int answers) : answers_(answers), thread_([this] { watch(); }) {}
  ~Watchdog() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void begin(const Case& what, const RunOptions& options) {
    std::lock_guard lock(mutex_);
    case_ = &what;
    options_ = options;
    until_ = Steady::now() + what.timeout + kGrace;
    changed_.notify_all();
  }
  void testbed(Testbed* testbed) {
    std::lock_guard lock(mutex_);
    testbed_ = testbed;
  }
  void end() {
    std::lock_guard lock(mutex_);
    case_ = nullptr;
    changed_.notify_all();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      if (case_ == nullptr) {
        changed_.wait(lock);
      } else if (changed_.wait_until(lock, until_) == std::cv_status::timeout && case_ != nullptr &&
                 Steady::now() >= until_) {
        give_up();
      }
    }
  }
  [[noreturn]] void give_up() {
    CaseResult result =
        unfinished(*case_, options_.seed,
                   fmt::format("went on beyond the timeout of {} ms, and did not end when asked",
                               case_->timeout.count()));
    result.took = case_->timeout + kGrace;
    if (testbed_ != nullptr && options_.keep != RunOptions::Keep::kNever)
      write_traces(options_, testbed_->trace(), result);
    send_message(answers_, rsp::dump(to_json(result)));
    ::_exit(0);
  }

  int answers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const Case* case_ = nullptr;
  RunOptions options_;
  Testbed* testbed_ = nullptr;
  Steady::time_point until_;
  bool done_ = false;
  std::thread thread_;  // the last to be made
};

[[noreturn]] void work(const RunPlan& plan, int orders, int answers) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read our answers
  std::signal(SIGINT, SIG_IGN);  // the terminal tells all of us; the one that started us decides
  std::signal(SIGPIPE, SIG_IGN);
  {
    Watchdog watchdog(answers);
    Order order;
    while (read_all(orders, &order, sizeof order)) {
      const Case& what = plan.cases[order.index];
      RunOptions options = options_of_round(plan, order.round);
      options.watch = [&](Testbed* testbed) { watchdog.testbed(testbed); };
      watchdog.begin(what, options);
      CaseResult result = run_case(what, options);
      watchdog.end();
      if (!send_message(answers, rsp::dump(to_json(result)))) break;
    }
  }
  ::_exit(0);
}

/// One of those processes, as the one that started it sees it.
struct Worker {
  pid_t pid = -1;
  int orders = -1, answers = -1;
  std::optional<Order> busy;
  Steady::time_point kill_at;
};

class Pool {
 public:
  Pool(const RunPlan& plan, const ResultListener& listener, const volatile std::sig_atomic_t& stop)
      : plan_(plan), listener_(listener), stop_(stop) {
    summary_.seed = plan.options.seed;
    summary_.jobs = plan.jobs;
    summary_.planned = plan.cases.size() * plan.repeat;
  }

  RunSummary run() {
    auto begun = Steady::now();
    auto old_pipe = std::signal(SIGPIPE, SIG_IGN);
    // Keys and certificates are made once, and every process has them from the start.
    testbed_pki(rsp::crypto::Curve::kNistP256);
    workers_.resize(std::max(1u, plan_.jobs));
    while (!finished()) {
      for (Worker& worker : workers_) give_work(worker);
      if (busy() == 0) break;
      wait();
    }
    summary_.interrupted = stop_ != 0;
    for (Worker& worker : workers_) end(worker);
    std::signal(SIGPIPE, old_pipe);
    summary_.took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begun);
    return summary_;
  }

 private:
  bool finished() const { return stop_ != 0 || (plan_.until_failure && bad()); }
  bool bad() const { return summary_.failed + summary_.errors > 0; }
  std::size_t busy() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        workers_, [](const Worker& worker) { return worker.busy.has_value(); }));
  }

  std::optional<Order> next_order() {
    if (plan_.cases.empty()) return std::nullopt;
    if (next_.index == plan_.cases.size()) next_ = {0, next_.round + 1};
    if (next_.round >= plan_.repeat && !plan_.until_failure) return std::nullopt;
    return Order{next_.index++, next_.round};
  }

  void give_work(Worker& worker) {
    if (worker.busy || (plan_.until_failure && bad())) return;
    std::optional<Order> order = next_order();
    if (!order) return;
    if (worker.pid < 0) start(worker);
    worker.busy = order;
    worker.kill_at = Steady::now() + plan_.cases[order->index].timeout + kGrace + kMoreGrace;
    if (!write_all(worker.orders, &*order, sizeof *order)) lost(worker);
  }

  void start(Worker& worker) {
    int orders[2], answers[2];
    if (::pipe(orders) != 0 || ::pipe(answers) != 0)
      throw std::runtime_error("no pipe can be had for a worker");
    std::fflush(nullptr);
    worker.pid = ::fork();
    if (worker.pid < 0) throw std::runtime_error("no process can be had for a worker");
    if (worker.pid == 0) {
      // The others' pipes would keep them open here.
      for (const Worker& other : workers_) {
        if (other.orders >= 0) ::close(other.orders);
        if (other.answers >= 0) ::close(other.answers);
      }
      ::close(orders[1]);
      ::close(answers[0]);
      work(plan_, orders[0], answers[1]);
    }
    ::close(orders[0]);
    ::close(answers[1]);
    worker.orders = orders[1];
    worker.answers = answers[0];
  }

  void wait() {
    std::vector<pollfd> polled;
    std::vector<Worker*> of;
    auto until = Steady::time_point::max();
    for (Worker& worker : workers_) {
      if (!worker.busy) continue;
      polled.push_back({worker.answers, POLLIN, 0});
      of.push_back(&worker);
      until = std::min(until, worker.kill_at);
    }
    // Short enough to notice that somebody wants to stop, should the signal go to another thread.
    auto left = std::chrono::ceil<milliseconds>(until - Steady::now());
    int timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 200));
    if (::poll(polled.data(), polled.size(), timeout) < 0) return;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) {
        take_answer(*of[i]);
      } else if (Steady::now() >= of[i]->kill_at) {
        ::kill(of[i]->pid, SIGKILL);
        lost(*of[i]);
      }
    }
  }

  void take_answer(Worker& worker) {
    auto text = receive_message(worker.answers);
    if (!text) return lost(worker);
    Json json = Json::parse(*text, nullptr, false);
    if (json.is_discarded()) return lost(worker);
    worker.busy.reset();
    report(case_result_of(json));
  }

  /// The process ended in the middle of a case.
  void lost(Worker& worker) {
    const Order order = *worker.busy;
    const Case& what = plan_.cases[order.index];
    worker.busy.reset();
    ::kill(worker.pid, SIGKILL);  // one that only said what nobody understands still runs
    int status = end(worker);
    std::string how = WIFSIGNALED(status) ? fmt::format("by signal {} ({})", WTERMSIG(status),
                                                        strsignal(WTERMSIG(status)))
                                          : fmt::format("with status {}", WEXITSTATUS(status));
    report(unfinished(what, options_of_round(plan_, order.round).seed,
                      "the process that ran it ended " + how));
  }

  int end(Worker& worker) {
    if (worker.pid < 0) return 0;
    ::close(worker.orders);
    // One that is in the middle of a case would go on with it.
    if (worker.busy) ::kill(worker.pid, SIGKILL);
    int status = 0;
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(worker.answers);
    worker = {};
    return status;
  }

  void report(const CaseResult& result) {
    summary_.count(result.verdict);
    listener_(result, summary_);
  }

  const RunPlan& plan_;
  const ResultListener& listener_;
  const volatile std::sig_atomic_t& stop_;
  RunSummary summary_;
  std::vector<Worker> workers_;
  Order next_;
};

}  // namespace

void RunSummary::count(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      ++passed;
      break;
    case Verdict::kFailed:
      ++failed;
      break;
    case Verdict::kError:
      ++errors;
      break;
    case Verdict::kNotApplicable:
      ++not_applicable;
      break;
  }
}

Json to_json(const RunSummary& summary) {
  return {{"passed", summary.passed},
          {"failed", summary.failed},
          {"errors", summary.errors},
          {"notApplicable", summary.not_applicable},
          {"planned", summary.planned},
          {"interrupted", summary.interrupted},
          {"seconds", static_cast<double>(summary.took.count()) / 1e6},
          {"seed", summary.seed},
          {"jobs", summary.jobs}};
}

RunSummary run_cases(const RunPlan& plan, const ResultListener& listener,
                     const volatile std::sig_atomic_t& stop) {
  return Pool(plan, listener, stop).run();
}

}  // namespace hil
