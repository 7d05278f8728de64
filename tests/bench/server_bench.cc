// The mock SM-DP+ over real HTTPS on loopback, as `smdp serve` runs it: the processor time of its
// thread for a whole session and for InitiateAuthentication against the bare operations that they
// need, in paired rounds of one run; and how many requests and downloads a second go through with
// several clients.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <thread>

#include "hil/card.h"
#include "hil/mock_server.h"
#include "lpa/lpa.h"
#include "rsp/json/es9_json.h"
#include "rsp/json/function_json.h"
#include "rsp/saip/profile_maker.h"
#include "tests/bench/floor.h"
#include "tests/bench/tls_floor.h"
#include "tests/temp_dir.h"
#include "tests/world.h"

namespace {

using testing_world::kHost;

constexpr std::size_t kRounds = 31, kSessionsPerRound = 24, kCallsPerRound = 200;

void must(bool good, std::string_view what) {
  if (!good) throw std::runtime_error(std::string(what));
}

template <class T>
T must(rsp::Result<T> result, std::string_view what) {
  if (!result) throw std::runtime_error(fmt::format("{}: {}", what, result.error().message()));
  return *std::move(result);
}

/// Certificates, made once: there is a key behind each.
const rsp::pki::CertificateStore& certificates() {
  static const testing_files::TempDir directory;
  static const rsp::pki::CertificateStore store = [] {
    rsp::SystemClock clock;
    rsp::SystemRandom random;
    return must(hil::open_pki(directory.path() / "pki", clock, random), "no certificates").store;
  }();
  return store;
}

/// The server on a thread of its own whose processor time can be read.
class Served {
 public:
  Served() {
    hil::MockServerOptions options{.host = std::string(kHost)};
    options.curves.only = rsp::crypto::Curve::kNistP256;
    server_ = must(hil::MockServer::create(certificates(), std::move(options), clock_, random_),
                   "no server");
    rsp::http::ServerOptions http{.identities = server_->tls_identities()};
    listening_ = must(rsp::http::Server::listen(std::move(http),
                                                [this](const rsp::http::Request& request) {
                                                  count(request);
                                                  auto response = server_->handle(request);
                                                  count(response);
                                                  return response;
                                                }),
                      "cannot listen");
    server_->start(orders, listening_->port());
    thread_ = std::thread([this] { listening_->run(); });
  }
  ~Served() {
    listening_->stop();
    thread_.join();
  }

  /// Processor time of the server's thread so far, in microseconds.
  double spent() const {
    clockid_t clock{};
    timespec now{};
    must(pthread_getcpuclockid(const_cast<std::thread&>(thread_).native_handle(), &clock) == 0 &&
             clock_gettime(clock, &now) == 0,
         "the thread has no clock");
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  }
  std::string address() const { return server_->address_of(std::string(kHost)); }
  std::map<std::string, std::string> resolve() const {
    return {{std::string(kHost), fmt::format("127.0.0.1:{}", listening_->port())}};
  }
  /// Octets of each request and answer, since the last call.
  std::vector<bench::RecordSizes> take_sizes() { return std::exchange(sizes_, {}); }

  smdp::OrderStore orders;

 private:
  // Headers are some 200 octets each way, whatever the function.
  static constexpr std::size_t kHeader = 200;
  void count(const rsp::http::Request& request) {
    if (sizes_.size() < 10) sizes_.push_back({request.body.size() + kHeader, 0});
  }
  void count(const rsp::http::Response& response) {
    if (sizes_.back().sent == 0) sizes_.back().sent = response.body.size() + kHeader;
  }

  rsp::SystemClock clock_;
  rsp::SystemRandom random_;
  std::unique_ptr<hil::MockServer> server_;
  std::unique_ptr<rsp::http::Server> listening_;
  std::vector<bench::RecordSizes> sizes_;
  std::thread thread_;
};

/// A card and an LPA which reach the server over HTTPS, one connection kept.
class Device {
 public:
  explicit Device(const Served& served)
      : card_(must(hil::SimCard::open(std::nullopt, &certificates(), random_, {}, nullptr,
                                      {rsp::crypto::Curve::kNistP256}),
                   "no card")),
        link_(card_->card()),
        transport_(link_),
        es9_({.trusted_cis = hil::ci_certificates(certificates()), .resolve = served.resolve()}),
        lpa_(transport_, es9_, {}) {}

