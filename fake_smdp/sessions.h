// The sessions of a server that have begun and not ended.
#pragma once

#include <list>
#include <map>

#include "rsp/base/clock.h"
#include "rsp/messages/common.h"

namespace smdp {

/// Bounded, as unfinished sessions would pile up: the oldest gives way to a new one, and one ends
/// when its lifetime is over.
template <class Session>
class Sessions {
 public:
  Sessions(std::size_t most, std::chrono::milliseconds lifetime)
      : most_(most), lifetime_(lifetime) {}

  void begin(const rsp::TransactionId& id, rsp::Clock::TimePoint now, Session session) {
    end(id);
    if (by_age_.size() >= most_ && !by_age_.empty()) end(by_age_.front().id);
    by_age_.push_back({id, now, std::move(session)});
    by_id_[id] = std::prev(by_age_.end());
  }
  /// Null where there is none any more.
  Session* find(const rsp::TransactionId& id, rsp::Clock::TimePoint now) {
    auto found = by_id_.find(id);
    if (found == by_id_.end()) return nullptr;
    if (now - found->second->begun <= lifetime_) return &found->second->session;
    end(id);
    return nullptr;
  }
  void end(const rsp::TransactionId& id) {
    auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    auto entry = found->second;
    by_id_.erase(found);
    by_age_.erase(entry);
  }
  void clear() {
    by_id_.clear();
    by_age_.clear();
  }
  std::size_t size() const { return by_age_.size(); }
  bool contains(const rsp::TransactionId& id) const { return by_id_.contains(id); }

 private:
  struct Entry {
    rsp::TransactionId id;
    rsp::Clock::TimePoint begun;
    Session session;
  };
  std::size_t most_;
  std::chrono::milliseconds lifetime_;
  std::list<Entry> by_age_;  // the oldest first
  std::map<rsp::Bytes, typename std::list<Entry>::iterator> by_id_;
};

}  // namespace smdp
