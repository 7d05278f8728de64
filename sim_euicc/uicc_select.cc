// SELECT and STATUS (ETSI TS 102 221, 11.1.1 and 11.1.2).
#include <algorithm>

#include "rsp/asn1/writer.h"
#include "sim_euicc/uicc.h"

namespace sim {
namespace {

using rsp::asn1::context;
using rsp::asn1::Writer;
using rsp::card::CommandApdu;
using rsp::card::StatusWord;

constexpr std::uint16_t kMasterFileId = 0x3F00, kCurrentApplicationId = 0x7FFF;
constexpr StatusWord kDeactivated{0x6283};
constexpr std::uint8_t kDeactivatedState = 0x04;

/// P1 of SELECT.
enum SelectBy : std::uint8_t { kFileId = 0x00, kParent = 0x03, kPathFromMf = 0x08, kPath = 0x09 };
/// P2: bits 3 and 4 say what comes back.
constexpr std::uint8_t kReturnMask = 0x0C, kNothing = 0x0C, kReserved = 0x08;

bool wants_nothing(const CommandApdu& command) { return (command.p2 & kReturnMask) == kNothing; }

rsp::Bytes two_octets(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// File descriptor byte and data coding byte, and of records their length and number (11.1.1.4.3).
/// Every file may be shared between channels.
rsp::Bytes file_descriptor(const ImageFile& file) {
  constexpr std::uint8_t kShareable = 0x40, kDataCoding = 0x21;
  auto descriptor = [&](std::uint8_t kind) {
    return rsp::Bytes{static_cast<std::uint8_t>(kShareable | kind), kDataCoding};
  };
  switch (file.type) {
    case FileType::kMf:
    case FileType::kDf:
    case FileType::kAdf:
      return descriptor(0x38);
    case FileType::kTransparent:
      return descriptor(0x01);
    case FileType::kBerTlv:
      return descriptor(0x39);
    case FileType::kLinearFixed:
    case FileType::kCyclic:
      break;
  }
  rsp::Bytes out = descriptor(file.type == FileType::kCyclic ? 0x06 : 0x02);
  rsp::append(out, two_octets(file.record_length));
  out.push_back(static_cast<std::uint8_t>(
      file.record_length == 0 ? 0 : std::min<std::uint32_t>(file.size / file.record_length, 255)));
  return out;
}

/// UICC characteristics of a directory (11.1.1.4.6.1): the clock may be stopped; of the MF also
/// that TERMINAL CAPABILITY is understood (11.1.1.4.6.7).
void put_proprietary(Writer& writer, const ImageFile& file) {
  if (!is_directory(file.type) && file.special_file_information == 0) return;
  writer.constructed(context(5), [&] {  // A5
    if (!is_directory(file.type)) {
      writer.primitive(rsp::asn1::private_use(0), rsp::Bytes{file.special_file_information});
      return;
    }
    writer.primitive(context(0), rsp::Bytes{0x71});
    if (file.type == FileType::kMf) writer.primitive(context(7), rsp::Bytes{0x01});
  });
}

}  // namespace

void Uicc::put_pin_status(Writer& writer, FileIndex directory, const Transaction& tx) const {
  rsp::BytesView keys = image_->pin_status_template(directory);
  if (keys.empty()) return;
  rsp::Bytes enabled((keys.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto pin = find_pin(keys[i], directory, tx);
    if (pin && pin->data.enabled) enabled[i / 8] |= static_cast<std::uint8_t>(0x80U >> (i % 8));
  }
  Writer status;
  status.primitive(context(16), enabled);  // 90
  for (std::uint8_t key : keys) status.primitive(context(3), rsp::Bytes{key});
  writer.primitive(rsp::asn1::private_use(6),
                   status.take());  // C6, of which the content is TLV too
}

rsp::Bytes Uicc::fcp(FileIndex index, const Transaction& tx) const {
  const ImageFile& file = image_->files()[index];
  Writer writer;
  writer.constructed(rsp::asn1::application(2), [&] {  // 62
    writer.primitive(context(2), file_descriptor(file));
    std::uint16_t id = file.type == FileType::kAdf ? kCurrentApplicationId : file.id;
    writer.primitive(context(3), two_octets(id));
    if (rsp::BytesView aid = image_->aid(index); !aid.empty()) writer.primitive(context(4), aid);
    put_proprietary(writer, file);
    writer.primitive(context(10), rsp::Bytes{life_cycle(index, tx)});
    rsp::Bytes rule = two_octets(file.arr_file);
    rule.push_back(file.arr_record);
    if (file.arr_record != 0) writer.primitive(context(11), rule);
    if (is_directory(file.type)) {
      put_pin_status(writer, index, tx);
    } else {
      writer.primitive(
          context(0),
          two_octets(static_cast<std::uint16_t>(std::min<std::uint32_t>(file.size, 0xFFFF))));
      // None is said by an object without octets; bits 4 to 8 have the number (11.1.1.4.8).
      rsp::Bytes sfi;
      if (file.sfi != 0) sfi.push_back(static_cast<std::uint8_t>(file.sfi << 3));
      writer.primitive(context(8), sfi);
    }
  });
  return writer.take();
}

// ETSI TS 102 221 8.4.2: by its ID, a file is looked for around the current directory.
FileIndex Uicc::find_by_id(std::uint16_t id, const Selection& at) const {
  if (id == kMasterFileId) return kMasterFile;
  if (id == kCurrentApplicationId) return at.application;
  // An ADF has no file ID of its own outside its package.
  auto visible = [&](FileIndex file) {
    return file != kNoFile && image_->files()[file].type != FileType::kAdf;
  };
  if (FileIndex child = image_->child(at.directory, id); visible(child)) return child;
  const ImageFile& here = image_->files()[at.directory];
  if (here.type == FileType::kDf && here.id == id) return at.directory;
  if (here.type == FileType::kMf) return kNoFile;
  FileIndex sibling = image_->child(here.parent, id);
  if (visible(sibling) && is_directory(image_->files()[sibling].type)) return sibling;
  bool is_parent = image_->files()[here.parent].id == id;
  return is_parent && visible(here.parent) ? here.parent : kNoFile;
}

Uicc::Expected<FileIndex> Uicc::find_by_path(rsp::BytesView path, const Selection& at,
                                             FileIndex from) const {
  if (path.empty() || path.size() % 2 != 0) return std::unexpected(rsp::card::kWrongLength);
  FileIndex file = from;
  for (std::size_t i = 0; i < path.size(); i += 2) {
    auto id = static_cast<std::uint16_t>(rsp::big_endian(path.subspan(i, 2)));
    // Not specified: 3F00 in front. Terminals in the field send it, and cards take it.
    if (i == 0 && id == kMasterFileId) {
      file = kMasterFile;
    } else if (i == 0 && id == kCurrentApplicationId) {
      file = at.application;
    } else {
      file = image_->child(file, id);
      if (file != kNoFile && image_->files()[file].type == FileType::kAdf) file = kNoFile;
    }
    if (file == kNoFile) return std::unexpected(rsp::card::kFileNotFound);
  }
  return file;
}

Answer Uicc::select(const CommandApdu& command, Selection& at, Transaction& tx) {
  if ((command.p2 & 0x03) != 0 || (command.p2 & kReturnMask) == kReserved)
    return refuse(rsp::card::kIncorrectP1P2);
  Expected<FileIndex> file = std::unexpected(rsp::card::kIncorrectP1P2);
  switch (command.p1) {
    case kFileId:
      // Without an ID it is the MF (ISO 7816-4 11.1.1).
      if (command.data.empty()) {
        file = kMasterFile;
      } else if (command.data.size() != 2) {
        file = std::unexpected(rsp::card::kWrongLength);
      } else {
        file = find_by_id(static_cast<std::uint16_t>(rsp::big_endian(command.data)), at);
      }
      break;
    case kParent:
      if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
      file = image_->files()[at.directory].parent;
      break;
    case kPathFromMf:
      file = find_by_path(command.data, at, kMasterFile);
      break;
    case kPath:
      file = find_by_path(command.data, at, at.directory);
      break;
    default:
      break;
  }
  if (!file) return refuse(file.error());
  if (*file == kNoFile) return refuse(rsp::card::kFileNotFound);
  return select_file(*file, command, at, tx);
}

Answer Uicc::select_file(FileIndex file, const CommandApdu& command, Selection& at,
                         const Transaction& tx) {
  const ImageFile& chosen = image_->files()[file];
  at.choose(is_directory(chosen.type) ? kNoFile : file);
  if (is_directory(chosen.type)) {
    at.directory = file;
    if (chosen.type == FileType::kAdf) at.application = file;
  } else {
    at.directory = chosen.parent;
  }
  Answer answer;
  if (!wants_nothing(command)) answer.data = fcp(file, tx);
  if (life_cycle(file, tx) == kDeactivatedState) answer.sw = kDeactivated;
  return answer;
}

std::vector<FileIndex> Uicc::applications(rsp::BytesView aid) const {
  std::vector<FileIndex> out;
  const auto files = image_->files();
  for (FileIndex i = 0; i < files.size(); ++i) {
    if (files[i].type != FileType::kAdf) continue;
    rsp::BytesView own = image_->aid(i);
    if (own.size() >= aid.size() && rsp::equal(own.first(aid.size()), aid)) {
      out.push_back(i);
    }
  }
  return out;
}

Answer Uicc::status(const CommandApdu& command, Selection& at, Transaction& tx) {
  constexpr std::uint8_t kFcp = 0x00, kDfName = 0x01, kLastIndication = 0x02;
  if (command.p1 > kLastIndication) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  switch (command.p2) {
    case kFcp:
      return {fcp(at.directory, tx)};
    case kDfName: {
      if (at.application == kNoFile) return refuse(rsp::card::kReferencedDataNotFound);
      Writer writer;
      writer.primitive(context(4), image_->aid(at.application));
      return {writer.take()};
    }
    case kNothing:
      return {};
    default:
      return refuse(rsp::card::kIncorrectP1P2);
  }
}

}  // namespace sim
