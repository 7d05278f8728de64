// A fault as data: where it strikes, when, and what it does.
//
//   {"id": "lost answer", "where": {"transport": "handleNotification"}, "when": {"nth": 1},
//    "action": {"resetAfter": {}}}
//
// Each hook is a struct that names the kind of place, what tells one place from another (Where),
// and has a table of actions. Everything else walks AllHooks: reading, `esimbench faults`, the
// schema, and the plan that runs them.
#pragma once

#include <functional>

#include "hil/declare/schema.h"
#include "rsp/base/random.h"
#include "rsp/http/types.h"

namespace hil {

/// When a fault strikes, among the places that match its `where`.
struct When {
  enum class Kind { kNth, kFirst, kCount, kAlways, kProbability };
  Kind kind = Kind::kNth;
  std::uint32_t number = 1;
  double probability = 0;

  /// Whether it strikes at the `seen`th match, counted from 1.
  bool due(std::uint64_t seen, rsp::SeededRandom& random) const;
  /// What is wrong with how often it was seen and used; empty where all went as planned.
  std::string complaint(std::uint64_t seen, std::uint64_t used) const;
};
template <>
struct Scalar<When> {
  static std::string read(const Json& json, When& value);
  static Json schema();
};

/// A number that is to be exact, or within bounds: 3, or {"min": 1, "max": 4}.
struct ExpectedNumber {
  std::uint64_t min = 0, max = 0;
  bool holds(std::uint64_t actual) const { return actual >= min && actual <= max; }
  std::string text() const;
};
template <>
struct Scalar<ExpectedNumber> {
  static std::string read(const Json& json, ExpectedNumber& value);
  static Json schema();
};

/// What somebody at the server does to an order.
struct OrderChange {
  std::string order;  // by the name that the run has for it
  std::optional<std::string> state;
  std::optional<rsp::Bytes> eid;  // links it to this eUICC
};

/// The world around the places, as far as actions may change it.
struct FaultWorld {
  std::function<void(std::chrono::milliseconds)> advance_clock = [](auto) {};
  /// Error: there is no such order, or nothing that has orders.
  std::function<rsp::Status(const OrderChange&)> change_order = [](const OrderChange&) {
    return rsp::Status(rsp::failure({.text = "there are no orders here"}));
  };
  /// Has the server lose its sessions. Error: there is nothing that has any.
  std::function<rsp::Status()> forget_sessions = [] {
    return rsp::Status(rsp::failure({.text = "there are no sessions here"}));
  };
  /// A certificate for TLS with its key, by a name of tls_certificate_names(). Error: it cannot be
  /// made here.
  std::function<rsp::Result<rsp::http::TlsIdentity>(const std::string&)> tls_identity =
      [](const std::string&) -> rsp::Result<rsp::http::TlsIdentity> {
    return rsp::failure({.text = "there are no certificates to choose from here"});
  };
};

/// What an action may use besides the place.
struct FaultContext {
  rsp::SeededRandom& random;
  const FaultWorld& world;
};

/// Error: the place is not one where the action can do what it should.
template <class Hook>
using Effect = std::function<rsp::Status(typename Hook::Place&, FaultContext&)>;

/// A row of a hook's table.
template <class Hook>
struct Action {
  std::string_view name, description;
  /// Reads the parameters. `where` may bear on what is allowed in them.
  Effect<Hook> (*read)(const Json& json, const Place& place, Problems& problems,
                       Variables variables, const typename Hook::Where& where);
  Json (*schema)();
};

/// The row of a declared struct with `rsp::Status apply(Place&, FaultContext&) const`, and, where
/// its parameters depend on the place, `std::string problem(const Where&) const`.
template <class Hook, DeclaredStruct Params>
constexpr Action<Hook> action(std::string_view name) {
  return {name, Params::kDoc,
          [](const Json& json, const Place& place, Problems& problems, Variables variables,
             const typename Hook::Where& where) -> Effect<Hook> {
            Params params;
            std::size_t before = problems.size();
            read_value(json, place, problems, variables, params);
            if constexpr (requires { params.problem(where); }) {
              std::string problem = problems.size() == before ? params.problem(where) : "";
              bool pending = variables == Variables::kPending && has_variable(json);
              if (!problem.empty() && !pending) problems.add(place, problem);
            }
            return [params](typename Hook::Place& at, FaultContext& context) {
              return params.apply(at, context);
            };
          },
          [] { return schema_of<Params>(); }};
}

}  // namespace hil
