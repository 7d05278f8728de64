// The UICC behind the eUICC: file system, PINs and network access applications of the profile that
// is running (ETSI TS 102 221, 3GPP TS 31.102).
#pragma once

#include <set>

#include "rsp/base/random.h"
#include "rsp/card/apdu.h"
#include "sim_euicc/access.h"
#include "sim_euicc/answer.h"
#include "sim_euicc/non_volatile.h"
#include "sim_euicc/profile_image.h"

namespace sim {

/// Where a logical channel stands in the file system (ETSI TS 102 221, 8.4).
struct Selection {
  FileIndex directory = kMasterFile;
  FileIndex file = kNoFile;         // the current EF
  FileIndex application = kNoFile;  // the ADF that 7FFF means
  std::uint16_t record = 0;         // the record pointer; 0: none yet
  rsp::Bytes object;                // of a BER-TLV file: what RETRIEVE DATA is giving
  std::size_t object_sent = 0;
  rsp::Bytes object_received;  // the beginning of an object that SET DATA brings in pieces

  /// Another file is the current one: nothing of the last one goes on.
  void choose(FileIndex chosen) {
    file = chosen;
    record = 0;
    object.clear();
    object_sent = 0;
    object_received.clear();
  }
};

/// Commands to the file system. Which channel a command is on, and which application is selected
/// there, is the card's business (Euicc).
class Uicc {
 public:
  /// `memory`: octets that the card has for everything (Persona::memory).
  Uicc(rsp::Random& random, std::size_t memory) : random_(random), memory_(memory) {}

  /// A profile starts to run, or none: then there is the file system of an eUICC without one. All
  /// PINs are to be presented again.
  void run(std::optional<rsp::Aid> profile, std::shared_ptr<const ProfileImage> image);
  /// The ISD-P of the running profile.
  const std::optional<rsp::Aid>& running() const { return running_; }
  const ProfileImage& image() const { return *image_; }
  /// Null before anything has run.
  const std::shared_ptr<const ProfileImage>& shared_image() const { return image_; }
  /// The AIDs of the profile's security domains, the operator's first.
  const std::vector<rsp::Bytes>& security_domains() const { return security_domains_; }
  /// As after a reset, and after a command whose changes could not be kept.
  void forget_verifications() { verified_.clear(); }

