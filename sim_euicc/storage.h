// Where a card keeps what must survive power loss: named records, changed together or not at all.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace sim {

/// Octets that never change and have several owners: a profile package is in a card's state, in its
/// storage, and in every other card that holds the same one.
using SharedOctets = std::shared_ptr<const rsp::Bytes>;
/// Without the room to grow that an encoder leaves, since they stay as long as the card.
inline SharedOctets share(rsp::Bytes octets) {
  octets.shrink_to_fit();
  return std::make_shared<const rsp::Bytes>(std::move(octets));
}

/// A record to store, or to erase where there is no value.
struct StorageWrite {
  std::string key;
  SharedOctets value;
};
using StorageRecords = std::map<std::string, SharedOctets>;

class Storage {
 public:
  virtual ~Storage() = default;
  /// For people: the file, where there is one.
  virtual std::string name() const { return "the card's memory"; }
  virtual rsp::Result<StorageRecords> load() = 0;
  /// All writes or none. Error: Layer::kStorage, and then nothing has changed.
  virtual rsp::Status commit(std::span<const StorageWrite> writes) = 0;
};

/// Records in memory; a snapshot is a copy of them.
class MemoryStorage final : public Storage {
 public:
  MemoryStorage() = default;
  explicit MemoryStorage(StorageRecords records) : records_(std::move(records)) {}
  rsp::Result<StorageRecords> load() override { return records_; }
  rsp::Status commit(std::span<const StorageWrite> writes) override;
  const StorageRecords& records() const { return records_; }

 private:
  StorageRecords records_;
};

/// One SQLite database a card. A file that does not exist is made; one that is no card's, or of a
/// later format, is refused. Error: Layer::kStorage with the file.
rsp::Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::filesystem::path& file);

}  // namespace sim
