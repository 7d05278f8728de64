#include "rsp/saip/file_pe.h"

#include <fmt/format.h>

#include <stdexcept>

namespace rsp::saip {

bool FileLayout::knows_template(const asn1::Oid& id) const {
  return std::ranges::find(template_ids, asn1::to_string(id)) != template_ids.end();
}

std::optional<std::size_t> FileLayout::member_index(std::string_view member) const {
  auto found = std::ranges::find(members, member, &FileMember::name);
  if (found == members.end()) return std::nullopt;
  return static_cast<std::size_t>(found - members.begin());
}

const FileLayout* layout_of(asn1::Tag tag) {
  auto found = std::ranges::find(file_layouts(), tag, &FileLayout::tag);
  return found == file_layouts().end() ? nullptr : &*found;
}

const FileLayout* layout_of(std::string_view name) {
  auto found = std::ranges::find(file_layouts(), name, &FileLayout::name);
  return found == file_layouts().end() ? nullptr : &*found;
}

FilePe::FilePe(const FileLayout& kind)
    : layout(&kind),
      template_id(asn1::oid_from_text(kind.template_ids.front()).value()),
      files(kind.members.size()) {}

const File* FilePe::find(std::string_view member) const {
  auto index = layout == nullptr ? std::nullopt : layout->member_index(member);
  return index && files[*index] ? &*files[*index] : nullptr;
}

File& FilePe::file(std::string_view member) {
  auto index = layout == nullptr ? std::nullopt : layout->member_index(member);
  if (!index) throw std::logic_error(fmt::format("no profile element file named {}", member));
  if (!files[*index]) files[*index].emplace();
  return *files[*index];
}

const Fcp* FilePe::directory() const {
  return files.empty() || !files.front() ? nullptr : descriptor_of(*files.front());
}

}  // namespace rsp::saip
