// Profile packages and their images, once each for all cards of a process that share the pool.
#pragma once

#include <map>

#include "sim_euicc/profile_image.h"
#include "sim_euicc/storage.h"

namespace sim {

/// For cards that offer the same features to packages, on one thread. Keeps nothing alive by
/// itself: what no card holds any more is gone.
class PackagePool {
 public:
  /// The same octets that another card holds already, or these.
  SharedOctets share(SharedOctets package);
  /// The image of a package: one that a card holds already, or a new one. Null where it does not
  /// install.
  std::shared_ptr<const ProfileImage> image(const SharedOctets& package,
                                            const rsp::saip::CardFeatures& features);

 private:
  struct Entry {
    std::weak_ptr<const rsp::Bytes> package;
    std::weak_ptr<const ProfileImage> image;
  };
  Entry& entry_of(rsp::BytesView package);
  std::map<rsp::Octets<32>, Entry> entries_;  // by SHA-256
};

/// Without a pool: an image of its own. Null where the package does not install.
std::shared_ptr<const ProfileImage> make_image(const SharedOctets& package,
                                               const rsp::saip::CardFeatures& features);

}  // namespace sim
