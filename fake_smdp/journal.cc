#include "fake_smdp/journal.h"

namespace smdp {
namespace {

constexpr std::size_t kMaxKinds = 1000;

/// "8.2.6/3.8" and "install" as they are; of "refused: the signature is wrong" the first word.
std::string short_outcome(const JournalEntry& entry) {
  if (entry.outcome.empty()) return entry.status == 0 ? "" : std::to_string(entry.status);
  return entry.outcome.substr(0, entry.outcome.find_first_of(": "));
}

/// What a body holds on to, which is more than its length.
std::size_t held(const std::string& body) {
  return body.capacity() > std::string().capacity() ? body.capacity() : 0;
}
std::size_t held(const JournalEntry& entry) { return held(entry.request) + held(entry.response); }

}  // namespace

std::string_view function_of(const JournalEntry& entry) {
  if (!entry.function.empty()) return entry.function;
  std::string_view path = std::string_view(entry.target).substr(0, entry.target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

void Journal::begin(std::string target, std::string request) {
  JournalEntry& entry = current();
  over_http_ = true;
  begun_ = std::chrono::steady_clock::now();
  entry.target = std::move(target);
  entry.request = std::move(request);
  octets_ += held(entry.request);
}

JournalEntry& Journal::current() {
  if (!open_) {
    append().at = clock_.now();
    open_ = true;
  }
  return entries_.back();
}

JournalEntry& Journal::append() {
  if (entries_.size() == max_entries_) {
    octets_ -= held(entries_.front());
    entries_.pop_front();
    if (with_bodies_ > 0) --with_bodies_;
  }
  JournalEntry& entry = entries_.emplace_back();
  entry.number = next_++;
  return entry;
}

void Journal::add_outgoing(JournalEntry outgoing) {
  JournalEntry& entry = append();
  outgoing.number = entry.number;
  entry = std::move(outgoing);
  octets_ += held(entry);
  close();
  make_room();
}

void Journal::end(int status, std::string response) {
  JournalEntry& entry = current();
  entry.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun_);
  entry.status = status;
  entry.response = std::move(response);
  octets_ += held(entry.response);
  close();
  make_room();
}

void Journal::end_direct() {
  if (!over_http_ && open_) close();
}

void Journal::close() {
  open_ = over_http_ = false;
  const JournalEntry& entry = entries_.back();
  // Only what reached a function: paths are the caller's choice, and there is no end of them.
  CallKind kind{entry.interface, entry.function, short_outcome(entry)};
  if (totals_.size() >= kMaxKinds && !totals_.contains(kind)) kind = {};
  ++totals_[std::move(kind)];
}

void Journal::spoil_last(std::vector<std::string> faults, std::string spoilt, int status,
                         std::string response) {
  if (entries_.empty() || open_) return;
  JournalEntry& entry = entries_.back();
  entry.faults = std::move(faults);
  entry.spoilt = std::move(spoilt);
  entry.status = status;
  if (entry.bodies_dropped) return;
  octets_ -= held(entry.response);
  entry.response = std::move(response);
  octets_ += held(entry.response);
  make_room();
}

void Journal::make_room() {
  for (; octets_ > max_octets_ && with_bodies_ < entries_.size(); ++with_bodies_) {
    JournalEntry& oldest = entries_[with_bodies_];
    if (oldest.request.empty() && oldest.response.empty()) continue;
    octets_ -= held(oldest);
    oldest.request = std::string();  // = {} would keep the memory
    oldest.response = std::string();
    oldest.bodies_dropped = true;
  }
}

const JournalEntry* Journal::find(std::uint64_t number) const {
  if (entries_.empty() || number < entries_.front().number) return nullptr;
  std::uint64_t index = number - entries_.front().number;
  return index < entries_.size() ? &entries_[index] : nullptr;
}

}  // namespace smdp
