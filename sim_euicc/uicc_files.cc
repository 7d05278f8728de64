// Commands to elementary files (ETSI TS 102 221, 11.1.3 to 11.1.17 and 11.3).
#include <algorithm>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "sim_euicc/uicc.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::card::StatusWord;

constexpr StatusWord kNothingFound{0x6282}, kMoreToCome{0x63F1}, kMoreToFetch{0x62F1},
    kIncompatibleStructure{0x6981}, kNoCurrentFile{0x6986}, kRecordNotFound{0x6A83},
    kNotEnoughSpace{0x6A84}, kWrongOffset{0x6B00}, kCannotIncrease{0x9850};

constexpr std::uint8_t kActivated = 0x05, kDeactivated = 0x04;
constexpr std::uint8_t kUsableWhenDeactivated = 0x40;  // of the special file information

constexpr FileType kTransparentOnly[] = {FileType::kTransparent};
constexpr FileType kRecordFiles[] = {FileType::kLinearFixed, FileType::kCyclic};
constexpr FileType kCyclicOnly[] = {FileType::kCyclic};
constexpr FileType kBerTlvOnly[] = {FileType::kBerTlv};
constexpr FileType kAnyEf[] = {FileType::kTransparent, FileType::kLinearFixed, FileType::kCyclic,
                               FileType::kBerTlv};

/// Where a transparent file is read or written: P1 has an SFI, or the upper part of an offset.
struct BinaryAddress {
  std::uint8_t sfi = 0;
  std::size_t offset = 0;
};
std::expected<BinaryAddress, StatusWord> binary_address(const CommandApdu& command) {
  if ((command.p1 & 0x80) == 0) return BinaryAddress{0, command.p1 * std::size_t{256} + command.p2};
  std::uint8_t sfi = command.p1 & 0x1F;
  if ((command.p1 & 0x60) != 0 || sfi == 0) return std::unexpected(rsp::card::kIncorrectP1P2);
  return BinaryAddress{sfi, command.p2};
}

std::uint8_t record_sfi(const CommandApdu& command) {
  return static_cast<std::uint8_t>(command.p2 >> 3);
}

}  // namespace

// --- What the commands have in common ---

Uicc::Expected<FileIndex> Uicc::target(std::uint8_t sfi, Selection& at,
                                       std::span<const FileType> types) const {
  FileIndex file = at.file;
  if (sfi != 0) {
    // 30 and below name a file in the current directory (8.4.3); 31 is reserved.
    const auto files = image_->files();
    file = kNoFile;
    for (FileIndex i = 0; i < files.size() && file == kNoFile; ++i) {
      if (files[i].parent == at.directory && !is_directory(files[i].type) && files[i].sfi == sfi)
        file = i;
    }
    if (file == kNoFile) return std::unexpected(rsp::card::kFileNotFound);
    if (file != at.file) at.choose(file);
  }
  if (file == kNoFile) return std::unexpected(kNoCurrentFile);
  if (std::ranges::find(types, image_->files()[file].type) == types.end())
    return std::unexpected(kIncompatibleStructure);
  return file;
}

Uicc::Expected<FileIndex> Uicc::permitted(Expected<FileIndex> file, AccessMode mode,
                                          const Transaction& tx) const {
  if (!file) return file;
  if (!allowed(*file, mode, tx)) return std::unexpected(rsp::card::kSecurityNotSatisfied);
  if (!usable(*file, tx)) return std::unexpected(rsp::card::kConditionsNotSatisfied);
  return file;
}

bool Uicc::usable(FileIndex file, const Transaction& tx) const {
  return life_cycle(file, tx) != kDeactivated ||
         (image_->files()[file].special_file_information & kUsableWhenDeactivated) != 0;
}

std::optional<rsp::Bytes> Uicc::access_rule(FileIndex index, const Transaction& tx) const {
  const ImageFile& file = image_->files()[index];
  if (file.arr_record == 0) return std::nullopt;
  // EF.ARR is beside the file, or in a directory above (ETSI TS 102 221 9.2.4).
  FileIndex directory = is_directory(file.type) ? index : file.parent;
  FileIndex arr = kNoFile;
  for (;;) {
    arr = image_->child(directory, file.arr_file);
    if (arr != kNoFile || directory == kMasterFile) break;
    directory = image_->files()[directory].parent;
  }
  if (arr == kNoFile || !has_records(image_->files()[arr].type)) return std::nullopt;
  std::size_t length = image_->files()[arr].record_length;
  rsp::Bytes rule = record(arr, file.arr_record, tx);
  if (length == 0 || rule.size() < length) return std::nullopt;
  return rule;
}

