// Where the events of an SM-DS are kept: in memory, and in SQLite where there is a file.
#pragma once

#include <map>

#include "fake_smdp/store_file.h"
#include "rsp/messages/es9.h"

namespace smdp {

/// An event as it waits for its eUICC.
struct Event {
  rsp::Eid eid{};
  std::string event_id;
  std::string rsp_server_address;  // of the SM-DP+, or of the SM-DS that has passed it on
  std::string requester;           // who has registered it, and may delete it
  bool forwarded = false;          // to the root SM-DS
};

class EventStore {
 public:
  /// Events that last as long as the process.
  EventStore() = default;
  /// Events in a file. Error: as of StoreFile.
  static rsp::Result<EventStore> open(std::shared_ptr<const StoreFile> file);

  /// Null where there is none.
  const Event* find(const rsp::Eid& eid, const std::string& event_id) const;
  /// By EID and EventID.
  const std::map<std::pair<rsp::Eid, std::string>, Event>& all() const { return events_; }
  /// A new one: there is none with its EID and EventID. After an error nothing has changed, nor has
  /// it after an error of erase().
  rsp::Status add(Event event);
  rsp::Status erase(const rsp::Eid& eid, const std::string& event_id);

 private:
  std::map<std::pair<rsp::Eid, std::string>, Event> events_;
  std::shared_ptr<const StoreFile> file_;
};

}  // namespace smdp
