// Cards whose power goes away where a test wants it to, and what must hold afterwards.
#pragma once

#include <functional>
#include <set>

#include "euicc_test_support.h"
#include "hil/faults/seams.h"

namespace sim::testing {

/// A point in an operation at which the card loses its power: an APDU, or a commit of its memory,
/// counted from 1, before it or after it.
struct Cut {
  enum class Place : std::uint8_t { kApdu, kWrite };
  enum class Moment : std::uint8_t { kBefore, kAfter };
  Place place;
  std::uint64_t number;
  Moment moment;
  std::string text() const;
};

/// What a card's notifications must be like over its whole life: a number means one notification
/// for ever, higher ones come later, and what is gone does not come back.
class NotificationHistory {
 public:
  /// Looks at what a memory holds now; a test failure for each rule that is broken.
  void observe(const StorageRecords& records);

 private:
  std::map<std::string, SharedOctets> seen_;  // by the name of the record
  std::set<std::string> gone_;
};

/// A card whose memory and whose APDUs can be cut off.
class CutRig {
 public:
  explicit CutRig(StorageRecords records, const std::optional<Cut>& at_power_on = {});
  CutRig(const CutRig&) = delete;
  CutRig& operator=(const CutRig&) = delete;

  /// Takes the power away at this point, counted from now on. The constructor can have that done
  /// in the card's first power-on already.
  void arm(const Cut& cut);
  /// With what the memory holds now.
  void power_on();
  /// A reset by the terminal. Throws PowerLost where the power goes away meanwhile.
  void reset();
  const StorageRecords& records() const { return memory_.records(); }
  std::uint64_t apdus() const { return faulty_->apdus(); }
  std::uint64_t writes() const { return storage_.writes(); }

 private:
  void connect();

  MemoryStorage memory_;
  hil::FaultPlan plan_;
  hil::CardPower power_;
  hil::FaultyStorage storage_;
  std::optional<hil::FaultyCard> faulty_;
  std::unique_ptr<rsp::card::Card> observed_;

 public:
  /// The one-time key that the card gave last, for the server to offer again.
  std::optional<Bytes> otpk;
  /// Told before and after each APDU and reset.
  std::function<void()> observer = [] {};
  Bench card;
};

/// What a card with this memory is after power-on, in the form of text_of().
std::string powered_text(const StorageRecords& records);

/// The same without what a cut may add or shift: results of interrupted loads, the one-time key
/// that stays, and with them the numbers of notifications.
std::string canonical(const std::string& text);
/// How many results of interrupted loads wait.
std::size_t interruptions(const std::string& text);

/// A whole download; where the card has kept the one-time key that the server offers, it must be
/// used. `spoil` changes the plan before it is protected.
std::string download(Bench& card, std::optional<Bytes>& otpk, unsigned number, smdp::KeyMode mode,
                     const std::function<void(BppPlan&)>& spoil = {});

}  // namespace sim::testing
