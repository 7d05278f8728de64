#include "rsp/saip/file.h"

#include <fmt/format.h>

namespace rsp::saip {
namespace {

/// One record's or the whole file's worth of a pattern (ETSI TS 102 222).
void apply_pattern(std::span<std::uint8_t> unit, BytesView pattern, bool repeat) {
  if (pattern.empty()) return;
  for (std::size_t i = 0; i < unit.size(); ++i) {
    unit[i] = repeat ? pattern[i % pattern.size()] : pattern[std::min(i, pattern.size() - 1)];
  }
}

void apply_patterns(const Fcp* fcp, BytesView otherwise, std::span<std::uint8_t> content) {
  BytesView pattern = otherwise;
  bool repeat = false;
  if (fcp != nullptr && fcp->proprietary_ef_info) {
    const ProprietaryInfo& info = *fcp->proprietary_ef_info;
    repeat = info.repeat_pattern.has_value();
    if (repeat) {
      pattern = *info.repeat_pattern;
    } else if (info.fill_pattern) {
      pattern = *info.fill_pattern;
    }
  }
  std::size_t unit = fcp == nullptr ? 0 : record_length(*fcp).value_or(0);
  if (unit == 0) unit = std::max<std::size_t>(content.size(), 1);
  for (std::size_t at = 0; at < content.size(); at += unit) {
    apply_pattern(content.subspan(at, std::min(unit, content.size() - at)), pattern, repeat);
  }
}

}  // namespace

std::optional<std::size_t> record_length(const Fcp& fcp) {
  if (!fcp.file_descriptor || fcp.file_descriptor->size() < 4) return std::nullopt;
  std::size_t length = big_endian(BytesView(*fcp.file_descriptor).subspan(2, 2));
  if (length == 0) return std::nullopt;
  return length;
}

const Fcp* descriptor_of(const File& file) {
  for (const FileItem& item : file) {
    if (const auto* fcp = std::get_if<asn1::Boxed<Fcp>>(&item)) return &**fcp;
  }
  return nullptr;
}

bool has_do_not_create(const File& file) {
  return std::ranges::any_of(
      file, [](const FileItem& item) { return std::holds_alternative<asn1::Null>(item); });
}

Result<Bytes> initial_content(const File& file, std::size_t size, BytesView otherwise) {
  Bytes content(size, 0xFF);
  apply_patterns(descriptor_of(file), otherwise, content);
  std::size_t position = 0;
  for (const FileItem& item : file) {
    if (const auto* offset = std::get_if<std::uint16_t>(&item)) position += *offset;
    const auto* fill = std::get_if<Bytes>(&item);
    if (fill == nullptr) continue;
    if (position > size || fill->size() > size - position) {
      return failure({.layer = Layer::kDecode,
                      .path = "fillFileContent",
                      .text = fmt::format("{} octets at {} do not fit into a file of {}",
                                          fill->size(), position, size)});
    }
    std::ranges::copy(*fill, content.begin() + static_cast<std::ptrdiff_t>(position));
    position += fill->size();
  }
  return content;
}

}  // namespace rsp::saip
