#include "sim_euicc/image_builder.h"

#include <fmt/format.h>

#include "rsp/asn1/reader.h"
#include "sim_euicc/aka.h"
#include "sim_euicc/minimal_profile.h"

namespace sim {
namespace {

using namespace rsp::saip;
using rsp::asn1::Boxed;
using Done = OrRefusal<void>;

/// Where a component with this tag is in an element, counted from the element's first octet.
std::optional<std::uint32_t> offset_of(rsp::BytesView element, rsp::asn1::Tag tag) {
  auto whole = rsp::asn1::Reader(element).next();
  if (!whole) return std::nullopt;
  rsp::asn1::Reader reader(whole->content);
  while (auto component = reader.next()) {
    if (component->tag == tag) {
      return static_cast<std::uint32_t>(component->whole.data() - element.data());
    }
  }
  return std::nullopt;
}
/// Where the component with this number is.
std::optional<std::uint32_t> offset_of(rsp::BytesView element, std::size_t number) {
  auto whole = rsp::asn1::Reader(element).next();
  if (!whole) return std::nullopt;
  rsp::asn1::Reader reader(whole->content);
  while (auto component = reader.next()) {
    if (number-- == 0) return static_cast<std::uint32_t>(component->whole.data() - element.data());
  }
  return std::nullopt;
}

/// What belongs to a profile element that was skipped is skipped with it.
std::unexpected<Refusal> belongs_to_skipped() {
  return std::unexpected(Refusal{.status = PeStatusCode::kPeNotSupported,
                                 .text = "what this profile element belongs to has been skipped",
                                 .unless_mandated = Consequence::kWarns});
}

bool contains(const auto& range, const auto& value, auto projection) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

bool is_application(std::string_view layout) {
  return layout == "usim" || layout == "isim" || layout == "csim" || layout == "iot";
}
/// An IoT Minimal Profile has its USIM inside `iot`.
std::string_view kind_of(std::string_view layout) { return layout == "iot" ? "usim" : layout; }

std::optional<Service> several(std::string_view kind) {
  if (kind == "usim") return Service::kMultipleUsim;
  if (kind == "isim") return Service::kMultipleIsim;
  return Service::kMultipleCsim;
}

// Both nibbles of maxNumOfAttemps-retryNumLeft.
std::uint8_t most_of(std::uint8_t attempts) { return attempts >> 4; }
std::uint8_t left_of(std::uint8_t attempts) { return attempts & 0x0F; }
Done check_attempts(std::uint8_t attempts) {
  if (most_of(attempts) > 0 && left_of(attempts) <= most_of(attempts)) return {};
  return bad_value(fmt::format("{} of {} attempts are left", left_of(attempts), most_of(attempts)));
}

/// Octets of EF.UST that any service of a known number is in.
constexpr std::size_t kMaxServiceTable = 32;

/// Keys that AUTHENTICATE could not use are refused here, by the rules of those who use them.
Done check_aka(const AkaParameter& aka) {
  if (std::holds_alternative<MappingParameter>(aka.algo_configuration)) return {};
  auto usable = Aka::create(aka);
  if (!usable) return bad_value(fmt::format("{} {}", usable.error().path, usable.error().text));
  return {};
}

}  // namespace

ImageBuilder::ImageBuilder(std::shared_ptr<const rsp::Bytes> package,
                           const rsp::saip::CardFeatures& features)
    : features_(features), tree_(*package, features) {
  image_.package_ = std::move(package);
}

// --- Elements ---

std::expected<ProfileImage, std::vector<PeStatus>> ImageBuilder::build(
    const ProfilePackage& profile, std::vector<PeStatus> findings) {
  findings_ = std::move(findings);
  carry_out(profile);
  std::ranges::stable_sort(findings_, {}, &PeStatus::element);
  auto fatal = std::ranges::find(findings_, Consequence::kAborts, &PeStatus::consequence);
  if (fatal != findings_.end()) {
    findings_.erase(fatal + 1, findings_.end());
    return std::unexpected(std::move(findings_));
  }
  finish();
  return std::move(image_);
}

void ImageBuilder::carry_out(const ProfilePackage& profile) {
  // findings_ grows by what is found here; what was known is in the order of the elements.
  const std::size_t known = findings_.size();
  std::size_t next = 0;
  for (index_ = 0; index_ < profile.elements.size(); ++index_) {
    const ProfileElement& element = profile.elements[index_];
    bool faulty = false;
    for (; next < known && findings_[next].element == index_; ++next) {
      if (findings_[next].consequence == Consequence::kAborts) return;
      faulty = true;
    }
    if (faulty) {
      skip(element);
    } else if (!try_element(element)) {
      return;
    }
  }
  if (profile.elements.empty() || !tree_.empty()) return;
  --index_;
  report(bad_structure("there is no MF").error(), profile.elements.back());
}

/// Whether the installation goes on.
bool ImageBuilder::try_element(const ProfileElement& element) {
  element_ = &element;
  tree_.enter(element.offset);
  FileTree::Mark mark = tree_.mark();
  auto done = carry_out(element);
  if (done) return true;
  if (report(std::move(done).error(), element)) return false;
  tree_.return_to(mark);
  skip(element);
  return true;
}

OrRefusal<void> ImageBuilder::carry_out(const ProfileElement& element) {
  return std::visit([&](const auto& body) { return create(body); }, element.body);
}

/// What comes later may belong to an element that is not there.
void ImageBuilder::skip(const ProfileElement& element) {
  const auto* pe = element.as<FilePe>();
  if (pe == nullptr) return;
  std::string_view name = pe->layout->name;
  if (is_application(name)) naas_.push_back({kind_of(name), kNoFile});
  if (!name.starts_with("opt-")) directory_ = kNoFile;
}

/// Whether that was the end of the installation.
bool ImageBuilder::report(Refusal refusal, const ProfileElement& element) {
  PeStatus finding{.status = refusal.status, .offset = refusal.offset};
  const PeHeader* header = element.header();
  if (header != nullptr) finding.identification = header->identification;
  finding.text = fmt::format("{}: {}", element.name(), refusal.text);
  finding.element = index_;
  bool mandated = header == nullptr || header->mandated.has_value();
  finding.consequence = mandated ? Consequence::kAborts : refusal.unless_mandated;
  findings_.push_back(finding);
  return finding.consequence == Consequence::kAborts;
}

Done ImageBuilder::create(const ProfileHeader& header) {
  header_ = &header;
  image_.header_iccid_ = header.iccid;
  return {};
}

// --- Files of a template ---

Done ImageBuilder::create(const FilePe& pe) {
  const FileLayout& layout = *pe.layout;
  auto version = template_version(layout, pe.template_id);
  if (!version) return bad_structure("the template is not one of this profile element");
  version_ = *version;
  RSP_CHECK(check_application(layout));
  RSP_TRY(context_, context(layout));
  members_.assign(layout.members.size(), kNoFile);
  for (std::size_t member = 0; member < layout.members.size(); ++member) {
    auto done = create_member(pe, member);
    if (done) continue;
    Refusal refusal = std::move(done).error();
    refusal.text = fmt::format("{}: {}", layout.members[member].name, refusal.text);
    auto whole = rsp::BytesView(*image_.package_).subspan(element_->offset);
    refusal.offset = offset_of(whole, rsp::asn1::context(static_cast<std::uint32_t>(member) + 2));
    return std::unexpected(std::move(refusal));
  }
  enter(layout);
  return {};
}

OrRefusal<FileIndex> ImageBuilder::context(const FileLayout& layout) const {
  // DF.EAP is in the application that uses it (ETSI TS 102 310). Not specified: without one it is
  // in the MF.
  bool in_any = layout.name == "eap" && !naas_.empty();
  if (layout.base.empty() && !in_any) return kMasterFile;
  for (auto naa = naas_.rbegin(); naa != naas_.rend(); ++naa) {
    if (!in_any && naa->kind != kind_of(layout.base)) continue;
    if (naa->adf == kNoFile) return belongs_to_skipped();
    return naa->adf;
  }
  return bad_structure(fmt::format("there is no {} so far", layout.base));
}

Done ImageBuilder::check_application(const FileLayout& layout) const {
  if (!is_application(layout.name)) return {};
  std::string_view kind = kind_of(layout.name);
  bool another = std::ranges::any_of(
      naas_, [&](const Naa& naa) { return naa.kind == kind && naa.adf != kNoFile; });
  auto service = several(kind);
  if (another && !features_.services.has(*service)) return not_offered(*service);
  return {};
}

Done ImageBuilder::create_member(const FilePe& pe, std::size_t member) {
  const FileLayout& layout = *pe.layout;
  const std::optional<File>& file = pe.files[member];
  bool by_default = layout.creation == Creation::kByDefault;
  if (!file && !by_default) return {};
  const TemplateFile& row = template_file(layout, member, version_);
  RSP_TRY(FileIndex parent, parent_of(layout, member));
  if (file && has_do_not_create(*file)) {
    // "Shall not be used" in a template whose files only exist when they are present.
    if (!by_default) return bad_parameter("doNotCreate is for templates created by default");
    bool application = row.type == TemplateFileType::kAdf;
    if (application) return bad_structure("the application cannot be left out");
    bool in_mf = row.type == TemplateFileType::kMf || parent == kMasterFile;
    if (!in_mf) return {};
  }
  std::optional<File> implied;
  if (layout.name == "iot" && !file) implied = implied_file(row.member, *header_);
  static const File kAsInTemplate;
  const File& said = file ? *file : implied ? *implied : kAsInTemplate;
  std::size_t first = tree_.size();
  RSP_CHECK(create_files(row, said, parent));
  members_[member] = static_cast<FileIndex>(first);
  return {};
}

OrRefusal<FileIndex> ImageBuilder::parent_of(const FileLayout& layout, std::size_t member) const {
  auto directory = template_directory(layout, member);
  if (!directory) return context_;
  if (members_[*directory] == kNoFile) {
    return bad_structure(
        fmt::format("{} is not created, in which it is", layout.members[*directory].name));
  }
  return members_[*directory];
}

/// One file, or as many as there are descriptors of a numbered one.
Done ImageBuilder::create_files(const TemplateFile& row, const File& file, FileIndex parent) {
  FillPosition position;
  auto create = [&](const Fcp* fcp) -> Done {
    RSP_TRY(FileDescription description,
            describe(row, fcp, parent == kMasterFile ? FileLevel::kInMf : FileLevel::kBelow));
    RSP_TRY(FileIndex added, tree_.add(description, parent));
    position = {.file = added};
    return {};
  };
  for (const FileItem& item : file) {
    if (const auto* fcp = std::get_if<Boxed<Fcp>>(&item)) {
      if (position.file != kNoFile && !row.numbered()) {
        return bad_structure("a fileDescriptor is not the first thing about a file");
      }
      RSP_CHECK(create(&**fcp));
      continue;
    }
    if (std::holds_alternative<rsp::asn1::Null>(item)) continue;
    if (position.file == kNoFile) RSP_CHECK(create(nullptr));
    if (const auto* offset = std::get_if<std::uint16_t>(&item)) position.at += *offset;
    if (const auto* content = std::get_if<rsp::Bytes>(&item)) {
      RSP_CHECK(tree_.fill(position, *content));
    }
  }
  if (position.file == kNoFile) return create(nullptr);
  return {};
}

/// Which directory the PINs and which application the keys after this element belong to.
void ImageBuilder::enter(const FileLayout& layout) {
  if (layout.name.starts_with("opt-")) return;
  directory_ = members_.front();
  if (!is_application(layout.name)) return;
  FileIndex adf = members_.front();
  if (layout.name == "iot") adf = members_[*layout.member_index("adf-usim")];
  naas_.push_back({kind_of(layout.name), adf});
}

// --- Files without a template ---

Done ImageBuilder::create(const GenericFileManagement& pe) {
  auto whole = rsp::BytesView(*image_.package_).subspan(element_->offset);
  for (std::size_t i = 0; i < pe.file_management_cmd.size(); ++i) {
    // Not specified: where nothing has been selected, files go into the MF.
    Selection selection;
    const FileManagement& commands = pe.file_management_cmd[i];
    for (std::size_t j = 0; j < commands.size(); ++j) {
      auto done = run(commands[j], selection);
      if (done) continue;
      Refusal refusal = std::move(done).error();
      // The commands are in the i-th SEQUENCE of the second component.
      std::size_t at = 0;
      for (std::size_t number : {std::size_t{1}, i, j}) {
        at += offset_of(whole.subspan(at), number).value_or(0);
      }
      refusal.offset = static_cast<std::uint32_t>(at);
      return std::unexpected(std::move(refusal));
    }
  }
  return {};
}

Done ImageBuilder::run(const FileCommand& command, Selection& selection) {
  if (tree_.empty()) return bad_structure("there is no MF so far");
  if (const auto* path = std::get_if<FilePath>(&command)) return select(*path, selection);
  if (const auto* fcp = std::get_if<Boxed<Fcp>>(&command)) return create(**fcp, selection);
  if (const auto* offset = std::get_if<std::uint16_t>(&command)) {
    if (selection.ef.file == kNoFile) return bad_structure("fillFileOffset comes without an EF");
    selection.ef.at += *offset;
    return {};
  }
  return tree_.fill(selection.ef, std::get<rsp::Bytes>(command));
}

Done ImageBuilder::select(rsp::BytesView path, Selection& selection) const {
  RSP_TRY(FileIndex file, tree_.resolve(path));
  bool directory = is_directory(tree_[file].type);
  selection.directory = directory ? file : tree_[file].parent;
  selection.ef = {.file = directory ? kNoFile : file};
  return {};
}

Done ImageBuilder::create(const Fcp& fcp, Selection& selection) {
  FileIndex parent = selection.directory;
  RSP_TRY(FileDescription description,
          describe(fcp, parent == kMasterFile ? FileLevel::kInMf : FileLevel::kBelow));
  RSP_TRY(FileIndex file, tree_.add(description, parent));
  // ETSI TS 102 222, 6.3: a file that has been created is selected.
  bool directory = is_directory(tree_[file].type);
  if (directory) selection.directory = file;
  selection.ef = {.file = directory ? kNoFile : file};
  return {};
}

// --- Codes and keys ---

Done ImageBuilder::create(const PinCodes& pe) {
  if (directory_ == kNoFile) return belongs_to_skipped();
  if (const auto* path = std::get_if<FilePath>(&pe.pin_codes)) return share_pins(directory_, *path);
  PinSet own, of_application;
  for (const PinConfiguration& pin : std::get<PinConfigurations>(pe.pin_codes)) {
    RSP_CHECK(check_attempts(pin.attempts));
    // `iot` makes the MF and the USIM at once, so that the PINs of both follow it.
    bool below = directory_ == kMasterFile && is_local_pin(pin.key_reference);
    (below ? of_application : own)
        .push_back({.reference = pin.key_reference,
                    .value = pin.pin_value,
                    .puk = pin.unblocking_pin_reference,
                    .attributes = pin.pin_attributes,
                    .max_attempts = most_of(pin.attempts),
                    .attempts_left = left_of(pin.attempts)});
  }
  if (!of_application.empty()) {
    if (naas_.empty()) return bad_value("a local PIN comes without an application");
    RSP_CHECK(add_pins(naas_.back().adf, std::move(of_application)));
  }
  return own.empty() ? Done{} : add_pins(directory_, std::move(own));
}

Done ImageBuilder::add_pins(FileIndex directory, PinSet pins) {
  std::uint16_t& set = tree_[directory].pin_set;
  if (set != kInheritedPins) return bad_structure("the directory has PINs already");
  set = static_cast<std::uint16_t>(image_.pin_sets_.size());
  pins.shrink_to_fit();
  image_.pin_sets_.push_back(std::move(pins));
  return {};
}

Done ImageBuilder::share_pins(FileIndex directory, rsp::BytesView path) {
  RSP_TRY(FileIndex other, tree_.resolve(path));
  if (!is_directory(tree_[other].type)) return bad_value("an EF has no PINs to share");
  if (tree_[directory].pin_set != kInheritedPins) {
    return bad_structure("the directory has PINs already");
  }
  if (tree_[other].pin_set == kInheritedPins) {
    return std::unexpected(Refusal{.status = PeStatusCode::kPinCodeMissing,
                                   .text = "the directory whose PINs are shared has none"});
  }
  tree_[directory].pin_set = tree_[other].pin_set;
  return {};
}

Done ImageBuilder::create(const PukCodes& pe) {
  for (const PukConfiguration& puk : pe.puk_codes) {
    RSP_CHECK(check_attempts(puk.attempts));
    if (contains(image_.puks_, puk.key_reference, &ImagePuk::reference)) {
      return bad_value(fmt::format("PUK {} is there already", puk.key_reference));
    }
    image_.puks_.push_back({.reference = puk.key_reference,
                            .value = puk.puk_value,
                            .max_attempts = most_of(puk.attempts),
                            .attempts_left = left_of(puk.attempts)});
  }
  return {};
}

Done ImageBuilder::create(const AkaParameter& pe) {
  if (naas_.empty()) return bad_structure("there is no application so far");
  FileIndex application = naas_.back().adf;
  if (application == kNoFile) return belongs_to_skipped();
  if (contains(image_.akas_, application, &ImageAka::application)) {
    return bad_structure("the application has keys already");
  }
  RSP_CHECK(check_aka(pe));
  ImageAka aka{.parameter = pe, .source = application};
  if (const auto* mapping = std::get_if<MappingParameter>(&pe.algo_configuration)) {
    RSP_TRY(aka, mapped(*mapping));
  }
  aka.application = application;
  image_.akas_.push_back(std::move(aka));
  return {};
}

OrRefusal<ImageAka> ImageBuilder::mapped(const MappingParameter& mapping) const {
  FileIndex other = tree_.application(mapping.mapping_source);
  auto source = std::ranges::find(image_.akas_, other, &ImageAka::application);
  if (other == kNoFile || source == image_.akas_.end()) {
    return bad_value("the application that is mapped to has no keys");
  }
  return *source;
}

Done ImageBuilder::create(const CdmaParameter&) {
  auto csim =
      std::find_if(naas_.rbegin(), naas_.rend(), [](const Naa& naa) { return naa.kind == "csim"; });
  if (csim == naas_.rend()) return bad_structure("there is no csim so far");
  if (csim->adf == kNoFile) return belongs_to_skipped();
  keep(csim->adf);
  return {};
}

// --- What is only kept ---

void ImageBuilder::keep(FileIndex application) {
  image_.kept_.push_back({static_cast<std::uint32_t>(element_->offset), application});
}

Done ImageBuilder::add_instance(const ApplicationId& aid) {
  if (instances_.insert(aid).second) return {};
  return bad_value("there is a second instance with the same AID");
}

Done ImageBuilder::create(const SecurityDomain& pe) {
  RSP_CHECK(add_instance(pe.instance.instance_aid));
  keep();
  return {};
}

Done ImageBuilder::create(const Rfm& pe) {
  RSP_CHECK(add_instance(pe.instance_aid));
  if (pe.adf_rfm_access && tree_.application(pe.adf_rfm_access->adf_aid) == kNoFile) {
    return bad_value("the ADF whose files are managed is not there");
  }
  keep();
  return {};
}

Done ImageBuilder::create(const Application& pe) {
  if (pe.instance_list) {
    for (const ApplicationInstance& instance : *pe.instance_list) {
      RSP_CHECK(add_instance(instance.instance_aid));
    }
  }
  keep();
  return {};
}

// --- The image as a whole ---

void ImageBuilder::finish() {
  settle_pin_sets();
  tree_.put_into(image_);
  bool changed = false;
  for (const Naa& naa : naas_) changed |= clear_services(naa);
  if (changed) tree_.put_into(image_);
  image_.warnings_ = std::move(findings_);
  image_.pin_sets_.shrink_to_fit();
  image_.puks_.shrink_to_fit();
  image_.akas_.shrink_to_fit();
  image_.kept_.shrink_to_fit();
}

/// A directory without PINs of its own has those of the directory that it is in.
void ImageBuilder::settle_pin_sets() {
  if (tree_[kMasterFile].pin_set == kInheritedPins) {
    tree_[kMasterFile].pin_set = static_cast<std::uint16_t>(image_.pin_sets_.size());
    image_.pin_sets_.emplace_back();
  }
  for (std::size_t i = 1; i < tree_.size(); ++i) {
    ImageFile& file = tree_[static_cast<FileIndex>(i)];
    if (is_directory(file.type) && file.pin_set == kInheritedPins) {
      file.pin_set = tree_[file.parent].pin_set;
    }
  }
}

/// TCA IP, PE-USIM and PE-ISIM: bits of services that the eUICC lacks are set to zero in EF.UST and
/// EF.IST (3GPP TS 31.102, 4.2.8; 31.103, 4.2.7). Whether there were any.
bool ImageBuilder::clear_services(const Naa& naa) {
  struct Row {
    std::string_view kind;
    unsigned number;
    Service service;
  };
  static constexpr Row kRows[] = {
      {"usim", 68, Service::kGbaUsim},
      {"usim", 69, Service::kMbms},
      {"usim", 125, Service::kGetIdentity},  // the USIM calculates the SUCI
      {"isim", 2, Service::kGbaIsim},
  };
  if (naa.adf == kNoFile || naa.kind == "csim") return false;
  FileIndex table = tree_.child(naa.adf, naa.kind == "usim" ? 0x6F38 : 0x6F07);
  if (table == kNoFile || tree_[table].type != FileType::kTransparent) return false;
  rsp::Bytes before = image_.content(table, 0, kMaxServiceTable);
  rsp::Bytes after = before;
  for (const Row& row : kRows) {
    std::size_t at = (row.number - 1) / 8;
    bool lacking = row.kind == naa.kind && !features_.services.has(row.service);
    if (!lacking || at >= after.size()) continue;
    after[at] = static_cast<std::uint8_t>(after[at] & ~(1U << (row.number - 1) % 8));
  }
  for (std::size_t at = 0; at < after.size(); ++at) {
    if (after[at] != before[at]) tree_.change(table, static_cast<std::uint32_t>(at), after[at]);
  }
  return after != before;
}

}  // namespace sim
