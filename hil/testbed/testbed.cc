#include "hil/testbed/testbed.h"

#include <fmt/format.h>

#include "fake_smdp/server.h"
#include "hil/testbed/in_process_http.h"
#include "lpa/transport/module_road.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/http/wire.h"
#include "rsp/json/es9_json.h"

namespace hil {
namespace {

constexpr std::string_view kHost = rsp::pki::kTestDpHost;

smdp::SmdpConfig server_config(const TestbedOptions& options, smdp::Seam* seam) {
  const rsp::pki::TestPki& pki = testbed_pki(options.curve);
  smdp::SmdpConfig config;
  config.identities = {{pki.dp_auth->certificate.registered_id(),
                        pki.ci.certificate,
                        *pki.dp_auth,
                        pki.dp_pb,
                        {*pki.dp_tls}}};
  (void)config.trusted_cis.add(pki.ci.certificate);
  config.key_mode = options.key_mode;
  config.max_wrong_confirmation_codes = options.max_wrong_confirmation_codes;
  config.max_download_attempts = options.max_download_attempts;
  config.session_lifetime = options.session_lifetime;
  config.lowest_svn = options.lowest_svn;
  config.highest_svn = options.highest_svn;
  config.rebinds = options.rebinds;
  config.seam = seam;
  return config;
}

rsp::Result<sim::Credentials> credentials(rsp::crypto::Curve curve) {
  const rsp::pki::TestPki& pki = testbed_pki(curve);
  return sim::make_credentials(
      {pki.ci.certificate}, {{pki.euicc->certificate, pki.eum->certificate, pki.euicc->key, {}}});
}

std::string_view function_of(std::string_view target) {
  return target.starts_with(rsp::kEs9PathPrefix) ? target.substr(rsp::kEs9PathPrefix.size()) : "";
}

rsp::http::TlsIdentity tls_of(const rsp::pki::Identity& identity) {
  return {rsp::to_bytes(identity.certificate.der()), {}, identity.key.to_pkcs8()};
}

}  // namespace

/// The card as the LPA reaches it. Delays of faults count against its deadline without being waited
/// for.
class Testbed::Link final : public lpa::ApduLink {
 public:
  explicit Link(Testbed& testbed) : testbed_(testbed) {}
  rsp::Result<rsp::Bytes> reset(rsp::Deadline) override { return testbed_.card_->reset(); }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override {
    testbed_.waited_ = std::chrono::milliseconds(0);
    auto response = lpa::InProcessLink(*testbed_.card_).transmit(command, deadline);
    testbed_.count_delay(testbed_.card_->take_delay());
    if (testbed_.waited_ < deadline.remaining() || testbed_.waited_.count() == 0) return response;
    return rsp::failure({.layer = rsp::Layer::kTimeout,
                         .text = "the card did not answer in time",
                         .hint = "real cards take seconds for key agreement; allow more time"});
  }

