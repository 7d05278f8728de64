// A card, a server and an LPA in one process, with faults at every seam between them, one clock and
// one trace: what scenarios and Python tests work with.
#pragma once

#include <mutex>

#include "fake_smdp/es2.h"
#include "fake_smdp/server_clients.h"
#include "fake_smdp/smdp.h"
#include "hil/fake_module/presets.h"
#include "hil/faults/seams.h"
#include "hil/testbed/certificates.h"
#include "hil/testbed/crls.h"
#include "hil/testbed/module_line.h"
#include "hil/trace/ndjson.h"
#include "lpa/lpa.h"
#include "lpa/transport/apdu_transport.h"
#include "lpa/transport/at_transport.h"
#include "rsp/saip/profile_maker.h"

namespace hil {

/// How the LPA reaches the server.
enum class Road {
  kInProcess,  // JSON bodies handed over as they are; waiting costs no time
  kHttps,      // HTTPS over loopback, with real TLS; waiting takes as long as it takes
};
constexpr auto enum_names(Road) {
  return rsp::asn1::named<Road>({{Road::kInProcess, "in-process"}, {Road::kHttps, "https"}});
}

/// What carries ES9+ where the card is in a module.
enum class ModuleRoad {
  kHost,  // the road of the testbed
  kHttp,  // the module's HTTP stack (AT+QHTTP...)
  kTls,   // its TLS sockets (AT+QSSL...)
};
constexpr auto enum_names(ModuleRoad) {
  return rsp::asn1::named<ModuleRoad>(
      {{ModuleRoad::kHost, "host"}, {ModuleRoad::kHttp, "http"}, {ModuleRoad::kTls, "tls"}});
}

/// A fake module that the card is in.
struct ModuleChoice {
  std::string dialect = "plain";    // one of module_dialects()
  std::vector<std::string> quirks;  // of module_quirks()
  ModuleRoad road = ModuleRoad::kHost;
};

struct TestbedOptions {
  /// Challenges, TransactionIDs and faults come out of it. Keys and signatures do not: those are
  /// OpenSSL's.
  std::uint64_t seed = 1;
  rsp::crypto::Curve curve = rsp::crypto::Curve::kNistP256;
  Road road = Road::kInProcess;
  sim::Persona persona;
  /// The LPA reaches the card over AT commands of this module; nothing: directly.
  std::optional<ModuleChoice> module;
  smdp::KeyMode key_mode = smdp::KeyMode::kRandomKeys;
  std::uint32_t max_wrong_confirmation_codes = 3;
  std::uint32_t max_download_attempts = 10;
  std::chrono::milliseconds session_lifetime = std::chrono::minutes(30);
  rsp::VersionType lowest_svn{2, 0, 0}, highest_svn{2, 255, 255};
  bool rebinds = true;
  /// Of the server over real HTTPS: one of tls_certificate_names().
  std::string tls_certificate = "dpTls";
  /// For one HTTPS call of the LPA; half a second over real HTTPS where it is not said.
  std::optional<std::chrono::milliseconds> http_timeout;
  std::chrono::milliseconds card_timeout = std::chrono::seconds(60);
  std::size_t block_size = 255;
  lpa::Persistence persistence = lpa::Persistence::kOnce;
  /// X-Admin-Protocol of the LPA.
  std::string protocol_version = "2.2.2";
  /// Ends what blocks; may be null, and must outlive the testbed.
  rsp::Interrupt* interrupt = nullptr;
};

/// What an order is to be; what is not said is made up.
struct OrderInput {
  std::optional<std::string> matching_id;  // made up where absent; empty for a default order
  std::optional<std::string> iccid, imsi;  // digits
  /// ICCID in the profile package, where that is to be another than in the metadata.
  std::optional<std::string> package_iccid;
  std::optional<std::string> confirmation_code;
  bool for_this_card = false;  // linked to the EID of the testbed's card
  std::optional<rsp::Eid> eid;
  std::string provider = "esimbench", name = "Test profile";
  rsp::ProfileClass profile_class = rsp::ProfileClass::kOperational;
  std::optional<rsp::asn1::BitString> policy_rules;
  std::optional<rsp::OperatorId> owner;
  std::optional<rsp::Bytes> icon;
  smdp::OrderState state = smdp::OrderState::kReleased;
  std::optional<std::chrono::milliseconds> expires_after;
  /// Octets of a file that makes the package larger (rsp::saip::ProfileParameters::filler).
  std::size_t filler = 3000;
  /// A package in place of one that is made.
  std::optional<rsp::Bytes> package;
  /// Whether its event is at the SM-DS. Needs a MatchingID, which is the EventID, and an EID.
  bool event = false;
};

class Testbed {
 public:
  /// Error: Layer::kTransport where no port can be had, or as of the card.
  static rsp::Result<std::unique_ptr<Testbed>> create(TestbedOptions options = {});
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  lpa::Lpa& lpa() { return *lpa_; }
  sim::Euicc& euicc() { return *euicc_; }
  FaultyCard& card() { return *card_; }
  /// Null where the card is in none.
  const FakeModule* module() const { return module_ ? &*module_ : nullptr; }
  smdp::Smdp& server() { return *smdp_; }
  smdp::OrderStore& orders() { return orders_; }
  smdp::Smds& smds() { return *smds_; }
  rsp::ManualClock& clock() { return clock_; }
  FaultPlan& faults() { return faults_; }
  rsp::TraceRecorder& trace() { return trace_; }
  const TestbedOptions& options() const { return options_; }
  /// Over real HTTPS the server works on a thread of its own: hold this to look at it.
  std::unique_lock<std::mutex> server_lock() { return std::unique_lock(server_mutex_); }

