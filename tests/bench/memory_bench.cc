// What cards take of the heap: each with ten profiles of 50 KB, one of them enabled, and ten
// notifications that wait. First with packages of their own, then with one set of packages that all
// of them share.
//
// A card is all that has to stay for it to answer: its storage in memory, its state, and a key and
// a certificate of its own. What has made it, a server and an LPA, is gone when it is measured.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <list>

#include "tests/world.h"

namespace {

using testing_world::World;

constexpr std::size_t kProfiles = 10, kNotifications = 10, kPackageSize = 50'000;
constexpr double kGib = 1024.0 * 1024 * 1024;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// Octets of the heap that are in use, with what the allocator adds to each piece.
std::size_t heap_in_use() {
  struct ::mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

rsp::Bytes package_of_size(unsigned number, std::size_t size) {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = fmt::format("89882110000000000{:02}", number);
  parameters.imsi = "001010000000001";
  parameters.filler = size / 2;
  rsp::Bytes package = rsp::saip::make_profile(parameters).value();
  for (int i = 0; i < 3; ++i) {  // a larger file is cut into more pieces with more headers
    parameters.filler += size - package.size();
    package = rsp::saip::make_profile(parameters).value();
  }
  must(package.size() + 200 > size && package.size() < size + 200, "the package has another size");
  return package;
}

const std::vector<rsp::Bytes>& packages() {
  static const std::vector<rsp::Bytes> all = [] {
    std::vector<rsp::Bytes> made;
    for (unsigned i = 0; i < kProfiles; ++i) made.push_back(package_of_size(i, kPackageSize));
    return made;
  }();
  return all;
}

struct Card {
  sim::MemoryStorage storage;
  std::unique_ptr<sim::Euicc> euicc;
};

/// The CI's and the EUM's certificates are the same ones for all cards of a process; the card's own
/// is not, nor is its key.
sim::Credentials credentials_of_its_own(const rsp::pki::TestPki& pki) {
  auto certificate = rsp::pki::Certificate::parse(pki.euicc->certificate.der()).value();
  const rsp::crypto::PrivateKey& key = pki.euicc->key;
  auto copy =
      rsp::crypto::PrivateKey::from_scalar(key.curve(), key.scalar(), key.public_key().point());
  return sim::make_credentials({pki.ci.certificate},
                               {{certificate, pki.eum->certificate, copy.value(), {}}})
      .value();
}

rsp::Iccid download(World& world, unsigned number) {
  smdp::Order order;
  order.matching_id = fmt::format("MEMORY-{}", number);
  order.metadata = smdp::metadata_for(packages()[number], "Provider", "Bench profile",
                                      std::string(testing_world::kHost))
                       .value();
  order.profile_package = std::make_shared<const rsp::Bytes>(packages()[number]);
  must(world.orders.add(std::move(order)).has_value(), "the order was refused");
  auto downloaded = world.lpa->download(world.activation_code(fmt::format("MEMORY-{}", number)));
  if (!downloaded) throw std::runtime_error(downloaded.error().message());
  return downloaded->metadata.iccid;
}

/// Downloads the profiles, and switches between them until enough notifications wait.
void use(World& world) {
  std::vector<rsp::Iccid> iccids;
  for (unsigned i = 0; i < kProfiles; ++i) {
    must(world.lpa->deliver_notifications().has_value(), "delivery failed");
    iccids.push_back(download(world, i));
  }
  for (std::size_t i = 0; world.euicc->memory().notifications.size() < kNotifications; ++i)
    must(world.lpa->enable(iccids[i % kProfiles]).has_value(), "enabling failed");
  must(world.euicc->memory().notifications.size() == kNotifications, "another number waits");
  must(world.euicc->memory().enabled_profile() != nullptr, "none is enabled");
}

/// The world outside, which all cards of a process have in common.
rsp::SeededRandom& shared_random() {
  static rsp::SeededRandom random{1};
  return random;
}

/// All cards are of one kind.
std::shared_ptr<const sim::Persona> shared_persona() {
  static const auto persona = [] {
    sim::Persona made;
    made.memory = 2 * kProfiles * kPackageSize;
    return std::make_shared<const sim::Persona>(std::move(made));
  }();
  return persona;
}

void make_card(Card& card, sim::PackagePool* pool) {
  auto world = std::make_unique<World>();
  world->persona = *shared_persona();
  world->other_storage = &card.storage;
  world->start();
  // The same card again, with the pool.
  world->lpa.reset();
  world->euicc = sim::Euicc::power_up(world->persona, world->credentials,
                                      {world->random, card.storage, nullptr, nullptr, pool})
                     .value();
  world->link.emplace(*world->euicc);
  world->transport.emplace(*world->link);
  world->lpa.emplace(*world->transport, *world->es9);
  use(*world);
  const rsp::pki::TestPki& pki = world->pki;
  world.reset();
  card.euicc = sim::Euicc::power_up(shared_persona(), credentials_of_its_own(pki),
                                    {shared_random(), card.storage, nullptr, nullptr, pool})
                   .value();
}

/// Heap in octets that one more card takes, out of `count` after the first.
double heap_of_a_card(std::size_t count, sim::PackagePool* pool) {
  std::list<Card> cards;
  make_card(cards.emplace_back(), pool);  // what all share, and what OpenSSL makes on first use
  std::size_t before = heap_in_use();
  for (std::size_t i = 0; i < count; ++i) make_card(cards.emplace_back(), pool);
  return static_cast<double>(heap_in_use() - before) / static_cast<double>(count);
}

void heap_of_cards(benchmark::State& state) {
  for (auto _ : state) {
    sim::PackagePool pool;
    double octets = 0;
    for (const rsp::Bytes& package : packages()) octets += static_cast<double>(package.size());
    double distinct = heap_of_a_card(4, nullptr), shared = heap_of_a_card(24, &pool);
    state.counters["packages"] = octets;
    state.counters["distinct"] = distinct;
    state.counters["ratio"] = distinct / octets;
    state.counters["distinct_per_gib"] = kGib / distinct;
    state.counters["shared"] = shared;
    state.counters["shared_per_gib"] = (kGib - octets) / shared;
  }
}
BENCHMARK(heap_of_cards)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