bool Uicc::allowed(FileIndex file, AccessMode mode, const Transaction& tx) const {
  auto rule = access_rule(file, tx);
  if (!rule) return false;
  const ImageFile& chosen = image_->files()[file];
  FileIndex directory = is_directory(chosen.type) ? file : chosen.parent;
  return access_allowed(
      *rule, mode, [&](std::uint8_t reference) { return key_satisfied(reference, directory, tx); });
}

const ProfileData* Uicc::changes(const Transaction& tx) const {
  return running_ ? tx.state().data_of(*running_) : nullptr;
}

const FileData* Uicc::changes_of(FileIndex file, const Transaction& tx) const {
  const ProfileData* data = changes(tx);
  if (data == nullptr || data->files.empty()) return nullptr;
  auto found = data->files.find(image_->path(file));
  return found == data->files.end() ? nullptr : &found->second;
}

std::uint8_t Uicc::life_cycle(FileIndex file, const Transaction& tx) const {
  const FileData* data = changes_of(file, tx);
  return data != nullptr && data->lcsi ? *data->lcsi : image_->files()[file].lcsi;
}

bool Uicc::fits(FileIndex index, const rsp::Bytes& content) const {
  const ImageFile& file = image_->files()[index];
  return file.type == FileType::kBerTlv ? content.size() <= file.size : content.size() == file.size;
}

std::optional<std::string> Uicc::damaged_file(const Transaction& tx) const {
  const ProfileData* data = changes(tx);
  if (data == nullptr || data->files.empty()) return std::nullopt;
  for (FileIndex file = 0; file < image_->files().size(); ++file) {
    const FileData* written = changes_of(file, tx);
    if (written != nullptr && written->content && !fits(file, *written->content))
      return image_->path(file);
  }
  return std::nullopt;
}

rsp::Bytes Uicc::content(FileIndex file, const Transaction& tx) const {
  return content(file, 0, std::numeric_limits<std::size_t>::max(), tx);
}

rsp::Bytes Uicc::content(FileIndex file, std::size_t at, std::size_t count,
                         const Transaction& tx) const {
  file = image_->target_of(file);
  const FileData* data = changes_of(file, tx);
  bool written = data != nullptr && data->content && fits(file, *data->content);
  if (!written) return image_->content(file, at, count);
  rsp::BytesView rest = rsp::BytesView(*data->content).subspan(std::min(at, data->content->size()));
  return rsp::to_bytes(rest.first(std::min(count, rest.size())));
}

rsp::Bytes Uicc::record(FileIndex file, std::size_t number, const Transaction& tx) const {
  std::size_t length = image_->files()[file].record_length;
  return content(file, (number - 1) * length, length, tx);
}

template <class Change>
void Uicc::put_changes(FileIndex file, Change change, Transaction& tx) const {
  const FileData* before = changes_of(file, tx);
  FileData data = before == nullptr ? FileData{} : *before;
  change(data);
  tx.put_file(*running_, image_->path(file), std::move(data));
}

void Uicc::write(FileIndex file, rsp::Bytes content, Transaction& tx) const {
  if (!running_) return;  // the file system without a profile has nothing that may be written
  put_changes(
      image_->target_of(file), [&](FileData& data) { data.content = std::move(content); }, tx);
}

Answer Uicc::write_objects(FileIndex file, rsp::Bytes content, Transaction& tx) const {
  if (!running_) return {};
  file = image_->target_of(file);
  const FileData* written = changes_of(file, tx);
  std::size_t before = written == nullptr ? 0 : written->grown.value_or(0);
  std::size_t installed = image_->content(file).size();
  std::size_t grown = content.size() - std::min(content.size(), installed);
  if (grown > before && tx.state().memory_used() + (grown - before) > memory_)
    return refuse(kNotEnoughSpace);
  put_changes(
      file,
      [&](FileData& data) {
        data.grown.reset();
        if (grown > 0) data.grown = static_cast<std::uint32_t>(grown);
        data.content = std::move(content);
      },
      tx);
  return {};
}

// --- Transparent files ---

