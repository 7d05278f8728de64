// What the tests of images share: a made package that can be changed element by element, and its
// outcome in words.
#pragma once

#include <gmock/gmock.h>

#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/usim_files.h"
#include "sim_euicc/profile_image.h"

namespace sim::testing {

using rsp::Bytes;
using rsp::BytesView;
using rsp::to_hex;
using rsp::operator""_hex;
using rsp::saip::CardFeatures;
using rsp::saip::Fcp;
using rsp::saip::File;
using rsp::saip::FilePe;
using rsp::saip::PeHeader;
using rsp::saip::PeStatus;
using rsp::saip::PeStatusCode;
using rsp::saip::ProfileElement;
using rsp::saip::ProfilePackage;
using rsp::saip::Service;

/// header, mf, pukCodes, pinCodes, usim, opt-usim, pinCodes, akaParameter, securityDomain, two rfm,
/// end: what a test changes is the only thing that is wrong with it.
ProfilePackage made_package();

ProfileElement& element(ProfilePackage& package, std::string_view name, std::size_t nth = 0);
template <class T>
T& body(ProfilePackage& package, std::string_view name, std::size_t nth = 0) {
  return std::get<T>(element(package, name, nth).body);
}
inline FilePe& files(ProfilePackage& package, std::string_view name) {
  return body<FilePe>(package, name);
}
/// The descriptor that a made package has for a file.
Fcp& descriptor(File& file);
void erase(ProfilePackage& package, std::string_view name, std::size_t nth = 0);
/// Puts an element before the nth one of this name, with an identification of its own.
enum class Mandated : std::uint8_t { kNo, kYes };
void insert(ProfilePackage& package, std::string_view before, ProfileElement::Body body,
            Mandated mandated = Mandated::kYes, std::size_t nth = 0);

/// What an image is made of a package with.
std::expected<ProfileImage, std::vector<PeStatus>> try_install(const ProfilePackage& package,
                                                               const CardFeatures& features = {});
/// The image of a package that installs.
ProfileImage install(const ProfilePackage& package, const CardFeatures& features = {});
/// "installed", or the last finding: "bad-values in 5: mf: ef-pl: the file has no octets". Warnings
/// of a package that installs come after "installed with ".
std::string outcome(const ProfilePackage& package, const CardFeatures& features = {});
std::string in_words(const PeStatus& finding);

/// The file at the end of a path from the MF on; kNoFile where there is none.
FileIndex at(const ProfileImage& image, std::initializer_list<std::uint16_t> path);
const ImageFile& file_at(const ProfileImage& image, std::initializer_list<std::uint16_t> path);
/// What it holds, in hexadecimal; "no file" where there is none.
std::string content_at(const ProfileImage& image, std::initializer_list<std::uint16_t> path);

/// A temporary file ID, the ADF of the made USIM, and files in it.
inline constexpr std::uint16_t kUsim = 0x7FD0, kImsi = 0x6F07, kUst = 0x6F38;

/// PE-GenericFileManagement with one list of commands.
rsp::saip::GenericFileManagement commands(std::vector<rsp::saip::FileCommand> list);
/// createFCP of a transparent EF.
Fcp transparent(std::uint16_t id, std::size_t size);
/// createFCP of a DF.
Fcp directory(std::uint16_t id);

}  // namespace sim::testing
