#include "rsp/saip/package_files.h"

#include <fmt/format.h>

#include <utility>

namespace rsp::saip {
namespace {

/// More than any card has; the octets of a package may claim much more.
constexpr std::size_t kMostContent = std::size_t{16} << 20;

using Path = std::vector<std::uint16_t>;

Path below(Path directory, std::uint16_t id) {
  directory.push_back(id);
  return directory;
}

std::string_view application_kind(std::string_view layout) {
  if (layout == "iot") return "usim";
  for (std::string_view kind : {"usim", "isim", "csim"}) {
    if (layout == kind) return kind;
  }
  return {};
}

/// ETSI TS 102 221, table 11.5. Nothing for what is no file.
std::optional<TemplateFileType> type_in(const Fcp& fcp) {
  using enum TemplateFileType;
  if (!fcp.file_descriptor) return std::nullopt;
  constexpr std::uint8_t kShareable = 0x40, kInternal = 0x08;
  auto descriptor = static_cast<std::uint8_t>((*fcp.file_descriptor)[0] & ~kShareable);
  if (descriptor == 0x38) return fcp.df_name ? kAdf : kDf;
  if (descriptor == 0x39) return kBerTlv;
  switch (descriptor & ~kInternal) {
    case 0x01:
      return kTransparent;
    case 0x02:
      return kLinearFixed;
    case 0x06:
      return kCyclic;
    default:
      return std::nullopt;
  }
}

/// The template's content over a whole file: its pattern in each record.
Bytes default_octets(const TemplateFile& row, std::size_t size, std::size_t record_length) {
  Bytes content(size, 0xFF);
  std::size_t unit = record_length == 0 ? std::max<std::size_t>(size, 1) : record_length;
  Bytes pattern = default_content(row, unit);
  if (pattern.empty()) return content;
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t at = i % unit;
    content[i] =
        row.repeated ? pattern[at % pattern.size()] : pattern[std::min(at, pattern.size() - 1)];
  }
  return content;
}

const File kAsInTemplate;

class Walk {
 public:
  explicit Walk(const ProfilePackage& package) : package_(package) {}

  PackageContents run() {
    for (element_ = 0; element_ < package_.elements.size(); ++element_) {
      const ProfileElement& element = package_.elements[element_];
      if (const auto* pe = element.as<FilePe>(); pe != nullptr && pe->layout != nullptr) add(*pe);
      if (const auto* pe = element.as<GenericFileManagement>()) {
        for (const FileManagement& commands : pe->file_management_cmd) add(commands);
      }
    }
    for (std::size_t i = 0; i < out_.files.size(); ++i) out_.by_path.emplace(out_.files[i].path, i);
    return std::move(out_);
  }

 private:
  // --- Files of templates ---
  void add(const FilePe& pe) {
    const FileLayout& layout = *pe.layout;
    auto version = template_version(layout, pe.template_id).value_or(0);
    Path context = context_of(layout);
    std::vector<std::optional<Path>> directories(layout.members.size());
    for (std::size_t member = 0; member < layout.members.size(); ++member) {
      const std::optional<File>& file = pe.files[member];
      const TemplateFile& row = template_file(layout, member, version);
      bool in_mf = layout.name == "mf";
      if (!file && (layout.creation != Creation::kByDefault || row.numbered())) continue;
      if (file && has_do_not_create(*file) && !in_mf) continue;
      auto directory = template_directory(layout, member);
      if (directory && !directories[*directory]) continue;
      const Path& parent = directory ? *directories[*directory] : context;
      // By reference: a PackageFile refers to the descriptor in the package itself.
      directories[member] = add(row, file ? *file : kAsInTemplate, parent, file.has_value());
      out_.files.back().mandatory = layout.members[member].presence == Presence::kMandatory;
      if (row.type == TemplateFileType::kAdf && directories[member])
        enter(layout, *directories[member]);
    }
  }
  Path context_of(const FileLayout& layout) const {
    std::string_view kind = application_kind(layout.base);
    bool in_any = layout.name == "eap";
    if (layout.base.empty() && !in_any) return {};
    for (std::size_t i = out_.applications.size(); i-- > 0;) {
      if (in_any || out_.applications[i].kind == kind) return out_.applications[i].path;
    }
    return {};
  }
  void enter(const FileLayout& layout, const Path& path) {
    const PackageFile& adf = out_.files.back();
    Bytes aid = adf.fcp != nullptr && adf.fcp->df_name ? Bytes(*adf.fcp->df_name) : Bytes{};
    out_.applications.push_back({.kind = application_kind(layout.name),
                                 .element = element_,
                                 .path = path,
                                 .aid = std::move(aid)});
  }

