// What the routes of the management listener have in common: the parts of a request, documents and
// refusals. For the inside of this listener.
#pragma once

#include <set>

#include "fake_smdp/server_management.h"

namespace smdp::management {

using rsp::Json;
using rsp::http::Response;

/// Why a request is refused.
struct Refusal {
  int status = 400;
  std::string path, text, hint;
};
using Reply = std::expected<Response, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string path, std::string text,
                                       std::string hint = "") {
  return std::unexpected(Refusal{status, std::move(path), std::move(text), std::move(hint)});
}
/// An error of another layer; storage is the server's trouble and not the client's.
std::unexpected<Refusal> refuse(const rsp::Error& error, int status = 400,
                                std::string_view path_prefix = "");

Response document(const Json& json, int status = 200);
Response to_response(const Refusal& refusal);

/// One request, taken apart.
struct Call {
  std::string method;
  std::vector<std::string> path;             // segments, percent-decoded
  std::map<std::string, std::string> query;  // percent-decoded
  std::string_view body;
  std::vector<std::string> arguments;  // what stands in the gaps of the route's pattern

  /// A parameter of the query; empty where it is not given.
  std::string parameter(const std::string& name) const {
    auto found = query.find(name);
    return found == query.end() ? "" : found->second;
  }
};
/// Error: what is no URL.
std::expected<Call, Refusal> take_apart(const rsp::http::Request& request);

/// The parameters of a route's query are these and no others.
std::expected<void, Refusal> check_query(const Call& call, const std::set<std::string>& known);
/// A number in the query.
std::expected<std::uint64_t, Refusal> number_in(const Call& call, const std::string& name,
                                                std::uint64_t otherwise, std::uint64_t most);

/// The body as JSON. An empty one is null.
std::expected<Json, Refusal> body_of(const Call& call);

/// Reads the members of an object and keeps the first thing that is wrong.
class Members {
 public:
  /// `path`: where the object stands; empty for the body itself.
  Members(const Json& object, std::string path);
  std::optional<std::string> text(const std::string& name, std::size_t longest = 255);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);
  std::optional<bool> boolean(const std::string& name);
  std::optional<rsp::Clock::TimePoint> time(const std::string& name);
  std::optional<rsp::Octets<16>> octets16(const std::string& name);
  /// Null where it is not there.
  const Json* any(const std::string& name);
  std::string path_of(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }
  void wrong(const std::string& name, std::string text, std::string hint = "");
  /// What is wrong; a member that nobody has asked for is wrong too.
  std::expected<void, Refusal> finish();

 private:
  const Json& object_;
  std::string path_;
  std::set<std::string> known_;
  std::optional<Refusal> refusal_;
};

/// "2026-11-28T18:49:34.123Z".
std::string time_text(rsp::Clock::TimePoint time);
/// The same, with less of it: the fraction, the seconds, the time of day may be missing, and the
/// zone may be an offset. Nothing for what is no time, or not between 1970 and 9999.
std::optional<rsp::Clock::TimePoint> parse_time(std::string_view text);

// --- Routes ---

Json describe(const ManagementConfig& config, const Order& order);
Reply list_orders(const ManagementConfig& config, const Call& call);
Reply create_order(const ManagementConfig& config, const Call& call);
Reply create_batch(const ManagementConfig& config, const Call& call);
Reply show_order(const ManagementConfig& config, const Call& call);
Reply show_qr(const ManagementConfig& config, const Call& call);
Reply cancel_order(const ManagementConfig& config, const Call& call);
Reply release_order(const ManagementConfig& config, const Call& call);
Reply list_journal(const ManagementConfig& config, const Call& call);
Reply show_journal_entry(const ManagementConfig& config, const Call& call);
Reply list_sessions(const ManagementConfig& config, const Call& call);
Reply show_metrics(const ManagementConfig& config, const Call& call);

}  // namespace smdp::management