Answer Uicc::read_binary(const CommandApdu& command, Selection& at, Transaction& tx) {
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto address = binary_address(command);
  if (!address) return refuse(address.error());
  auto file = permitted(target(address->sfi, at, kTransparentOnly), AccessMode::kRead, tx);
  if (!file) return refuse(file.error());
  std::size_t wanted = command.le.value_or(256);
  rsp::Bytes found = content(*file, address->offset, wanted, tx);
  if (found.empty()) return refuse(kWrongOffset);
  if (found.size() < wanted && wanted != 256) return refuse(rsp::card::exact_length(found.size()));
  return {std::move(found)};
}

Answer Uicc::update_binary(const CommandApdu& command, Selection& at, Transaction& tx) {
  if (command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto address = binary_address(command);
  if (!address) return refuse(address.error());
  auto file = permitted(target(address->sfi, at, kTransparentOnly), AccessMode::kUpdate, tx);
  if (!file) return refuse(file.error());
  rsp::Bytes all = content(*file, tx);
  if (address->offset >= all.size()) return refuse(kWrongOffset);
  if (command.data.size() > all.size() - address->offset) return refuse(rsp::card::kWrongLength);

  std::ranges::copy(command.data, all.begin() + static_cast<std::ptrdiff_t>(address->offset));
  write(*file, std::move(all), tx);
  return {};
}

// --- Records ---

Uicc::Expected<std::uint16_t> Uicc::record_number(const CommandApdu& command, FileIndex index,
                                                  Selection& at) const {
  enum Mode : std::uint8_t { kNext = 2, kPrevious = 3, kAbsolute = 4 };
  const ImageFile& file = image_->files()[index];
  auto count = static_cast<std::uint16_t>(
      file.record_length == 0 ? 0 : std::min<std::uint32_t>(file.size / file.record_length, 255));
  bool cyclic = file.type == FileType::kCyclic;
  std::uint16_t number = 0;
  switch (command.p2 & 0x07) {
    case kNext:
      number = static_cast<std::uint16_t>(at.record + 1);
      if (number > count && cyclic) number = 1;
      break;
    case kPrevious:
      number = static_cast<std::uint16_t>(at.record == 0 ? count : at.record - 1);
      if (number == 0 && cyclic) number = count;
      break;
    case kAbsolute:
      number = command.p1 == 0 ? at.record : command.p1;
      break;
    default:
      return std::unexpected(rsp::card::kIncorrectP1P2);
  }
  bool moves = (command.p2 & 0x07) != kAbsolute;
  if (moves && command.p1 != 0) return std::unexpected(rsp::card::kIncorrectP1P2);
  if (number == 0 || number > count) return std::unexpected(kRecordNotFound);
  if (moves) at.record = number;
  return number;
}

Answer Uicc::read_record(const CommandApdu& command, Selection& at, Transaction& tx) {
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto file = permitted(target(record_sfi(command), at, kRecordFiles), AccessMode::kRead, tx);
  if (!file) return refuse(file.error());
  Selection moved = at;
  auto number = record_number(command, *file, moved);
  if (!number) return refuse(number.error());
  std::size_t length = image_->files()[*file].record_length;
  std::size_t wanted = command.le.value_or(256);
  if (wanted != length && wanted != 256) return refuse(rsp::card::exact_length(length));
  at = moved;
  return {record(*file, *number, tx)};
}

Answer Uicc::update_record(const CommandApdu& command, Selection& at, Transaction& tx) {
  constexpr std::uint8_t kPrevious = 3;
  auto file = permitted(target(record_sfi(command), at, kRecordFiles), AccessMode::kUpdate, tx);
  if (!file) return refuse(file.error());
  std::size_t length = image_->files()[*file].record_length;
  if (command.data.size() != length) return refuse(rsp::card::kWrongLength);
  rsp::Bytes all = content(*file, tx);
  if (image_->files()[*file].type == FileType::kCyclic) {
    // The oldest record is written and becomes number 1 (8.2.2.4).
    if ((command.p2 & 0x07) != kPrevious || command.p1 != 0)
      return refuse(rsp::card::kIncorrectP1P2);
    if (all.size() < length || length == 0) return refuse(kRecordNotFound);
    std::ranges::rotate(all, all.end() - static_cast<std::ptrdiff_t>(length));
    std::ranges::copy(command.data, all.begin());
    at.record = 1;
  } else {
    auto number = record_number(command, *file, at);
    if (!number) return refuse(number.error());
    std::ranges::copy(command.data, all.begin() + static_cast<std::ptrdiff_t>(
                                                      (*number - std::size_t{1}) * length));
  }
  write(*file, std::move(all), tx);
  return {};
}

namespace {

/// A search through records (11.1.7): where it begins, which way it goes, and from which octet of a
/// record on.
struct Search {
  std::size_t first = 1;
  int step = 1;
  std::size_t offset = 0;
  std::optional<std::uint8_t> from_octet;  // the offset counts from its first occurrence
  rsp::Bytes pattern;

  bool matches(rsp::BytesView record) const {
    std::size_t begin = offset;
    if (from_octet) {
      auto found = std::ranges::find(record, *from_octet);
      if (found == record.end()) return false;
      begin += static_cast<std::size_t>(found - record.begin());
    }
    if (begin > record.size()) return false;
    return !std::ranges::search(record.subspan(begin), pattern).empty();
  }
};

/// The way of a search by the lower three bits of P2 or, enhanced, of the search indication.
std::optional<std::pair<bool, bool>> backward_and_relative(std::uint8_t mode) {
  switch (mode) {
    case 4:
      return std::pair(false, false);
    case 5:
      return std::pair(true, false);
    case 6:
      return std::pair(false, true);
    case 7:
      return std::pair(true, true);
    default:
      return std::nullopt;
  }
}

std::expected<Search, StatusWord> parse_search(const CommandApdu& command, std::uint16_t pointer,
                                               std::size_t count) {
  Search search;
  std::uint8_t mode = command.p2 & 0x07;
  rsp::BytesView data = command.data;
  if (mode == 6) {  // enhanced search: two octets in front say how
    if (data.size() < 3) return std::unexpected(rsp::card::kWrongLength);
    mode = data[0] & 0x07;
    if ((data[0] & 0x08) != 0) {
      search.from_octet = data[1];
    } else {
      search.offset = data[1];
    }
    data = data.subspan(2);
  } else if (mode != 4 && mode != 5) {
    return std::unexpected(rsp::card::kIncorrectP1P2);
  }
  auto way = backward_and_relative(mode);
  if (!way) return std::unexpected(rsp::card::kWrongData);
  if (data.empty()) return std::unexpected(rsp::card::kWrongLength);
  search.pattern = rsp::to_bytes(data);
  auto [backward, relative] = *way;
  search.step = backward ? -1 : 1;
  search.first = command.p1 != 0 ? command.p1 : pointer;
  // Without a record pointer it begins at the end that it comes from.
  if (search.first == 0) {
    search.first = backward ? count : 1;
  } else if (relative) {
    search.first += static_cast<std::size_t>(search.step);
  }
  return search;
}

}  // namespace

Answer Uicc::search_record(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto file = permitted(target(record_sfi(command), at, kRecordFiles), AccessMode::kRead, tx);
  if (!file) return refuse(file.error());
  std::size_t length = image_->files()[*file].record_length;
  rsp::Bytes all = content(*file, tx);
  std::size_t count = length == 0 ? 0 : std::min<std::size_t>(all.size() / length, 255);
  auto search = parse_search(command, at.record, count);
  if (!search) return refuse(search.error());
  if (command.p1 > count) return refuse(kRecordNotFound);
  rsp::Bytes found;
  for (std::size_t number = search->first; number >= 1 && number <= count;
       number += static_cast<std::size_t>(search->step)) {
    if (search->matches(rsp::BytesView(all).subspan((number - 1) * length, length)))
      found.push_back(static_cast<std::uint8_t>(number));
  }
  if (found.empty()) return refuse(kNothingFound);
  at.record = found.front();
  return {std::move(found)};
}

Answer Uicc::increase(const CommandApdu& command, Selection& at, Transaction& tx) {
  constexpr std::uint8_t kInstruction = 0x32;
  if (command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  std::uint8_t sfi = 0;
  if ((command.p1 & 0x80) != 0) sfi = command.p1 & 0x1F;
  if ((command.p1 & 0x60) != 0 || ((command.p1 & 0x80) == 0 && command.p1 != 0))
    return refuse(rsp::card::kIncorrectP1P2);
  auto file = target(sfi, at, kCyclicOnly);
  if (!file) return refuse(file.error());
  auto rule = access_rule(*file, tx);
  FileIndex directory = image_->files()[*file].parent;
  bool may = rule && access_allowed_by_instruction(*rule, kInstruction, [&](std::uint8_t key) {
               return key_satisfied(key, directory, tx);
             });
  if (!may) return refuse(rsp::card::kSecurityNotSatisfied);
  if (!usable(*file, tx)) return refuse(rsp::card::kConditionsNotSatisfied);
  std::size_t length = image_->files()[*file].record_length;
  if (command.data.empty() || command.data.size() > 127 || command.data.size() > length)
    return refuse(rsp::card::kWrongLength);
  rsp::Bytes all = content(*file, tx);
  if (all.size() < length) return refuse(kRecordNotFound);

  rsp::Bytes value(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length));
  unsigned carry = 0;
  for (std::size_t i = 0; i < length; ++i) {
    std::size_t place = length - 1 - i;
    unsigned added = i < command.data.size() ? command.data[command.data.size() - 1 - i] : 0;
    unsigned sum = value[place] + added + carry;
    value[place] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  if (carry != 0) return refuse(kCannotIncrease);
  std::ranges::rotate(all, all.end() - static_cast<std::ptrdiff_t>(length));
  std::ranges::copy(value, all.begin());
  write(*file, std::move(all), tx);
  at.record = 1;
  rsp::append(value, command.data);
  return {std::move(value)};
}

// --- BER-TLV files (11.3) ---

namespace {

/// P2 of RETRIEVE DATA and SET DATA: the first block of an object, or the next one; and an SFI.
struct ObjectAddress {
  bool first = false;
  std::uint8_t sfi = 0;
};
std::expected<ObjectAddress, StatusWord> object_address(const CommandApdu& command) {
  if (command.p1 != 0 || (command.p2 & 0x60) != 0)
    return std::unexpected(rsp::card::kIncorrectP1P2);
  return ObjectAddress{(command.p2 & 0x80) != 0, static_cast<std::uint8_t>(command.p2 & 0x1F)};
}

/// The objects of a file but the one with this tag; and that one.
struct Objects {
  rsp::Bytes others;
  std::optional<rsp::Bytes> wanted;
};
Objects split(rsp::BytesView content, rsp::asn1::Tag tag) {
  Objects objects;
  rsp::asn1::Reader reader(content);
  while (auto object = reader.next()) {
    if (object->tag == tag) {
      objects.wanted = rsp::to_bytes(object->whole);
    } else {
      rsp::append(objects.others, object->whole);
    }
  }
  return objects;
}

/// A tag alone, as RETRIEVE DATA names an object and SET DATA deletes one.
std::optional<rsp::asn1::Tag> tag_alone(rsp::BytesView octets) {
  rsp::Bytes with_length = rsp::to_bytes(octets);
  with_length.push_back(0);
  auto element = rsp::asn1::Reader(with_length).peek();
  if (!element || element->whole.size() != with_length.size()) return std::nullopt;
  return element->tag;
}

/// How long an object will be by its tag and length; nothing while those are not complete.
std::optional<std::size_t> announced_size(rsp::BytesView octets) {
  std::size_t at = 1;
  if (!octets.empty() && (octets[0] & 0x1F) == 0x1F) {
    while (at < octets.size() && (octets[at] & 0x80) != 0) ++at;
    ++at;
  }
  if (at >= octets.size()) return std::nullopt;
  std::size_t more = (octets[at] & 0x80) != 0 ? octets[at] & 0x7F : 0;
  if (more == 0) return at + 1 + octets[at];
  if (more > 3 || at + 1 + more > octets.size()) return std::nullopt;
  return at + 1 + more + rsp::big_endian(octets.subspan(at + 1, more));
}

}  // namespace

Answer Uicc::retrieve_data(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto address = object_address(command);
  if (!address) return refuse(address.error());
  auto file = permitted(target(address->sfi, at, kBerTlvOnly), AccessMode::kRead, tx);
  if (!file) return refuse(file.error());
  std::size_t from = 0;
  rsp::Bytes tag = command.data;
  if (address->first) {
    if (tag.empty()) return refuse(rsp::card::kWrongLength);
    // 5C: the list of tags.
    if (tag == rsp::Bytes{0x5C}) {
      rsp::Bytes list;
      rsp::Bytes all = content(*file, tx);
      rsp::asn1::Reader reader(all);
      while (auto object = reader.next()) {
        std::size_t size = 1;
        while (size < object->header_size() && (object->whole[0] & 0x1F) == 0x1F &&
               (size == 1 || (object->whole[size - 1] & 0x80) != 0))
          ++size;
        rsp::append(list, object->whole.first(size));
      }
      at.object = rsp::asn1::tlv(rsp::asn1::application(28), list);
    } else {
      auto name = tag_alone(tag);
      if (!name) return refuse(rsp::card::kWrongData);
      auto objects = split(content(*file, tx), *name);
      if (!objects.wanted) return refuse(rsp::card::kReferencedDataNotFound);
      at.object = *std::move(objects.wanted);
    }
    at.object_sent = 0;
  }
  from = at.object_sent;
  if (from >= at.object.size()) return refuse(rsp::card::kConditionsNotSatisfied);
  std::size_t part = std::min<std::size_t>(command.le.value_or(256), at.object.size() - from);
  auto begin = at.object.begin() + static_cast<std::ptrdiff_t>(from);
  Answer answer{rsp::Bytes(begin, begin + static_cast<std::ptrdiff_t>(part))};
  at.object_sent += part;
  if (at.object_sent < at.object.size()) answer.sw = kMoreToFetch;
  return answer;
}

Answer Uicc::set_data(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto address = object_address(command);
  if (!address) return refuse(address.error());
  auto file = permitted(target(address->sfi, at, kBerTlvOnly), AccessMode::kUpdate, tx);
  if (!file) return refuse(file.error());
  if (command.data.empty()) return refuse(rsp::card::kWrongLength);
  if (address->first) at.object_received.clear();
  if (!address->first && at.object_received.empty())
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (at.object_received.size() + command.data.size() >
      image_->files()[*file].size + std::size_t{16}) {
    at.object_received.clear();
    return refuse(kNotEnoughSpace);
  }
  rsp::append(at.object_received, command.data);
  // The tag alone deletes the object; otherwise all of it must come.
  if (auto gone = tag_alone(at.object_received); address->first && gone) {
    at.object_received.clear();
    auto objects = split(content(*file, tx), *gone);
    if (!objects.wanted) return refuse(rsp::card::kReferencedDataNotFound);
    return write_objects(*file, std::move(objects.others), tx);
  }
  auto size = announced_size(at.object_received);
  if (!size || at.object_received.size() < *size) return refuse(kMoreToCome);
  rsp::Bytes object = std::exchange(at.object_received, {});
  auto element = rsp::asn1::Reader(object).peek();
  if (!element || element->whole.size() != object.size()) return refuse(rsp::card::kWrongData);
  auto objects = split(content(*file, tx), element->tag);
  rsp::append(objects.others, object);
  if (objects.others.size() > image_->files()[*file].size) return refuse(kNotEnoughSpace);
  return write_objects(*file, std::move(objects.others), tx);
}

// --- Life cycle (11.1.14, 11.1.15) ---

Answer Uicc::deactivate_file(const CommandApdu& command, Selection& at, Transaction& tx) {
  return change_life_cycle(command, at, AccessMode::kDeactivate, kDeactivated, tx);
}

Answer Uicc::activate_file(const CommandApdu& command, Selection& at, Transaction& tx) {
  return change_life_cycle(command, at, AccessMode::kActivate, kActivated, tx);
}

Answer Uicc::change_life_cycle(const CommandApdu& command, Selection& at, AccessMode mode,
                               std::uint8_t lcsi, Transaction& tx) {
  enum By : std::uint8_t { kFileId = 0x00, kPathFromMf = 0x08, kPath = 0x09 };
  if (command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  Expected<FileIndex> file = target(0, at, kAnyEf);
  if (!command.data.empty()) {
    if (command.p1 == kPathFromMf) {
      file = find_by_path(command.data, at, kMasterFile);
    } else if (command.p1 == kPath) {
      file = find_by_path(command.data, at, at.directory);
    } else if (command.p1 == kFileId && command.data.size() == 2) {
      file = find_by_id(static_cast<std::uint16_t>(rsp::big_endian(command.data)), at);
    } else {
      return refuse(rsp::card::kIncorrectP1P2);
    }
  } else if (command.p1 != 0) {
    return refuse(rsp::card::kIncorrectP1P2);
  }
  if (!file) return refuse(file.error());
  if (*file == kNoFile || is_directory(image_->files()[*file].type))
    return refuse(rsp::card::kFileNotFound);
  if (!allowed(*file, mode, tx)) return refuse(rsp::card::kSecurityNotSatisfied);
  if (!running_ || life_cycle(*file, tx) == lcsi) return {};

  put_changes(
      *file, [&](FileData& data) { data.lcsi = lcsi; }, tx);
  return {};
}

}  // namespace sim
