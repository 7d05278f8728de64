#include "fake_smdp/event_store.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"

namespace smdp {

rsp::Result<EventStore> EventStore::open(std::shared_ptr<const StoreFile> file) {
  EventStore store;
  RSP_TRY(
      auto select,
      file->prepare("SELECT eid, event_id, rsp_server_address, requester, forwarded FROM events"));
  while (true) {
    RSP_TRY(bool row, select.step());
    if (!row) break;
    auto eid = rsp::parse_eid(select.text(0));
    if (!eid) return file->damaged(fmt::format("event {} has no EID", select.text(1)));
    Event event{*eid, select.text(1), select.text(2), select.text(3), select.number(4) != 0};
    std::pair key{event.eid, event.event_id};
    store.events_.emplace(std::move(key), std::move(event));
  }
  store.file_ = std::move(file);
  return store;
}

const Event* EventStore::find(const rsp::Eid& eid, const std::string& event_id) const {
  auto found = events_.find({eid, event_id});
  return found == events_.end() ? nullptr : &found->second;
}

rsp::Status EventStore::add(Event event) {
  if (file_ != nullptr) {
    std::string eid = rsp::to_hex(event.eid);
    RSP_TRY(auto put, file_->prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)"));
    put.bind(eid)
        .bind(event.event_id)
        .bind(event.rsp_server_address)
        .bind(event.requester)
        .bind(event.forwarded);
    RSP_CHECK(put.step());
  }
  std::pair key{event.eid, event.event_id};
  events_.emplace(std::move(key), std::move(event));
  return {};
}

rsp::Status EventStore::erase(const rsp::Eid& eid, const std::string& event_id) {
  if (file_ != nullptr) {
    std::string digits = rsp::to_hex(eid);
    RSP_TRY(auto erase, file_->prepare("DELETE FROM events WHERE eid = ?1 AND event_id = ?2"));
    erase.bind(digits).bind(event_id);
    RSP_CHECK(erase.step());
  }
  events_.erase({eid, event_id});
  return {};
}

}  // namespace smdp
