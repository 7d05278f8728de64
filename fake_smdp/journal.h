// What a mock server remembers of its calls, so that a test or a person can ask afterwards.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/clock.h"

namespace smdp {

/// One call, of the server or by it. What came or went over HTTP has the messages as well.
struct JournalEntry {
  std::uint64_t number = 0;  // counts from 1 and never again
  rsp::Clock::TimePoint at;
  std::string interface;          // "ES9+", "ES11", "ES2+", "ES12", "ES15"
  std::string function;           // "authenticateClient"; empty: it reached none
  rsp::Bytes transaction_id;      // of ES9+ and ES11
  std::string order;              // the key of the order in question; empty: none was found
  std::string outcome;            // "ok", a status code, or what a notification reported
  std::string target;             // path of the request; empty where it was no HTTP request
  std::string request, response;  // bodies
  bool bodies_dropped = false;    // to make room for later ones
  int status = 0;                 // of HTTP
  std::chrono::microseconds took{0};
  std::vector<std::string> faults;  // ids of those that struck while it was answered
  std::string spoilt;               // how the answer was spoilt on its way: "reset", "cut off"
  std::string to;  // "host:port" of whom the server has called; empty: it was called itself
  std::optional<std::uint32_t> notification_point;  // of handleDownloadProgressInfo
};

/// The function that a call reached; of one that reached none, what its path asks for.
std::string_view function_of(const JournalEntry& entry);

/// What distinguishes calls where they are counted.
struct CallKind {
  std::string interface, function, outcome;  // outcome: "ok", a status code, one word otherwise
  friend auto operator<=>(const CallKind&, const CallKind&) = default;
};

/// Bounded in entries and in octets of bodies: the oldest go first.
class Journal {
 public:
  explicit Journal(const rsp::Clock& clock, std::size_t max_entries = 2000,
                   std::size_t max_octets = 4 << 20)
      : clock_(clock), max_entries_(max_entries), max_octets_(max_octets) {}

  /// A call that came in. Functions fill in what they know through current().
  void begin(std::string target, std::string request);
  /// The call that is being answered, or a new entry for one that came over no HTTP.
  JournalEntry& current();
  /// Ends the call.
  void end(int status, std::string response);
  /// For functions called directly: ends what current() has begun.
  void end_direct();
  /// A call by the server itself, which has ended. Not while one of the server is being answered.
  void add_outgoing(JournalEntry entry);
  /// Faults struck while the last call was answered, and this went out in place of its answer.
  void spoil_last(std::vector<std::string> faults, std::string spoilt, int status,
                  std::string response);

  const std::deque<JournalEntry>& entries() const { return entries_; }
  /// The entry with this number; null where it is gone or was never there.
  const JournalEntry* find(std::uint64_t number) const;
  /// How many calls there have been.
  std::uint64_t count() const { return next_ - 1; }
  /// How many calls there have been of each kind. Kinds beyond the first thousand are one kind
  /// without names.
  const std::map<CallKind, std::uint64_t>& totals() const { return totals_; }

 private:
  JournalEntry& append();
  void close();
  void make_room();
  const rsp::Clock& clock_;
  std::size_t max_entries_, max_octets_, octets_ = 0;
  std::uint64_t next_ = 1;
  std::size_t with_bodies_ = 0;  // entries before this one have none any more
  bool open_ = false, over_http_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::deque<JournalEntry> entries_;
  std::map<CallKind, std::uint64_t> totals_;
};

}  // namespace smdp
