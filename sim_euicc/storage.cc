#include "sim_euicc/storage.h"

namespace sim {

rsp::Status MemoryStorage::commit(std::span<const StorageWrite> writes) {
  for (const StorageWrite& write : writes) {
    if (write.value) {
      records_[write.key] = write.value;
    } else {
      records_.erase(write.key);
    }
  }
  return {};
}

}  // namespace sim
