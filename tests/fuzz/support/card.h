// A software eUICC for fuzz targets: in any of many states at once, watched after every command,
// and back in the state it began with for next to nothing.
#pragma once

#include <memory>

#include "sim_euicc/euicc.h"
#include "tests/fuzz/support/input.h"
#include "tests/fuzz/support/server.h"

namespace fuzz {

/// States to begin in. What stands here is in inputs as its number, so new ones go to the end.
enum class Start : std::uint8_t {
  kNew,              // no profile
  kInstalled,        // two profiles, the first enabled; their notifications
  kAuthenticated,    // the same after AuthenticateServer
  kPrepared,         // after PrepareDownload
  kLoadingMetadata,  // in the middle of a BPP, before the metadata
  kLoadingPackage,   // before the profile elements
  kSwitchPending,    // EnableProfile with REFRESH is answered, REFRESH not fetched
  kRefreshFetched,   // ... and fetched
  kPinEnabled,       // PIN1 is enabled and counted down to one try
  kCrlLoaded,        // a CRL that revokes another server
  kTestProfile,      // a profile of class test is there as well
  kChannels,         // channels 1 to 4 are open on MF, USIM, ISD-R and ECASD
  kStates
};

/// Kinds of card by number; any number is one.
const std::shared_ptr<const sim::Persona>& persona(std::uint8_t number);
std::uint8_t persona_count();

/// Thrown by the storage where an input takes the power away in the middle of a write.
struct PowerLost {};

/// Memory whose writes can be made to fail. What it begins with is shared by all inputs that begin
/// with it.
class FuzzStorage final : public sim::Storage {
 public:
  enum class Fault : std::uint8_t { kNone, kRefuses, kLosesPowerBefore, kLosesPowerAfter };

  explicit FuzzStorage(std::shared_ptr<const sim::StorageRecords> start)
      : start_(std::move(start)) {}
  rsp::Result<sim::StorageRecords> load() override { return records(); }
  rsp::Status commit(std::span<const sim::StorageWrite> writes) override;
  /// What the next write meets.
  void plan(Fault fault) { fault_ = fault; }
  std::size_t writes() const { return writes_; }
  /// Writes, and what was to become one.
  std::size_t attempts() const { return attempts_; }
  sim::StorageRecords records() const;
  /// As at the beginning.
  void restart() {
    written_.clear();
    fault_ = Fault::kNone;
    writes_ = 0;
  }

 private:
  void write(std::span<const sim::StorageWrite> writes);
  std::shared_ptr<const sim::StorageRecords> start_;
  sim::StorageRecords written_;  // null: erased
  Fault fault_ = Fault::kNone;
  std::size_t writes_ = 0, attempts_ = 0;
};

/// One card from its state to begin with on. Every command is checked:
/// - it is answered with at most 256 octets and a status word that exists,
/// - at most one profile is enabled, and an ICCID is there once,
/// - notifications have the number that they are kept under, and no number is given twice,
/// - profiles and CRLs fit into the memory, and what a profile has written belongs to one.
class Card {
 public:
  Card(std::shared_ptr<const sim::Persona> persona,
       std::shared_ptr<const sim::StorageRecords> start);

  rsp::Bytes transmit(rsp::BytesView apdu);
  /// Off and on again: what the storage holds, read anew where it has changed since the last time.
  void power_cycle();
  /// A reset of the card as it is; nothing where there was no command since the last one.
  void warm_reset();
  void plan(FuzzStorage::Fault fault) { storage_.plan(fault); }

  /// A command or segment to the ISD-R in STORE DATA blocks, and all of its answer. Stops at a
  /// block that is refused.
  rsp::card::ResponseApdu store_data(rsp::BytesView command, std::uint8_t channel = 1,
                                     std::size_t block = 255);
  /// The same for a message that the card must take.
  template <class Request>
  typename Request::Response call(const Request& request);
  void select_isd_r();

  const sim::Euicc& euicc() const { return *euicc_; }
  sim::StorageRecords records() const { return storage_.records(); }
  /// Begins to remember the commands of transmit(), or gives what was remembered.
  void record() { recorded_.emplace(); }
  std::vector<rsp::Bytes> take_recorded() { return *std::exchange(recorded_, std::nullopt); }

  bool unwritten() const { return storage_.writes() == 0; }
  /// As it was when it was made.
  void restart();
  /// What the storage holds is what the card remembers.
  void check_storage();

 private:
  void power_up();
  void check();
  rsp::SeededRandom random_{7};
  std::shared_ptr<const sim::Persona> persona_;
  FuzzStorage storage_;
  std::unique_ptr<sim::Euicc> euicc_;
  std::uint32_t next_sequence_number_ = 0;
  std::size_t writes_read_ = 0;  // how many there were when the storage was read
  bool fresh_ = false;           // no command since the last reset
  std::optional<std::size_t> attempts_checked_;
  std::optional<std::vector<rsp::Bytes>> recorded_;
};

/// A card in a state, with channel 1 on the ISD-R. Valid until the next call.
Card& card_in(Start start, std::uint8_t persona_number);
/// The start and the persona that two octets of an input name.
Card& card_in(Input& input);

/// Commands until the input ends: a length and as many octets; or a length of 0, which is a reset;
/// or of FF, behind which one octet says what happens: 0 to 2 a fault of the next write, 3 a
/// command with two octets of length, anything else a loss of power.
void play(Card& card, Input& input);
/// The same, written.
rsp::Bytes stream_of(Start start, std::uint8_t persona_number,
                     std::span<const rsp::Bytes> commands);

}  // namespace fuzz
