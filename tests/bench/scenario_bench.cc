// A download as a step of a scenario (JSON bodies, fault hooks, trace) against the same download
// bare (typed calls, nothing recorded), in paired rounds of one run.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>

#include "hil/scenario/steps.h"
#include "tests/bench/floor.h"
#include "tests/world.h"

namespace {

using testing_world::World;

constexpr std::size_t kRounds = 31, kDownloadsPerRound = 24;
/// 12.3 KB, the size of TS.48 v7.
constexpr std::uint16_t kFiller = 10'180;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Microseconds of processor time for one download.
double bare_download() {
  World world;
  world.start();
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = "8988211000000000019";
  parameters.imsi = "001010000000001";
  parameters.filler = kFiller;
  auto package = rsp::saip::make_profile(parameters).value();
  double spent = 0;
  for (std::size_t i = 0; i < kDownloadsPerRound; ++i) {
    smdp::Order order;
    order.matching_id = fmt::format("BENCH-{}", i);
    order.metadata =
        smdp::metadata_for(package, "Provider", "Bench", std::string(testing_world::kHost)).value();
    order.profile_package = std::make_shared<const rsp::Bytes>(package);
    must(world.orders.add(std::move(order)).has_value(), "the order was refused");
    double start = bench::cpu_microseconds();
    auto download = world.lpa->download(world.activation_code(fmt::format("BENCH-{}", i)));
    spent += bench::cpu_microseconds() - start;
    must(download.has_value(), "the download failed");
    must(world.lpa->remove(download->metadata.iccid).has_value(), "deleting failed");
    must(world.lpa->deliver_notifications().has_value(), "delivery failed");
  }
  return spent / kDownloadsPerRound;
}

/// The same for the step of a scenario.
double scenario_download() {
  double spent = 0;
  const hil::StepRow* step = hil::find_step("lpa.download");
  auto testbed = hil::Testbed::create().value();
  hil::Run run{*testbed, {}, hil::Json::object()};
  for (std::size_t i = 0; i < kDownloadsPerRound; ++i) {
    hil::OrderInput input;
    input.filler = kFiller;
    must(run.add_order("A", input).has_value(), "the order was refused");
    hil::Json parameters{{"order", "A"}};
    double start = bench::cpu_microseconds();
    auto result = step->run(parameters, run);
    spent += bench::cpu_microseconds() - start;
    must(result.has_value(), "the download failed");
    must(testbed->lpa().remove(run.orders["A"]->metadata.iccid).has_value(), "deleting failed");
    must(testbed->lpa().deliver_notifications().has_value(), "delivery failed");
  }
  return spent / kDownloadsPerRound;
}

double middle(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void download_in_a_scenario(benchmark::State& state) {
  bare_download();
  scenario_download();
  std::vector<double> bare, inside, ratios;
  for (auto _ : state) {
    bare.push_back(bare_download());
    inside.push_back(scenario_download());
    ratios.push_back(inside.back() / bare.back());
    state.SetIterationTime(inside.back() / 1e6);
  }
  state.counters["ratio_median"] = middle(ratios);
  state.counters["bare_cpu_us"] = middle(bare);
  state.counters["scenario_cpu_us"] = middle(inside);
}
BENCHMARK(download_in_a_scenario)
    ->Iterations(kRounds)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
