// Events at an SM-DS (SGP.22 v2, 3.6), over the JSON binding, against the mock servers.
#include "hil/mock_server.h"
#include "hil/testbed/in_process_http.h"
#include "lpa_test_support.h"
#include "tests/temp_dir.h"

namespace lpa::testing {
namespace {

constexpr const char* kSmds = "testrootsmds.example.com";
constexpr const char* kOtherSmds = "smds2.example.com";
constexpr const char* kIccid = "8988211000000000019";

const rsp::pki::CertificateStore& certificates() {
  static const testing_files::TempDir directory;
  static const rsp::pki::CertificateStore store = [] {
    rsp::SystemClock clock;
    rsp::SystemRandom random;
    return must(hil::open_pki(directory.path() / "pki", clock, random)).store;
  }();
  return store;
}

struct Discovery : ::testing::Test {
  Discovery() {
    servers = must(hil::MockServer::create(
        certificates(),
        {.host = std::string(kHost), .smds = kSmds, .curves = {rsp::crypto::Curve::kNistP256}},
        clock, random));
    servers->start(orders, 443);
    card = must(hil::SimCard::open(std::nullopt, &certificates(), random, {}, nullptr,
                                   {rsp::crypto::Curve::kNistP256}));
    link.emplace(card->card());
    transport.emplace(*link);
    es9.emplace(std::make_unique<hil::InProcessHttp>(
                    [this](const rsp::http::Request& request) {
                      if (before) before(request);
                      return servers->handle(request);
                    },
                    [](auto) {}, [] { return rsp::http::Admission(); }),
                JsonEs9Options{});
    lpa.emplace(*transport, *es9);
  }
  ~Discovery() override { lpa.reset(); }

  /// A released order whose event is at the SM-DS; its EventID.
  std::string order_with_event(const std::string& eid) {
    smdp::Order order;
    rsp::Bytes profile = testing_world::make_profile(kIccid);
    order.metadata = must(smdp::metadata_for(profile, "Provider", "Test", std::string(kHost)));
    order.profile_package = std::make_shared<const rsp::Bytes>(std::move(profile));
    order.eid = rsp::parse_eid(eid);
    order.matching_id = "EVENT-1";
    must(orders.add(order));
    rsp::RegisterEventRequest event;
    event.eid = eid;
    event.rsp_server_address = kHost;
    event.event_id = order.matching_id;
    event.forwarding_indicator = false;
    EXPECT_TRUE(servers->event_registrar()->register_event(kSmds, event));
    return order.matching_id;
  }
  std::string eid() { return rsp::to_hex(must(lpa->eid())); }

  rsp::SystemClock clock;
  rsp::SystemRandom random;
  smdp::OrderStore orders;
  std::unique_ptr<hil::MockServer> servers;
  std::unique_ptr<hil::SimCard> card;
  std::optional<InProcessLink> link;
  std::optional<ApduTransport> transport;
  std::optional<JsonEs9> es9;
  std::optional<Lpa> lpa;
  std::function<void(const rsp::http::Request&)> before;
};

TEST_F(Discovery, TheRootSmdsOfTheCardIsAsked) {
  order_with_event(eid());
  auto events = must(lpa->discover());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].id, "EVENT-1");
  EXPECT_EQ(events[0].server, kHost);
}

TEST_F(Discovery, AnEventIsDownloaded) {
  order_with_event(eid());
  auto done = must(lpa->download(must(lpa->discover()).front()));
  EXPECT_EQ(rsp::from_swapped_bcd(done.metadata.iccid), kIccid);
  must(lpa->deliver_notifications());
  EXPECT_EQ(name_of(orders.find("EVENT-1")->state), "installed");
}

// A root SM-DS may name another SM-DS (3.6.2): whose certificate says that there are only events.
TEST_F(Discovery, AnEventAtAnotherSmdsLeadsToItsServer) {
  std::string event = order_with_event(eid());
  auto done = lpa->download(Event{event, kSmds});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(rsp::from_swapped_bcd(done->metadata.iccid), kIccid);
}

TEST_F(Discovery, WithoutAnEventTheListIsEmpty) {
  EXPECT_TRUE(must(lpa->discover()).empty());
  EXPECT_TRUE(must(lpa->discover(kSmds)).empty());
}

TEST_F(Discovery, AnEventIdThatIsUnknownIsRefusedByTheSmds) {
  auto failed = lpa->download(Event{"NOT-THERE", kSmds});
  EXPECT_EQ(summary(failed), "server ES9+.AuthenticateClient 8.9.5/3.9");
}

TEST_F(Discovery, AnSmDpIsNoSmds) {
  auto failed = lpa->discover(std::string(kHost));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().path, "serverCertificate");
  EXPECT_THAT(failed.error().text, ::testing::HasSubstr("is no SM-DS"));
}

TEST_F(Discovery, TheCardGoesOnAfterIt) {
  order_with_event(eid());
  must(lpa->discover());
  must(lpa->discover());
  EXPECT_TRUE(lpa->download({std::string(kHost), "EVENT-1", std::nullopt, false}));
}

}  // namespace
}  // namespace lpa::testing