 private:
  Testbed& testbed_;
};

Testbed::Testbed(TestbedOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      server_random_(options_.seed ^ 0x5DEECE66D),
      clock_(testbed_epoch()),
      faults_(options_.seed),
      server_seam_(faults_),
      journal_(clock_),
      card_seam_(faults_) {
  faults_.set_trace(&trace_);
  faults_.world().advance_clock = [this](std::chrono::milliseconds by) { clock_.advance(by); };
  faults_.world().forget_sessions = [this] {
    smdp_->forget_sessions();
    return rsp::Status();
  };
  faults_.world().tls_identity = [this](const std::string& name) {
    return testbed_tls_identity(options_.curve, name);
  };
}

Testbed::~Testbed() {
  lpa_.reset();
  https_.reset();
}

rsp::Result<std::unique_ptr<Testbed>> Testbed::create(TestbedOptions options) {
  std::unique_ptr<Testbed> testbed(new Testbed(std::move(options)));
  RSP_CHECK(testbed->start());
  return testbed;
}

rsp::Status Testbed::start() {
  address_ = kHost;
  smds_address_ = rsp::pki::kTestDsHost;
  storage_.emplace(faults_, memory_, power_, &trace_);
  RSP_TRY(auto made, credentials(options_.curve));
  RSP_TRY(euicc_, sim::Euicc::power_up(options_.persona, std::move(made),
                                       {random_, *storage_, &trace_, &card_seam_}));
  card_.emplace(
      faults_, *euicc_, power_, [this](auto span) { waited(span); }, &trace_);
  auto in_process = [this] {
    return std::make_unique<InProcessHttp>(
        handler(), [this](auto span) { clock_.advance(span); },
        [this, admit = admission(faults_, /*has_tls=*/false)] { return admit(++connections_); });
  };
  if (options_.module) {
    module_network_ = in_process();
    RSP_CHECK(start_module());
  } else {
    link_ = std::make_unique<Link>(*this);
    transport_ = std::make_unique<lpa::ApduTransport>(*link_);
  }

  if (options_.road == Road::kHttps) {
    RSP_CHECK(start_https());
  } else {
    es9_ = std::make_unique<lpa::JsonEs9>(in_process(),
                                          lpa::JsonEs9Options{options_.protocol_version, &trace_});
    foreign_ = in_process();
  }
  if (options_.module && options_.module->road != ModuleRoad::kHost) es9_ = through_module();
  start_smds();
  restart_server();

  lpa::LpaOptions lpa_options;
  lpa_options.es10.isd_r_aid = options_.persona.isd_r_aid;
  lpa_options.es10.block_size = options_.block_size;
  lpa_options.es10.timeout = options_.card_timeout;
  lpa_options.es10.interrupt = options_.interrupt;
  lpa_options.http_timeout = http_timeout();
  lpa_options.persistence = options_.persistence;
  lpa_options.trace = &trace_;
  lpa_.emplace(*transport_, *es9_, std::move(lpa_options));
  return {};
}

/// Waiting for a module costs no time, but it may take as much as its manual says.
rsp::Status Testbed::start_module() {
  const ModuleChoice& choice = *options_.module;
  RSP_TRY(ModuleSettings settings, module_settings(choice.dialect, choice.quirks, {}, faults_));
  module_.emplace(*card_, std::move(settings), faults_,
                  FakeModuleOptions{.transport = module_network_.get(), .clock = &clock_});
  line_.emplace(*module_, [this](auto span) { clock_.advance(span); });
  lpa::AtTransportOptions at;
  at.trace = &trace_;
  auto transport = std::make_unique<lpa::AtTransport>(*line_, std::move(at));
  at_ = transport.get();
  transport_ = std::move(transport);
  return {};
}

std::unique_ptr<lpa::Es9> Testbed::through_module() {
  bool by_tls = options_.module->road == ModuleRoad::kTls;
  auto stack = by_tls ? lpa::ModuleStack::kTls : lpa::ModuleStack::kHttp;
  return std::make_unique<lpa::JsonEs9>(lpa::module_road(at_->port(), stack, {}),
                                        lpa::JsonEs9Options{options_.protocol_version, &trace_});
}

rsp::Status Testbed::start_https() {
  const rsp::pki::TestPki& pki = testbed_pki(options_.curve);
  rsp::http::ServerOptions server;
  server.identities.emplace_back();
  RSP_TRY(server.identities[0], testbed_tls_identity(options_.curve, options_.tls_certificate));
  server.identities.push_back(tls_of(*pki.ds_tls));
  server.admit = [this, admit = admission(faults_, /*has_tls=*/true)](std::uint64_t number) {
    std::lock_guard lock(server_mutex_);
    return admit(number);
  };
  RSP_TRY(auto listening, rsp::http::Server::listen(std::move(server), handler()));
  std::string at = fmt::format("127.0.0.1:{}", listening->port());
  address_ = fmt::format("{}:{}", kHost, listening->port());
  smds_address_ = fmt::format("{}:{}", rsp::pki::kTestDsHost, listening->port());
  lpa::HttpsEs9Options client;
  client.trusted_cis = {rsp::to_bytes(pki.ci.certificate.der())};
  client.resolve = {{std::string(kHost), at}, {std::string(rsp::pki::kTestDsHost), at}};
  client.protocol_version = options_.protocol_version;
  client.trace = &trace_;
  client.clock = &clock_;
  rsp::http::ClientOptions foreign;
  foreign.trusted_certificates = client.trusted_cis;
  foreign.resolve = client.resolve;
  foreign.clock = &clock_;
  foreign_ = std::make_unique<rsp::http::Client>(std::move(foreign));
  es9_ = std::make_unique<lpa::HttpsEs9>(std::move(client));
  https_ = std::make_unique<rsp::http::ServerThread>(std::move(listening));
  return {};
}

rsp::http::Handler Testbed::handler() {
  auto honest = [this](const rsp::http::Request& request) {
    auto called = rsp::http::parse_authority(request.host);
    if (called && rsp::same_text(called->host, rsp::pki::kTestDsHost))
      return smdp::handle({.smds = &*smds_, .journal = &journal_}, request, nullptr);
    return smdp::handle({.smdp = &*smdp_, .es2 = &*es2_, .journal = &journal_}, request, nullptr);
  };
  return [this, faulty = with_faults(faults_, honest)](const rsp::http::Request& request) {
    std::lock_guard lock(server_mutex_);
    ++calls_[std::string(function_of(request.target))];
    return faulty(request);
  };
}

void Testbed::waited(std::chrono::milliseconds span) {
  waited_ += span;
  clock_.advance(span);
}

// The clock counts milliseconds; what is less goes with the next APDU.
void Testbed::count_delay(std::chrono::nanoseconds delay) {
  delay_ += delay;
  auto whole = std::chrono::floor<std::chrono::milliseconds>(delay_);
  if (whole.count() == 0) return;
  delay_ -= whole;
  waited(whole);
}

void Testbed::start_smds() {
  const rsp::pki::TestPki& pki = testbed_pki(options_.curve);
  smdp::SmdsConfig config;
  config.addresses = {smds_address_, std::string(rsp::pki::kTestDsHost)};
  config.identities = {{pki.ds_auth->certificate.registered_id(),
                        pki.ci.certificate,
                        *pki.ds_auth,
                        std::nullopt,
                        {*pki.ds_tls}}};
  (void)config.trusted_cis.add(pki.ci.certificate);
  smds_.emplace(std::move(config), clock_, server_random_, journal_, &trace_);
  smds_road_.emplace(to_string(pki.dp_auth->certificate.registered_id()), nullptr);
  for (const std::string& name : smds_->config().addresses) smds_road_->add_local(name, *smds_);
}

void Testbed::restart_server() {
  auto lock = server_lock();
  smdp::SmdpConfig config = server_config(options_, &server_seam_);
  config.addresses = {address_};
  if (address_ != kHost) config.addresses.emplace_back(kHost);
  config.journal = &journal_;
  config.smds = &*smds_road_;
  es2_.emplace(orders_, address_, server_random_, journal_, &*smds_road_);
  smdp_.emplace(std::move(config), orders_, clock_, server_random_, &trace_);
}

void Testbed::power_off() { card_->power_off(); }

void Testbed::power_on() {
  card_->reset();
  lpa_->forget_channel();
}

rsp::Result<smdp::Order*> Testbed::add_order(const OrderInput& input) {
  std::uint32_t number = ++orders_made_;
  smdp::Order order;
  order.matching_id = input.matching_id.value_or(fmt::format("ORDER-{:04}", number));
  std::string iccid = input.iccid.value_or(fmt::format("898821{:013}", number * 10 + 9));
  rsp::Bytes package;
  if (input.package) {
    package = *input.package;
  } else {
    rsp::saip::ProfileParameters parameters;
    parameters.iccid_digits = input.package_iccid.value_or(iccid);
    parameters.imsi = input.imsi.value_or(fmt::format("00101{:010}", number));
    parameters.filler = input.filler;
    RSP_TRY(package, rsp::saip::make_profile(parameters));
  }
  RSP_TRY(order.metadata, smdp::metadata_for(package, input.provider, input.name, address_));
  if (input.iccid || !input.package) {
    RSP_TRY(rsp::Bytes swapped, rsp::to_swapped_bcd(iccid, order.metadata.iccid.size()));
    std::ranges::copy(swapped, order.metadata.iccid.begin());
  }
  order.metadata.profile_class = input.profile_class;
  order.metadata.profile_policy_rules = input.policy_rules;
  order.metadata.profile_owner = input.owner;
  if (input.icon) {
    order.metadata.icon_type = rsp::IconType::kPng;
    order.metadata.icon = *input.icon;
  }
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  if (input.confirmation_code)
    order.confirmation_code_hash = smdp::hash_confirmation_code(*input.confirmation_code);
  order.eid = input.eid;
  if (input.for_this_card) order.eid = euicc_->eid();
  order.state = input.state;
  if (input.expires_after) order.expires = clock_.now() + *input.expires_after;

  auto lock = server_lock();
  std::string matching_id = order.matching_id;
  std::optional<rsp::Eid> eid = order.eid;
  if (input.event) {
    if (matching_id.empty() || !eid) {
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = "event",
                           .text = "an event needs a MatchingID and an EID"});
    }
    order.smds_address = smds_address_;
    auto registered = smds_road_->register_event(smds_address_,
                                                 {rsp::to_hex(*eid), address_, matching_id, false});
    if (!registered) return rsp::failure(rsp::to_error(registered.error()));
    order.event_registered = true;
  }
  RSP_CHECK(orders_.add(std::move(order)));
  return matching_id.empty() ? orders_.find_default(*eid) : orders_.find(matching_id);
}