  /// Download, report, enable, report; then the card is cleaned.
  template <class Measured>
  void provision(const lpa::ActivationCode& code, Measured&& measured) {
    rsp::Iccid iccid{};
    measured([&] {
      iccid = must(lpa_.download(code), "download").metadata.iccid;
      deliver();
      must(lpa_.enable(iccid).has_value(), "enabling failed");
      deliver();
    });
    must(lpa_.disable(iccid).has_value() && lpa_.remove(iccid).has_value(), "deleting failed");
    deliver();
  }

 private:
  void deliver() {
    for (const auto& delivery : must(lpa_.deliver_notifications(), "notifications"))
      must(!delivery.error, "a notification was not acknowledged");
  }
  rsp::SystemRandom random_;
  std::unique_ptr<hil::SimCard> card_;
  hil::RealTimeLink link_;
  lpa::ApduTransport transport_;
  lpa::HttpsEs9 es9_;
  lpa::Lpa lpa_;
};

/// Of the size of TS.48 v7.
const rsp::Bytes& profile() {
  static const rsp::Bytes octets = [] {
    rsp::saip::ProfileParameters parameters;
    parameters.iccid_digits = "8988211000000000019";
    parameters.imsi = "001010000000001";
    parameters.filler = 10'180;
    return rsp::saip::make_profile(parameters).value();
  }();
  return octets;
}

lpa::ActivationCode add_order(Served& served, const std::string& matching_id) {
  smdp::Order order;
  order.matching_id = matching_id;
  order.metadata = must(
      smdp::metadata_for(profile(), "Provider", "Bench profile", served.address()), "metadata");
  static const auto shared = std::make_shared<const rsp::Bytes>(profile());
  order.profile_package = shared;
  must(served.orders.add(std::move(order)).has_value(), "the order was refused");
  return {served.address(), matching_id, std::nullopt, false};
}

/// An InitiateAuthentication as a card of the store asks for it.
class Initiator {
 public:
  explicit Initiator(const Served& served)
      : address_(served.address()),
        client_({.trusted_certificates = hil::ci_certificates(certificates()),
                 .resolve = served.resolve()}) {
    rsp::InitiateAuthenticationRequest request;
    request.smdp_address = address_;
    request.euicc_info1.svn = {2, 2, 2};
    for (const rsp::Bytes& ci : hil::ci_certificates(certificates())) {
      auto id = must(rsp::pki::Certificate::parse(ci), "CI").subject_key_id();
      request.euicc_info1.ci_pkid_list_for_verification.push_back(rsp::to_bytes(id));
      request.euicc_info1.ci_pkid_list_for_signing.push_back(rsp::to_bytes(id));
    }
    request_.target = std::string(rsp::kEs9PathPrefix) +
                      std::string(rsp::InitiateAuthenticationRequest::kFunction);
    request_.body = rsp::es9_request_body(request);
    request_.headers = {{"Content-Type", "application/json"},
                        {"X-Admin-Protocol", "gsma/rsp/v2.2.2"}};
  }
  void call() {
    auto response = must(client_.send(address_, request_), "InitiateAuthentication");
    must(response.status == 200 && response.body.find("serverSigned1") != std::string::npos,
         response.body);
  }

