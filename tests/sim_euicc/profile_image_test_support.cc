#include "profile_image_test_support.h"

#include <stdexcept>

namespace sim::testing {

ProfilePackage made_package() {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = "8988301000000000013";
  parameters.imsi = "001010123456789";
  parameters.msisdn = "+4912345";
  return rsp::saip::make_package(parameters).value();
}

ProfileElement& element(ProfilePackage& package, std::string_view name, std::size_t nth) {
  for (ProfileElement& candidate : package.elements) {
    if (candidate.name() == name && nth-- == 0) return candidate;
  }
  throw std::logic_error("the package has no such element");
}

Fcp& descriptor(File& file) {
  for (auto& item : file) {
    if (auto* fcp = std::get_if<rsp::asn1::Boxed<Fcp>>(&item)) return **fcp;
  }
  throw std::logic_error("the file has no descriptor");
}

namespace {

std::uint16_t free_identification(const ProfilePackage& package) {
  auto identification = static_cast<std::uint16_t>(900 + package.elements.size());
  auto used = [&](const ProfileElement& element) {
    return element.header() != nullptr && element.header()->identification == identification;
  };
  while (std::ranges::any_of(package.elements, used)) ++identification;
  return identification;
}

auto place(ProfilePackage& package, std::string_view name, std::size_t nth) {
  return package.elements.begin() + (&element(package, name, nth) - package.elements.data());
}

}  // namespace

void erase(ProfilePackage& package, std::string_view name, std::size_t nth) {
  package.elements.erase(place(package, name, nth));
}

void insert(ProfilePackage& package, std::string_view before, ProfileElement::Body body,
            Mandated mandated, std::size_t nth) {
  ProfileElement element{.body = std::move(body), .offset = 0};
  if (PeHeader* header = element.header()) {
    header->identification = free_identification(package);
    if (mandated == Mandated::kYes) header->mandated.emplace();
  }
  package.elements.insert(place(package, before, nth), std::move(element));
}

std::expected<ProfileImage, std::vector<PeStatus>> try_install(const ProfilePackage& package,
                                                               const CardFeatures& features) {
  return ProfileImage::install(std::make_shared<const Bytes>(rsp::saip::encode_package(package)),
                               features);
}

ProfileImage install(const ProfilePackage& package, const CardFeatures& features) {
  auto image = try_install(package, features);
  if (!image) throw std::runtime_error(in_words(image.error().back()));
  return *std::move(image);
}

std::string in_words(const PeStatus& finding) {
  std::string words = rsp::asn1::name_of(finding.status);
  if (finding.identification) words += " in " + std::to_string(*finding.identification);
  return words + ": " + finding.text;
}

std::string outcome(const ProfilePackage& package, const CardFeatures& features) {
  auto image = try_install(package, features);
  if (!image) return in_words(image.error().back());
  std::string words = "installed";
  for (const PeStatus& warning : image->warnings()) words += " with " + in_words(warning);
  return words;
}

FileIndex at(const ProfileImage& image, std::initializer_list<std::uint16_t> path) {
  FileIndex file = kMasterFile;
  for (std::uint16_t id : path) {
    if (file != kNoFile) file = image.child(file, id);
  }
  return file;
}

const ImageFile& file_at(const ProfileImage& image, std::initializer_list<std::uint16_t> path) {
  FileIndex file = at(image, path);
  if (file == kNoFile) throw std::runtime_error("there is no such file");
  return image.files()[file];
}

std::string content_at(const ProfileImage& image, std::initializer_list<std::uint16_t> path) {
  FileIndex file = at(image, path);
  return file == kNoFile ? "no file" : to_hex(image.content(file));
}

rsp::saip::GenericFileManagement commands(std::vector<rsp::saip::FileCommand> list) {
  rsp::saip::GenericFileManagement pe;
  auto& commands = pe.file_management_cmd.emplace_back();
  for (auto& command : list) commands.push_back(std::move(command));
  return pe;
}

Fcp transparent(std::uint16_t id, std::size_t size) {
  return rsp::saip::transparent_ef(rsp::saip::ArrLevel::kMf, {.id = id, .sfi = 0}, size);
}

Fcp directory(std::uint16_t id) {
  Fcp fcp;
  fcp.file_descriptor = Bytes{0x78, 0x21};
  fcp.file_id = rsp::Octets<2>{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  fcp.security_attributes_referenced = Bytes{0x01};
  fcp.pin_status_template_do = Bytes{0x01};
  return fcp;
}

}  // namespace sim::testing