  /// Every command but SELECT by AID: what comes in as SELECT is by file ID or path. 6D00 for
  /// instructions that a UICC does not have, 6E00 for the wrong class.
  Answer handle(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  /// A file of the running profile whose content, as it is kept, cannot be its own, by its path.
  /// Such a file is as it was installed.
  std::optional<std::string> damaged_file(const Transaction& tx) const;
  /// ADFs whose AID begins with these octets, in the order of the file system.
  std::vector<FileIndex> applications(rsp::BytesView aid) const;
  /// Selects a file, and answers as P2 asks for: an ADF is a channel's application from now on.
  Answer select_file(FileIndex file, const rsp::card::CommandApdu& command, Selection& at,
                     const Transaction& tx);

 private:
  template <class T>
  using Expected = std::expected<T, rsp::card::StatusWord>;
  using Handler = Answer (Uicc::*)(const rsp::card::CommandApdu&, Selection&, Transaction&);
  struct Command;
  static std::span<const Command> commands();

  // Selection, in uicc_select.cc
  Answer select(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer status(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  FileIndex find_by_id(std::uint16_t id, const Selection& at) const;
  Expected<FileIndex> find_by_path(rsp::BytesView path, const Selection& at, FileIndex from) const;
  rsp::Bytes fcp(FileIndex file, const Transaction& tx) const;
  void put_pin_status(class rsp::asn1::Writer& writer, FileIndex directory,
                      const Transaction& tx) const;

  // Files, in uicc_files.cc
  Answer read_binary(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer update_binary(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer read_record(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer update_record(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer search_record(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer increase(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer retrieve_data(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer set_data(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer deactivate_file(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer activate_file(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer change_life_cycle(const rsp::card::CommandApdu& command, Selection& at, AccessMode mode,
                           std::uint8_t lcsi, Transaction& tx);
  /// The EF that a command means: by a short file identifier, which also selects it, or the current
  /// one. It must be of a type that the command is for, and let it happen.
  Expected<FileIndex> target(std::uint8_t sfi, Selection& at,
                             std::span<const FileType> types) const;
  Expected<FileIndex> permitted(Expected<FileIndex> file, AccessMode mode,
                                const Transaction& tx) const;
  /// A file that is deactivated mostly is not (ETSI TS 102 222 6.6).
  bool usable(FileIndex file, const Transaction& tx) const;
  Expected<std::uint16_t> record_number(const rsp::card::CommandApdu& command, FileIndex file,
                                        Selection& at) const;
  std::optional<rsp::Bytes> access_rule(FileIndex file, const Transaction& tx) const;
  bool allowed(FileIndex file, AccessMode mode, const Transaction& tx) const;
  /// What has changed in the running profile, and in one of its files; null where nothing has.
  const ProfileData* changes(const Transaction& tx) const;
  const FileData* changes_of(FileIndex file, const Transaction& tx) const;
  template <class Change>
  void put_changes(FileIndex file, Change change, Transaction& tx) const;
  std::uint8_t life_cycle(FileIndex file, const Transaction& tx) const;
  bool fits(FileIndex file, const rsp::Bytes& content) const;
  rsp::Bytes content(FileIndex file, const Transaction& tx) const;
  /// `count` octets from `at` on, or as many as there are.
  rsp::Bytes content(FileIndex file, std::size_t at, std::size_t count,
                     const Transaction& tx) const;
  /// Records are counted from 1 on.
  rsp::Bytes record(FileIndex file, std::size_t number, const Transaction& tx) const;
  void write(FileIndex file, rsp::Bytes content, Transaction& tx) const;
  /// The same for a BER-TLV file, which may take more of the card's memory than before: 6A84.
  Answer write_objects(FileIndex file, rsp::Bytes content, Transaction& tx) const;

  // PINs, in uicc_pins.cc
  Answer verify_pin(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer change_pin(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer disable_pin(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer enable_pin(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer unblock_pin(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  struct Pin {
    PinData data;
    const ImagePin* image = nullptr;
    std::pair<std::uint32_t, std::uint8_t> key() const { return {data.pin_set, data.reference}; }
  };
  std::optional<Pin> find_pin(std::uint8_t reference, FileIndex directory,
                              const Transaction& tx) const;
  Expected<Pin> pin_of(const rsp::card::CommandApdu& command, const Selection& at,
                       std::size_t length, const Transaction& tx) const;
  /// Compares, counts, and remembers that the PIN was presented. Nothing where it was right.
  std::optional<Answer> present(Pin& pin, rsp::BytesView value, Transaction& tx);
  void store(const Pin& pin, Transaction& tx) const;
  std::uint8_t puk_attempts(std::uint8_t reference, const Transaction& tx) const;
  void store_puk_attempts(std::uint8_t reference, std::uint8_t left, Transaction& tx) const;
  bool key_satisfied(std::uint8_t reference, FileIndex directory, const Transaction& tx) const;
  bool pin1_satisfied(FileIndex application, const Transaction& tx) const;

  // Applications, in uicc_authenticate.cc
  Answer get_challenge(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer get_identity(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);
  Answer authenticate(const rsp::card::CommandApdu& command, Selection& at, Transaction& tx);

  rsp::Random& random_;
  std::size_t memory_;
  std::optional<rsp::Aid> running_;
  std::shared_ptr<const ProfileImage> image_;
  std::vector<rsp::Bytes> security_domains_;
  std::set<std::pair<std::uint32_t, std::uint8_t>> verified_;  // PIN set and reference
};

}  // namespace sim