 private:
  std::string address_;
  rsp::http::Client client_;
  rsp::http::Request request_;
};

double median(std::vector<double> values, double p = 0.5) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

void show(benchmark::State& state, const std::vector<double>& ratios) {
  state.counters["ratio_median"] = median(ratios);
  state.counters["p10"] = median(ratios, 0.1);
  state.counters["p90"] = median(ratios, 0.9);
  state.counters["rounds"] = static_cast<double>(ratios.size());
}

/// One whole session of five requests: at most 1.6 of what its cryptography and its TLS records
/// cost.
void server_session(benchmark::State& state) {
  Served served;
  Device device(served);
  bench::Floor floor;
  bench::TlsRecords records;
  int order = 0;
  double spent = 0;
  auto session = [&] {
    auto code = add_order(served, fmt::format("BENCH-{}", order++));
    device.provision(code, [&](auto&& run) {
      served.take_sizes();
      double before = served.spent();
      run();
      spent += served.spent() - before;
    });
  };
  session();
  std::vector<double> ratios, floors, achieved, tls, strict;
  for (auto _ : state) {
    auto primitives = floor.measure();
    spent = 0;
    for (std::size_t i = 0; i < kSessionsPerRound; ++i) session();
    auto sizes = served.take_sizes();
    sizes.resize(5);  // what comes behind is the card being cleaned
    tls.push_back(records.measure(sizes));
    floors.push_back(bench::Floor::server_microseconds(primitives, profile().size()) + tls.back());
    achieved.push_back(spent / kSessionsPerRound);
    ratios.push_back(achieved.back() / floors.back());
    // The same card comes again, and its certificates and its EUM's were verified before.
    constexpr double kKnownCertificates = 4;
    strict.push_back(achieved.back() / (floors.back() - kKnownCertificates * primitives.verify));
    state.SetIterationTime(achieved.back() / 1e6);
  }
  show(state, ratios);
  state.counters["ratio_to_what_was_done"] = median(strict);
  state.counters["F_us"] = median(floors);
  state.counters["tls_us"] = median(tls);
  state.counters["achieved_cpu_us"] = median(achieved);
}
BENCHMARK(server_session)->Iterations(kRounds)->UseManualTime()->Unit(benchmark::kMicrosecond);

/// At most three signatures.
void server_initiate_authentication(benchmark::State& state) {
  Served served;
  Initiator initiator(served);
  bench::Floor floor;
  initiator.call();
  std::vector<double> ratios, achieved, signatures;
  for (auto _ : state) {
    signatures.push_back(floor.measure().sign);
    double before = served.spent();
    for (std::size_t i = 0; i < kCallsPerRound; ++i) initiator.call();
    achieved.push_back((served.spent() - before) / kCallsPerRound);
    ratios.push_back(achieved.back() / signatures.back());
    state.SetIterationTime(achieved.back() / 1e6);
  }
  show(state, ratios);
  state.counters["S_us"] = median(signatures);
  state.counters["achieved_cpu_us"] = median(achieved);
}
BENCHMARK(server_initiate_authentication)
    ->Iterations(kRounds)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

/// Runs `body(n)` for each of `clients` on a thread of its own, all at once; wall-clock seconds.
template <class Body>
double at_once(std::size_t clients, Body body) {
  std::latch ready(static_cast<std::ptrdiff_t>(clients) + 1);
  std::vector<std::jthread> threads;
  std::exception_ptr failed;
  std::mutex mutex;
  for (std::size_t n = 0; n < clients; ++n) {
    threads.emplace_back([&, n] {
      ready.arrive_and_wait();
      try {
        body(n);
      } catch (...) {
        std::lock_guard lock(mutex);
        failed = std::current_exception();
      }
    });
  }
  ready.arrive_and_wait();
  auto start = std::chrono::steady_clock::now();
  threads.clear();
  if (failed) std::rethrow_exception(failed);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// InitiateAuthentication with many clients at once, each over a connection that it keeps. An error
/// of any ends the benchmark.
void server_clients(benchmark::State& state) {
  auto clients = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kRequests = 4000;
  std::size_t each = kRequests / clients;
  Served served;
  std::vector<std::unique_ptr<Initiator>> initiators;
  for (std::size_t n = 0; n < clients; ++n) {
    initiators.push_back(std::make_unique<Initiator>(served));
    initiators.back()->call();
  }
  double spent = 0;
  for (auto _ : state) {
    spent += at_once(clients, [&](std::size_t n) {
      for (std::size_t i = 0; i < each; ++i) initiators[n]->call();
    });
    state.SetIterationTime(spent);
  }
  state.counters["requests_per_second"] = static_cast<double>(each * clients) / spent;
}
BENCHMARK(server_clients)
    ->Arg(1)
    ->Arg(8)
    ->Arg(200)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// Whole downloads with eight cards at once, cleaning of the cards included.
void server_downloads(benchmark::State& state) {
  constexpr std::size_t kCards = 8, kEach = 50;
  Served served;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::vector<lpa::ActivationCode>> codes(kCards);
  for (std::size_t n = 0; n < kCards; ++n) {
    devices.push_back(std::make_unique<Device>(served));
    for (std::size_t i = 0; i < kEach; ++i)
      codes[n].push_back(add_order(served, fmt::format("BENCH-{}-{}", n, i)));
  }
  double spent = 0;
  for (auto _ : state) {
    spent += at_once(kCards, [&](std::size_t n) {
      for (const auto& code : codes[n]) devices[n]->provision(code, [](auto&& run) { run(); });
    });
    state.SetIterationTime(spent);
  }
  state.counters["downloads_per_second"] = static_cast<double>(kCards * kEach) / spent;
}
BENCHMARK(server_downloads)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
