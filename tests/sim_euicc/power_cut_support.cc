#include "power_cut_support.h"

#include <fmt/format.h>

#include <regex>

namespace sim::testing {
namespace {

/// Tells the rig's observer of every APDU on its way.
class Observed final : public rsp::card::Card {
 public:
  Observed(rsp::card::Card& card, const std::function<void()>& observer)
      : card_(card), observer_(observer) {}
  Bytes reset() override {
    return around([&] { return card_.reset(); });
  }
  Bytes transmit(BytesView command) override {
    return around([&] { return card_.transmit(command); });
  }

 private:
  Bytes around(auto call) {
    observer_();
    Bytes answer = call();
    observer_();
    return answer;
  }
  rsp::card::Card& card_;
  const std::function<void()>& observer_;
};

}  // namespace

std::string Cut::text() const {
  return fmt::format("{} {} {}", moment == Moment::kBefore ? "before" : "after",
                     place == Place::kApdu ? "APDU" : "write", number);
}

void NotificationHistory::observe(const StorageRecords& records) {
  for (const auto& [key, octets] : seen_) {
    if (!records.contains(key)) gone_.insert(key);
  }
  std::string highest = seen_.empty() ? "" : seen_.rbegin()->first;
  for (const auto& [key, octets] : records) {
    if (!key.starts_with("notification/")) continue;
    EXPECT_FALSE(gone_.contains(key)) << key << " has come back";
    auto known = seen_.find(key);
    if (known == seen_.end()) {
      EXPECT_GT(key, highest) << "a new notification has an old number";
      seen_[key] = octets;
    } else {
      EXPECT_EQ(to_hex(*known->second), to_hex(*octets)) << key << " has become another one";
    }
  }
}

CutRig::CutRig(StorageRecords records, const std::optional<Cut>& at_power_on)
    : memory_(std::move(records)), storage_(plan_, memory_, power_) {
  if (at_power_on) arm(*at_power_on);
  card.other_storage = &storage_;
  card.start();
  connect();
}

void CutRig::connect() {
  faulty_.emplace(plan_, *card.euicc, power_, [](std::chrono::milliseconds) {});
  observed_ = std::make_unique<Observed>(*faulty_, observer);
  card.road = observed_.get();
}

void CutRig::arm(const Cut& cut) {
  bool apdu = cut.place == Cut::Place::kApdu;
  std::uint64_t number = cut.number + (apdu ? apdus() : writes());
  hil::Json where, moment{{"moment", cut.moment == Cut::Moment::kBefore ? "before" : "after"}};
  where[apdu ? "apdu" : "storage"][apdu ? "number" : "write"] = number;
  auto added = plan_.add({{"where", where}, {"action", {{"powerCut", moment}}}});
  ASSERT_TRUE(added) << added.error().message();
}

void CutRig::power_on() {
  plan_.clear();
  power_.on = true;
  card.power_cycle();
  connect();
}

void CutRig::reset() {
  observed_->reset();
  if (!power_.on) throw PowerLost{};
}

std::string powered_text(const StorageRecords& records) {
  MemoryStorage storage(records);
  Bench card;
  card.other_storage = &storage;
  card.power_up();
  return text_of(card.euicc->memory());
}

std::string canonical(const std::string& text) {
  static const std::regex interrupted("notification \\d+ [^\n]*Interruption\n"),
      numbered("notification \\d+"), counted("next number \\d+"), otpk("one-time key \\w+");
  std::string out = std::regex_replace(text, interrupted, "");
  out = std::regex_replace(out, numbered, "notification");
  out = std::regex_replace(out, otpk, "");
  return std::regex_replace(out, counted, "");
}

std::size_t interruptions(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("Interruption\n", at)) != std::string::npos; ++at)
    ++count;
  return count;
}

std::string download(Bench& card, std::optional<Bytes>& otpk, unsigned number, smdp::KeyMode mode,
                     const std::function<void(BppPlan&)>& spoil) {
  Dp dp(card.pki);
  dp.offered_otpk = otpk;
  const auto& kept = card.euicc->memory().unused_otpk;
  bool still_there = otpk && kept && rsp::equal(kept->key.public_key().point(), *otpk);
  auto metadata = metadata_for(number);
  auto plan = dp.plan(metadata, package_for(metadata), mode);
  if (spoil) spoil(plan);
  Bpp bpp = card.bind(dp, plan);
  Bytes given = card.prepared.euicc_signed2.value.euicc_otpk;
  if (still_there) EXPECT_EQ(to_hex(given), to_hex(*otpk)) << "the one-time key is not used again";
  otpk = given;
  return card.load(bpp.segments());
}

}  // namespace sim::testing