  /// A template's file, or as many as there are descriptors of a numbered one. The path of the
  /// last.
  Path add(const TemplateFile& row, const File& file, const Path& parent, bool mentioned) {
    std::vector<File> parts(1);
    for (const FileItem& item : file) {
      bool next = std::holds_alternative<asn1::Boxed<Fcp>>(item) && !parts.back().empty();
      if (next && row.numbered()) parts.emplace_back();
      parts.back().push_back(item);
    }
    Path path;
    // The descriptor in the package itself is what a PackageFile refers to, not the copy.
    std::vector<const Fcp*> descriptors;
    for (const FileItem& item : file) {
      if (const auto* fcp = std::get_if<asn1::Boxed<Fcp>>(&item)) descriptors.push_back(&**fcp);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Fcp* fcp = i < descriptors.size() ? descriptors[i] : nullptr;
      path = add_one(&row, fcp, parts[i], parent, mentioned);
    }
    return path;
  }

  Path add_one(const TemplateFile* row, const Fcp* fcp, const File& said, const Path& parent,
               bool mentioned) {
    PackageFile file{.element = element_, .mentioned = mentioned, .fcp = fcp};
    if (row != nullptr) {
      file.member = row->member;
      file.type = row->type;
      file.arr_record = row->rule;
      file.content_required = row->content_required;
    }
    bool mf = file.type == TemplateFileType::kMf;
    std::uint16_t id = row == nullptr ? std::uint16_t{0} : row->id;
    if (fcp != nullptr) {
      if (fcp->file_id) id = static_cast<std::uint16_t>(big_endian(*fcp->file_id));
      auto type = type_in(*fcp);
      bool directory = file.is_directory() && row != nullptr;
      if (type && !directory) file.type = *type;
    }
    file.path = mf ? Path{} : below(parent, id);
    set_access(file, fcp, parent.empty());
    if (!file.is_directory()) set_content(file, row, fcp, said);
    out_.files.push_back(std::move(file));
    return out_.files.back().path;
  }

  /// E.6: a record number alone is one of 2F06 for the MF, what is directly in it and ADFs, and of
  /// 6F06 for everything else.
  static void set_access(PackageFile& file, const Fcp* fcp, bool in_mf) {
    bool global = in_mf || file.type == TemplateFileType::kAdf;
    file.arr_file = global ? 0x2F06 : 0x6F06;
    if (fcp == nullptr || !fcp->security_attributes_referenced) return;
    BytesView octets = *fcp->security_attributes_referenced;
    if (octets.size() == 3) file.arr_file = static_cast<std::uint16_t>(big_endian(octets.first(2)));
    file.arr_record = octets.back();
  }

