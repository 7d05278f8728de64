#include "sim_euicc/package_pool.h"

#include "rsp/crypto/digest.h"

namespace sim {

std::shared_ptr<const ProfileImage> make_image(const SharedOctets& package,
                                               const rsp::saip::CardFeatures& features) {
  auto image = ProfileImage::install(package, features);
  if (!image) return nullptr;
  return std::make_shared<const ProfileImage>(*std::move(image));
}

PackagePool::Entry& PackagePool::entry_of(rsp::BytesView package) {
  auto key = rsp::crypto::sha256(package);
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first != key && entry.second.package.expired() && entry.second.image.expired();
  });
  return entries_[key];
}

SharedOctets PackagePool::share(SharedOctets package) {
  Entry& entry = entry_of(*package);
  if (auto held = entry.package.lock()) return held;
  entry.package = package;
  return package;
}

std::shared_ptr<const ProfileImage> PackagePool::image(const SharedOctets& package,
                                                       const rsp::saip::CardFeatures& features) {
  Entry& entry = entry_of(*package);
  if (auto held = entry.image.lock()) return held;
  auto image = make_image(package, features);
  entry.image = image;
  return image;
}

}  // namespace sim
