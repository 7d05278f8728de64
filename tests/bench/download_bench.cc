// One whole download in one process against the bare cryptography that it needs, in paired rounds
// of one run.
//
// A round measures the primitives and then downloads for some 40 ms, over and over to one card that
// is cleaned in between. The ratio of the two is what counts, since both slow down together when
// the machine is busy. Card, server and orders are made, and profiles deleted, outside the measured
// part.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "rsp/saip/summary.h"
#include "tests/bench/floor.h"
#include "tests/world.h"

namespace {

using testing_world::World;

constexpr std::size_t kRounds = 31, kDownloadsPerRound = 24;
/// Brings the made profile to the size of TS.48 v7, 12.3 KB.
constexpr std::size_t kFiller = 10'180;

struct Sample {
  bench::Primitives primitives;
  double floor = 0, achieved = 0;
  double ratio() const { return achieved / floor; }
};

/// A published profile package where ESIMBENCH_SHARED_DATA has one, else one of ours.
struct BenchProfile {
  std::string name;
  rsp::Bytes octets;
};

rsp::Bytes padded_profile() {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = "8988211000000000019";
  parameters.imsi = "001010000000001";
  parameters.filler = kFiller;
  return rsp::saip::make_profile(parameters).value();
}

BenchProfile bench_profile() {
  if (const char* data = std::getenv("ESIMBENCH_SHARED_DATA")) {
    std::ifstream file(std::string(data) + "/profiles/TS48v7_SAIP2.3_NoBERTLV.der",
                       std::ios::binary);
    rsp::Bytes octets{std::istreambuf_iterator<char>(file), {}};
    if (!octets.empty()) return {"TS.48 v7", std::move(octets)};
  }
  return {"made, with a large file", padded_profile()};
}

smdp::Order bench_order(const rsp::Bytes& profile) {
  smdp::Order order;
  order.metadata =
      smdp::metadata_for(profile, "Provider", "Bench profile", std::string(testing_world::kHost))
          .value();
  order.profile_package = std::make_shared<const rsp::Bytes>(profile);
  return order;
}

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Download, report, enable, report: what the operation count of the floor is about.
rsp::Iccid download(World& world, const std::string& matching_id) {
  auto downloaded = world.lpa->download(world.activation_code(matching_id));
  if (!downloaded) throw std::runtime_error(downloaded.error().message());
  for (int pass = 0; pass < 2; ++pass) {
    auto delivered = world.lpa->deliver_notifications();
    must(delivered && delivered->size() == 1 && !delivered->front().error, "delivery failed");
    if (pass == 0)
      must(world.lpa->enable(downloaded->metadata.iccid).has_value(), "enabling failed");
  }
  return downloaded->metadata.iccid;
}

/// The card as it was before, with no profile and no notification.
void clean_up(World& world, const rsp::Iccid& iccid) {
  must(world.lpa->disable(iccid).has_value() && world.lpa->remove(iccid).has_value(),
       "deleting failed");
  must(world.lpa->deliver_notifications().has_value(), "delivery failed");
}

Sample round(bench::Floor& floor, const smdp::Order& order) {
  World world;
  world.start();
  Sample sample;
  sample.primitives = floor.measure();
  sample.floor = bench::Floor::microseconds(sample.primitives, order.profile_package->size());
  double spent = 0;
  for (std::size_t i = 0; i < kDownloadsPerRound; ++i) {
    smdp::Order next = order;
    next.matching_id = fmt::format("BENCH-{}", i);
    must(world.orders.add(std::move(next)).has_value(), "the order was refused");
    double start = bench::cpu_microseconds();
    rsp::Iccid iccid = download(world, fmt::format("BENCH-{}", i));
    spent += bench::cpu_microseconds() - start;
    clean_up(world, iccid);
  }
  sample.achieved = spent / kDownloadsPerRound;
  return sample;
}

template <class Of>
double percentile(const std::vector<Sample>& samples, double p, Of of) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(of(sample));
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

void whole_download(benchmark::State& state) {
  static const BenchProfile profile = bench_profile();
  static const smdp::Order order = bench_order(profile.octets);
  bench::Floor floor;
  round(floor, order);  // warms caches, allocators and OpenSSL's tables
  std::vector<Sample> samples;
  for (auto _ : state) {
    samples.push_back(round(floor, order));
    state.SetIterationTime(samples.back().achieved / 1e6);
  }
  auto median = [&](auto of) { return percentile(samples, 0.5, of); };
  auto ratio = [](const Sample& s) { return s.ratio(); };
  state.counters["ratio_median"] = median(ratio);
  state.counters["p10"] = percentile(samples, 0.1, ratio);
  state.counters["p90"] = percentile(samples, 0.9, ratio);
  state.counters["rounds"] = static_cast<double>(samples.size());
  state.counters["F_us"] = median([](const Sample& s) { return s.floor; });
  state.counters["achieved_cpu_us"] = median([](const Sample& s) { return s.achieved; });
  state.counters["N"] = static_cast<double>(profile.octets.size());
  state.counters["n"] = static_cast<double>(bench::Floor::segments(profile.octets.size()));
  state.counters["v"] = 13;
  for (auto [name, member] : {std::pair{"S", &bench::Primitives::sign},
                              {"V", &bench::Primitives::verify},
                              {"K", &bench::Primitives::generate},
                              {"D", &bench::Primitives::agree},
                              {"E", &bench::Primitives::protect},
                              {"U", &bench::Primitives::unprotect},
                              {"H", &bench::Primitives::hash},
                              {"X", &bench::Primitives::derive}}) {
    state.counters[name] = median([member](const Sample& s) { return s.primitives.*member; });
  }
  state.SetLabel(fmt::format("P-256, strict, profile: {}", profile.name));
}
BENCHMARK(whole_download)->Iterations(kRounds)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::AddCustomContext("openssl_version", bench::openssl_version());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