  void set_content(PackageFile& file, const TemplateFile* row, const Fcp* fcp, const File& said) {
    if (row != nullptr && row->records + row->size > 0) {
      bool with_records =
          row->type == TemplateFileType::kLinearFixed || row->type == TemplateFileType::kCyclic;
      file.record_length = with_records ? row->size : 0;
      file.size = with_records ? std::size_t{row->size} * row->records : row->size;
    }
    if (fcp != nullptr) {
      file.record_length = record_length(*fcp).value_or(file.record_length);
      if (fcp->ef_file_size && fcp->ef_file_size->size() <= 4)
        file.size = static_cast<std::size_t>(big_endian(*fcp->ef_file_size));
      // The content of a link is elsewhere.
      if (fcp->link_path && !fcp->link_path->empty()) return;
    }
    file.filled = std::ranges::any_of(
        said, [](const FileItem& item) { return std::holds_alternative<Bytes>(item); });
    if (file.type == TemplateFileType::kBerTlv) return set_objects(file, said);
    if (file.size > kMostContent - content_) return;
    content_ += file.size;
    bool own_pattern =
        fcp != nullptr && fcp->proprietary_ef_info &&
        (fcp->proprietary_ef_info->fill_pattern || fcp->proprietary_ef_info->repeat_pattern);
    if (own_pattern || row == nullptr) {
      auto content = initial_content(said, file.size);
      if (content) file.content = *std::move(content);
      if (!content) file.fill_error = std::move(content).error();
      return;
    }
    file.content = default_octets(*row, file.size, file.record_length);
    fill(file, said);
  }
  static void fill(PackageFile& file, const File& said) {
    std::size_t position = 0;
    for (const FileItem& item : said) {
      if (const auto* offset = std::get_if<std::uint16_t>(&item)) position += *offset;
      const auto* octets = std::get_if<Bytes>(&item);
      if (octets == nullptr) continue;
      if (position > file.size || octets->size() > file.size - position) {
        file.fill_error = Error{.layer = Layer::kDecode,
                                .path = "fillFileContent",
                                .text = fmt::format("{} octets at {} do not fit into a file of {}",
                                                    octets->size(), position, file.size)};
        return;
      }
      std::ranges::copy(*octets, file.content.begin() + static_cast<std::ptrdiff_t>(position));
      position += octets->size();
    }
  }
  /// The objects of a BER-TLV file one after the other.
  static void set_objects(PackageFile& file, const File& said) {
    for (const FileItem& item : said) {
      if (const auto* octets = std::get_if<Bytes>(&item)) append(file.content, *octets);
    }
  }

  // --- Files without a template ---
  void add(const FileManagement& commands) {
    Path directory;
    const Fcp* fcp = nullptr;
    File said;
    auto finish = [&] {
      if (fcp == nullptr) return;
      Path path = add_one(nullptr, fcp, said, directory, true);
      if (out_.files.back().is_directory()) directory = path;
      fcp = nullptr;
      said.clear();
    };
    for (const FileCommand& command : commands) {
      if (const auto* path = std::get_if<FilePath>(&command)) {
        finish();
        directory.clear();
        for (std::size_t i = 0; i + 1 < path->size(); i += 2)
          directory.push_back(
              static_cast<std::uint16_t>(big_endian(BytesView(*path).subspan(i, 2))));
      } else if (const auto* created = std::get_if<asn1::Boxed<Fcp>>(&command)) {
        finish();
        fcp = &**created;
        said.emplace_back(*created);
      } else if (const auto* offset = std::get_if<std::uint16_t>(&command)) {
        said.emplace_back(*offset);
      } else {
        said.emplace_back(std::get<Bytes>(command));
      }
    }
    finish();
  }

  const ProfilePackage& package_;
  PackageContents out_;
  std::size_t element_ = 0;
  std::size_t content_ = 0;  // octets of all files so far
};

}  // namespace

BytesView PackageFile::record(std::size_t n) const {
  if (record_length == 0 || n >= content.size() / record_length) return {};
  return BytesView(content).subspan(n * record_length, record_length);
}

std::string PackageFile::path_text() const {
  std::string text = "3F00";
  for (std::uint16_t id : path) text += fmt::format("/{:04X}", id);
  return text;
}

const PackageFile* PackageContents::at(const std::vector<std::uint16_t>& path) const {
  auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : &files[found->second];
}

const PackageFile* PackageContents::in(const PackageApplication& application,
                                       std::initializer_list<std::uint16_t> below_it) const {
  Path path = application.path;
  path.insert(path.end(), below_it.begin(), below_it.end());
  return at(path);
}

PackageContents contents_of(const ProfilePackage& package) { return Walk(package).run(); }

}  // namespace rsp::saip
