// The files that the templates of TCA IP describe (Annex A): what holds for a file as long as its
// descriptor in the package says nothing else. A template has a row for each member of its layout,
// in the same order.
#pragma once

#include "rsp/saip/file_pe.h"

namespace rsp::saip {

enum class TemplateFileType : std::uint8_t {
  kMf,
  kDf,
  kAdf,
  kTransparent,
  kLinearFixed,
  kCyclic,
  kBerTlv
};

/// One file of a template. Zero stands for what the package has to say itself.
struct TemplateFile {
  std::string_view member;
  TemplateFileType type = TemplateFileType::kTransparent;
  std::uint16_t id = 0;
  std::uint16_t last_id = 0;  // larger than id: one member stands for files with any of these IDs
  std::uint16_t size = 0;     // octets; with records of one record
  std::uint16_t records = 0;
  std::uint8_t rule = 0;  // record of the EF.ARR in charge; access_rules() has what is in it
  std::uint8_t sfi = 0;   // 0: none
  /// Hexadecimal. "07FF.." goes on with its last octet; "FF..07" has its first one repeated until
  /// 07 is at the end of the record or file; with `repeated` the whole is. Empty: FF.
  std::string_view content;
  bool repeated = false;
  bool often_updated = false;     // "high update activity"
  bool content_required = false;  // the package should fill it

  constexpr bool numbered() const { return last_id > id; }

  // What rows of the table add to one another.
  constexpr TemplateFile with_sfi(std::uint8_t value) const {
    TemplateFile file = *this;
    file.sfi = value;
    return file;
  }
  constexpr TemplateFile holding(std::string_view hex) const {
    TemplateFile file = *this;
    file.content = hex;
    return file;
  }
  constexpr TemplateFile repeating(std::string_view hex) const {
    TemplateFile file = holding(hex);
    file.repeated = true;
    return file;
  }
  constexpr TemplateFile often() const {
    TemplateFile file = *this;
    file.often_updated = true;
    return file;
  }
  constexpr TemplateFile to_be_filled() const {
    TemplateFile file = *this;
    file.content_required = true;
    return file;
  }
  constexpr TemplateFile up_to(std::uint16_t last) const {
    TemplateFile file = *this;
    file.last_id = last;
    return file;
  }
};

/// As many rows as the layout has members, as its oldest template has them. A member that only a
/// later template has is here as well.
std::span<const TemplateFile> template_files(const FileLayout& layout);
/// Which of the layout's template_ids this is: 0 for the oldest.
std::optional<std::size_t> template_version(const FileLayout& layout, const asn1::Oid& id);
/// The row that this version of the template has for a member.
const TemplateFile& template_file(const FileLayout& layout, std::size_t member,
                                  std::size_t version);
/// The member that is the directory of this one. Nothing: the directory that the whole element
/// belongs into, which is where its first directory goes and every file of an "opt-" element.
std::optional<std::size_t> template_directory(const FileLayout& layout, std::size_t member);

/// The default content of a record or file of `size` octets, without the octets at its end that
/// only repeat the last one; for a repeated one, what is repeated.
Bytes default_content(const TemplateFile& file, std::size_t size);

/// What record n of an EF.ARR shall hold so that a template's rule n is what it is meant to be
/// (TCA IP 9.9); the first one has number 1.
std::span<const std::string_view> access_rules();

}  // namespace rsp::saip