lpa::ActivationCode Testbed::activation_code(const smdp::Order& order) const {
  return {address_, order.matching_id, std::nullopt, order.confirmation_code_hash.has_value()};
}

std::vector<std::string> Testbed::broken_invariants() {
  std::vector<std::string> broken;
  const sim::NonVolatile& state = euicc_->memory();
  // What the storage holds is what a card would know after its next power-on.
  auto reopened = sim::Memory::open(memory_, options_.persona);
  if (!reopened) {
    broken.push_back("the storage cannot be read: " + reopened.error().message());
  } else {
    const sim::NonVolatile& stored = reopened->state();
    auto profile_states = [](const sim::NonVolatile& of) {
      std::map<rsp::Bytes, rsp::ProfileState> states;
      for (const auto& [aid, profile] : of.profiles) states[aid] = profile.state;
      return states;
    };
    auto numbers = [](const sim::NonVolatile& of) {
      std::vector<std::uint32_t> list;
      for (const auto& [number, notification] : of.notifications) list.push_back(number);
      return list;
    };
    if (profile_states(stored) != profile_states(state))
      broken.push_back("memory and storage hold different profiles");
    if (numbers(stored) != numbers(state))
      broken.push_back("memory and storage hold different notifications");
    if (stored.crls != state.crls) broken.push_back("memory and storage hold different CRLs");
    if (stored.settings.next_sequence_number != state.settings.next_sequence_number)
      broken.push_back("memory and storage count notifications differently");
  }
  auto enabled = std::ranges::count_if(state.profiles, [](const auto& entry) {
    return entry.second.state == rsp::ProfileState::kEnabled;
  });
  if (enabled > 1) broken.push_back(fmt::format("{} profiles are enabled", enabled));
  for (const auto& [number, notification] : state.notifications) {
    if (number >= state.settings.next_sequence_number)
      broken.push_back(fmt::format("notification {} has a number that is not used up yet", number));
    if (!sim::pending_notification(notification, euicc_->credentials()))
      broken.push_back(fmt::format("notification {} does not decode", number));
  }
  std::map<rsp::Bytes, int> iccids;
  for (const auto& [aid, profile] : state.profiles) {
    if (++iccids[rsp::to_bytes(profile.metadata.iccid)] == 2)
      broken.push_back("two profiles have the ICCID " +
                       rsp::from_swapped_bcd(profile.metadata.iccid));
  }
  if (power_.on && state.load_in_progress && session() != "installing")
    broken.push_back("a load is recorded as under way, and there is no session for it");
  return broken;
}

std::string Testbed::session() const {
  static constexpr std::array names{"none", "challenged", "authenticated", "prepared",
                                    "installing"};
  return names[euicc_->session().index()];
}

rsp::Result<rsp::http::Response> Testbed::call_host(const std::string& host,
                                                    const rsp::http::Request& request) {
  return foreign_->send(host, request, rsp::Deadline::after(http_timeout(), options_.interrupt));
}

std::chrono::milliseconds Testbed::http_timeout() const {
  if (options_.http_timeout) return *options_.http_timeout;
  return options_.road == Road::kHttps ? std::chrono::milliseconds(500) : std::chrono::seconds(30);
}

void Testbed::step(std::string name, std::string detail) {
  trace_.event({rsp::TraceKind::kStep,
                rsp::Party::kTest,
                rsp::Party::kTest,
                std::move(name),
                std::move(detail),
                {}});
}

}  // namespace hil