  /// "testsmdpplus1.example.com", with the port where there is one.
  const std::string& address() const { return address_; }
  /// Of the SM-DS, likewise. It is the root SM-DS of the card.
  const std::string& smds_address() const { return smds_address_; }
  /// The order's key: its MatchingID. Error: as of OrderStore, and Layer::kInput for digits that
  /// make no ICCID or IMSI.
  rsp::Result<smdp::Order*> add_order(const OrderInput& input);
  lpa::ActivationCode activation_code(const smdp::Order& order) const;

  /// The SM-DP+ loses its sessions, not its orders.
  void restart_server();
  /// Takes the card's power; only a reset brings it back.
  void power_off();
  /// Gives power, or resets. What was lost with it is lost; the LPA opens a new channel.
  void power_on();

  /// What must hold of a card at any time, and does not, in words: memory and storage agree, one
  /// profile at most is enabled, sequence numbers are unique and used up, no load is under way
  /// without a session.
  std::vector<std::string> broken_invariants();
  /// "none", "challenged", "authenticated", "prepared", "installing".
  std::string session() const;
  /// Octets of profiles on the card.
  std::size_t memory_used() const { return euicc_->memory().memory_of_profiles_and_crls(); }

  /// Calls of ES9+ that reached the server, refused ones too, by function.
  std::map<std::string, std::uint64_t> calls() const { return calls_; }
  /// One request by the test itself, past the LPA but on the same road. Error: as of
  /// rsp::http::Client.
  /// At the SM-DP+, or at the SM-DS.
  rsp::Result<rsp::http::Response> call_server(const rsp::http::Request& request) {
    return call_host(address_, request);
  }
  rsp::Result<rsp::http::Response> call_smds(const rsp::http::Request& request) {
    return call_host(smds_address_, request);
  }

  /// An event of whoever drives the testbed.
  void step(std::string name, std::string detail);

 private:
  explicit Testbed(TestbedOptions options);
  rsp::Status start();
  rsp::Status start_https();
  rsp::Status start_module();
  std::unique_ptr<lpa::Es9> through_module();
  void start_smds();
  rsp::http::Handler handler();
  rsp::Result<rsp::http::Response> call_host(const std::string& host,
                                             const rsp::http::Request& request);
  void waited(std::chrono::milliseconds span);
  void count_delay(std::chrono::nanoseconds delay);
  std::chrono::milliseconds http_timeout() const;

  TestbedOptions options_;
  rsp::SeededRandom random_, server_random_;
  rsp::ManualClock clock_;
  rsp::TraceRecorder trace_;
  FaultPlan faults_;
  std::mutex server_mutex_;

  smdp::OrderStore orders_;
  ServerSeam server_seam_;
  smdp::Journal journal_;
  std::optional<smdp::Smds> smds_;
  std::optional<smdp::SmdsRoad> smds_road_;
  std::optional<smdp::Smdp> smdp_;
  std::optional<smdp::Es2> es2_;
  std::map<std::string, std::uint64_t> calls_;
  std::string address_, smds_address_;
  std::uint32_t orders_made_ = 0;
  std::uint64_t connections_ = 0;  // to the server, in process

  CardSeam card_seam_;
  CardPower power_;
  sim::MemoryStorage memory_;
  std::optional<FaultyStorage> storage_;
  std::unique_ptr<sim::Euicc> euicc_;
  std::optional<FaultyCard> card_;

  std::chrono::milliseconds waited_{0};  // since somebody asked
  std::chrono::nanoseconds delay_{0};    // of the card, not counted yet
  class Link;
  std::unique_ptr<Link> link_;
  std::unique_ptr<rsp::http::Transport> module_network_;
  std::optional<FakeModule> module_;
  std::optional<ModuleLine> line_;
  std::unique_ptr<rsp::card::CardTransport> transport_;
  lpa::AtTransport* at_ = nullptr;  // `transport_`, where it is one
  std::unique_ptr<lpa::Es9> es9_;
  std::unique_ptr<rsp::http::Transport> foreign_;  // for call_server()
  std::optional<lpa::Lpa> lpa_;
  std::unique_ptr<rsp::http::ServerThread> https_;  // the first to go
};

}  // namespace hil
