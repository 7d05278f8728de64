// The eighteen profile elements that create files by a template: one type, and a table of their
// layouts.
#pragma once

#include "rsp/saip/file.h"

namespace rsp::saip {

enum class Presence : std::uint8_t { kOptional, kMandatory };
/// One file of a template, as the ASN.1 names it.
struct FileMember {
  constexpr FileMember(const char* member_name, Presence member_presence = Presence::kOptional)
      : name(member_name), presence(member_presence) {}
  std::string_view name;
  Presence presence;
};

/// Whether the files of a template exist without being mentioned (E.3).
enum class Creation : std::uint8_t { kWhenPresent, kByDefault };

/// How one kind of file-system element looks on the wire, and which templates it may name.
struct FileLayout {
  std::string_view name;         // "opt-usim"
  asn1::Tag tag;                 // B4
  std::string_view header_name;  // "optusim-header"
  Creation creation = Creation::kWhenPresent;
  std::string_view base;  // the element that must have come before; empty: none
  std::span<const std::string_view> template_ids;  // oldest version first
  std::span<const FileMember> members;             // context tags 2, 3, ... in this order

  bool knows_template(const asn1::Oid& id) const;
  std::optional<std::size_t> member_index(std::string_view member) const;
};

/// All eighteen, in the order of their tags.
std::span<const FileLayout> file_layouts();
/// Null where no file-system element has this tag or name.
const FileLayout* layout_of(asn1::Tag tag);
const FileLayout* layout_of(std::string_view name);

/// PE-MF, PE-USIM and so on: a header, a template, and what the files of the template shall be.
struct FilePe {
  FilePe() = default;
  /// Without files, and with the oldest version of the template.
  explicit FilePe(const FileLayout& kind);

  /// Null where the element does not mention the file, or its layout has none of this name.
  const File* find(std::string_view member) const;
  /// The file, added where it is missing. A name that the layout does not have is a bug:
  /// std::logic_error.
  File& file(std::string_view member);
  /// Its first file's descriptor: of the MF, DF or ADF itself, in elements that are not "opt-".
  const Fcp* directory() const;

  const FileLayout* layout = nullptr;
  PeHeader header;
  asn1::Oid template_id;
  std::vector<std::optional<File>> files;  // as many as the layout has members
  asn1::Unknown unknown;

  static void fields(auto&& f, auto& m) {
    if (m.layout == nullptr) return;
    f(asn1::context(0), m.layout->header_name, m.header);
    f(asn1::context(1), "templateID", m.template_id);
    for (std::size_t i = 0; i < m.files.size(); ++i) {
      member(f, asn1::context(static_cast<std::uint32_t>(i) + 2), m.layout->members[i], m.files[i]);
    }
  }

 private:
  // Reading demands what is mandatory. Writing leaves out what is not there, so that a test can
  // leave out anything.
  static void member(auto& f, asn1::Tag tag, const FileMember& kind, std::optional<File>& file) {
    if (kind.presence == Presence::kOptional) return f(tag, kind.name, file, kFileItem);
    f(tag, kind.name, file ? *file : file.emplace(), kFileItem);
  }
  static void member(auto& f, asn1::Tag tag, const FileMember& kind,
                     const std::optional<File>& file) {
    f(tag, kind.name, file, kFileItem);
  }
};

}  // namespace rsp::saip
