#include "fake_smdp/journal.h"

namespace smdp {

void Journal::begin(std::string target, std::string request) {
  JournalEntry& entry = current();
  over_http_ = true;
  begun_ = std::chrono::steady_clock::now();
  entry.target = std::move(target);
  entry.request = std::move(request);
  octets_ += entry.request.size();
}

JournalEntry& Journal::current() {
  if (!open_) {
    if (entries_.size() == max_entries_) {
      octets_ -= entries_.front().request.size() + entries_.front().response.size();
      entries_.pop_front();
      if (with_bodies_ > 0) --with_bodies_;
    }
    JournalEntry& entry = entries_.emplace_back();
    entry.number = next_++;
    entry.at = clock_.now();
    open_ = true;
  }
  return entries_.back();
}

void Journal::end(int status, std::string response) {
  JournalEntry& entry = current();
  entry.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun_);
  entry.status = status;
  entry.response = std::move(response);
  octets_ += entry.response.size();
  open_ = over_http_ = false;
  make_room();
}

void Journal::end_direct() {
  if (!over_http_) open_ = false;
}

void Journal::make_room() {
  for (; octets_ > max_octets_ && with_bodies_ < entries_.size(); ++with_bodies_) {
    JournalEntry& oldest = entries_[with_bodies_];
    if (oldest.request.empty() && oldest.response.empty()) continue;
    octets_ -= oldest.request.size() + oldest.response.size();
    oldest.request = {};
    oldest.response = {};
    oldest.bodies_dropped = true;
  }
}

const JournalEntry* Journal::find(std::uint64_t number) const {
  if (entries_.empty() || number < entries_.front().number) return nullptr;
  std::uint64_t index = number - entries_.front().number;
  return index < entries_.size() ? &entries_[index] : nullptr;
}

}  // namespace smdp
