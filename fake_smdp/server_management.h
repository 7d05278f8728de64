// The management listener of the mock servers: orders, journal, sessions, faults, clock, health and
// metrics as a JSON API, and a page over it. Plain HTTP, apart from the listener of the protocol.
#pragma once

#include "fake_smdp/server.h"
#include "rsp/base/clock.h"
#include "rsp/json/asn1_json.h"

namespace smdp {

/// The faults of a server that can be switched while it runs, and are made elsewhere.
class FaultSwitches {
 public:
  virtual ~FaultSwitches() = default;
  /// What there is, each as {"id", "where", "action", "enabled", "matched", "used", "complaint",
  /// "definition"}.
  virtual rsp::Json list() const = 0;
  /// Definitions for whoever has none of his own, each with an "id" and a "description".
  virtual rsp::Json ready_made() const = 0;
  /// In place of all that there are. Error: Layer::kInput, and all stays as it was.
  virtual rsp::Status replace(const rsp::Json& list) = 0;
  /// The id of a new one. Error: Layer::kInput.
  virtual rsp::Result<std::string> add(const rsp::Json& fault) = 0;
  /// False: there is none of that id.
  virtual bool remove(std::string_view id) = 0;
  virtual bool set_enabled(std::string_view id, bool enabled) = 0;
};

struct ManagementConfig {
  OrderStore& orders;
  Journal& journal;
  rsp::OffsetClock& clock;  // what the servers go by
  rsp::Random& random;
  std::string address;   // of the SM-DP+, as activation codes name it
  std::string smdp_oid;  // in activation codes; empty: they have none
  std::vector<const Smdp*> smdps;
  std::vector<const Smds*> smdss;
  EventRegistrar* event_registrar = nullptr;
  /// Null: there are none, and none can be added.
  FaultSwitches* faults = nullptr;
  /// What is in the bodies of a call, as {"request": ..., "response": ...}. Empty: nobody knows.
  std::function<rsp::Json(const JournalEntry&)> decode;
  /// An activation code as an SVG document. Empty: there is no such picture.
  std::function<rsp::Result<std::string>(std::string_view text)> qr_svg;
  /// Of the protocol listener.
  std::function<rsp::http::Statistics()> connections;
  std::string service_provider_name = "esimbench", profile_name = "Test profile";  // of new orders
  /// More are refused, so that nobody can fill the memory.
  std::size_t max_orders = 10'000, max_faults = 200;
};

/// Answers the requests of the listener. Not to be called while a request of the protocol is being
/// answered.
class Management {
 public:
  explicit Management(ManagementConfig config) : config_(std::move(config)) {}

  /// A Host that is neither an address nor localhost gets 403, and so does what changes something
  /// for a page from elsewhere: a browser is not to be turned against its user. Whatever is refused
  /// says where and why: {"error": {"path", "text", "hint"}}.
  rsp::http::Response handle(const rsp::http::Request& request);

 private:
  ManagementConfig config_;
};

/// The JSON Schema of the API; its "$defs" are the documents.
std::string_view management_schema();
/// The page.
std::string_view management_page();

/// "LPA:1$smdp.example$MATCHING-ID", with the OID where there is one, and "$1" at the end where a
/// confirmation code is asked for (SGP.22 4.1).
std::string activation_code(const Order& order, std::string_view address,
                            std::string_view smdp_oid = "");

}  // namespace smdp
