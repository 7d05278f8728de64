#include "rsp/saip/check.h"

#include <fmt/format.h>

#include <set>

namespace rsp::saip {
namespace {

using enum PeStatusCode;

/// Elements that create an application; an IoT Minimal Profile has its USIM inside `iot`.
constexpr std::string_view kApplications[] = {"usim", "isim", "csim", "iot"};

bool contains(const auto& range, const auto& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

/// Walks the elements once. Which status goes with which violation is not specified beyond the
/// names of the statuses: structure is invalid-request-format, values are bad-values.
class OrderCheck {
 public:
  OrderCheck(const ProfilePackage& package, const CardFeatures& features)
      : package_(package), features_(features) {}

  std::vector<PeStatus> run() {
    if (package_.elements.empty()) {
      refuse(kInvalidRequestFormat, "the package has no profile elements");
      return std::move(findings_);
    }
    for (index_ = 0; index_ < package_.elements.size(); ++index_) {
      const ProfileElement& element = package_.elements[index_];
      check_place(element);
      check_identification(element);
      std::visit([&](const auto& body) { check(body); }, element.body);
      seen_.insert(element.name());
    }
    index_ = package_.elements.size() - 1;
    if (!seen_.contains("end")) refuse(kInvalidRequestFormat, "the package does not end with end");
    return std::move(findings_);
  }

 private:
  const ProfileElement& current() const { return package_.elements[index_]; }

  // --- Findings ---
  void report(PeStatusCode status, Consequence consequence, std::string text) {
    PeStatus finding{.status = status};
    finding.text = std::move(text);
    finding.element = index_;
    finding.consequence = consequence;
    if (index_ < package_.elements.size()) {
      const PeHeader* header = current().header();
      if (header != nullptr) finding.identification = header->identification;
    }
    findings_.push_back(std::move(finding));
  }
  void refuse(PeStatusCode status, std::string text) {
    report(status, Consequence::kAborts, std::move(text));
  }
  /// What the eUICC lacks aborts where the element is mandated; otherwise the element is skipped
  /// (E.5).
  void lacking(PeStatusCode status, std::string text) {
    const PeHeader* header = current().header();
    bool mandated = header != nullptr && header->mandated.has_value();
    report(status, mandated ? Consequence::kAborts : Consequence::kWarns, std::move(text));
  }

  // --- Order of all elements: header first, MF second, end last, one of each (E.5) ---
  void check_place(const ProfileElement& element) {
    std::string name = element.name();
    if (index_ == 0 && name != "header") {
      refuse(kInvalidRequestFormat,
             fmt::format("the package begins with {} instead of header", name));
    }
    if (seen_.contains("end")) {
      refuse(kInvalidRequestFormat, fmt::format("{} comes after end", name));
    }
    if ((name == "header" || name == "mf" || name == "end") && seen_.contains(name)) {
      refuse(kInvalidRequestFormat, fmt::format("there is more than one {}", name));
    }
    bool needs_mf = element.as<ProfileHeader>() == nullptr && element.as<UnknownPe>() == nullptr;
    if (needs_mf && !has_mf_ && name != "mf" && name != "iot") {
      refuse(kInvalidRequestFormat, fmt::format("{} comes before mf", name));
    }
    // One finding is enough for a package that has no MF at all.
    has_mf_ = has_mf_ || needs_mf;
  }

  void check_identification(const ProfileElement& element) {
    const PeHeader* header = element.header();
    if (header == nullptr || identifications_.insert(header->identification).second) return;
    refuse(kInvalidRequestFormat,
           fmt::format("{} has the identification {} of an earlier profile element", element.name(),
                       header->identification));
  }

  // --- Profile header (E.2) ---
  void check(const ProfileHeader& header) {
    if (header.major_version < features_.lowest_major_version ||
        header.major_version > features_.highest_major_version) {
      refuse(kUnsupportedProfileVersion,
             fmt::format("version {}.{} is not one of {}.x to {}.x", header.major_version,
                         header.minor_version, features_.lowest_major_version,
                         features_.highest_major_version));
    }
    for (const auto& [service, name] : enum_names(Service{})) {
      if (header.mandatory_services.has(service) && !features_.services.has(service)) {
        refuse(kFeatureNotSupported, fmt::format("the mandatory service {} is not offered", name));
      }
    }
    if (!header.mandatory_services.unknown.elements.empty()) {
      refuse(kFeatureNotSupported, "a mandatory service of a later version is not offered");
    }
    for (const asn1::Oid& id : header.mandatory_gfste_list) {
      if (!contains(features_.templates, id)) {
        refuse(kTemplateNotSupported,
               fmt::format("the mandatory template {} is not known", asn1::to_string(id)));
      }
    }
    if (!header.mandatory_aids) return;
    for (const MandatoryAid& mandatory : *header.mandatory_aids) {
      if (!contains(features_.load_packages, mandatory.aid)) {
        refuse(kLibNotSupported, "a mandatory load package is not there");
      }
    }
  }

  // --- File system ---
  void check(const FilePe& pe) {
    if (pe.layout == nullptr) return;
    const FileLayout& layout = *pe.layout;
    if (!layout.base.empty() && !has_base(layout)) {
      refuse(kInvalidRequestFormat, fmt::format("{} comes before {}", layout.name, layout.base));
    }
    if (!layout.knows_template(pe.template_id) || !contains(features_.templates, pe.template_id)) {
      lacking(kTemplateNotSupported,
              fmt::format("{} names the template {}, which is not known for it", layout.name,
                          asn1::to_string(pe.template_id)));
    }
    check_service(layout.name);
    enter(pe);
  }
  bool has_base(const FileLayout& layout) const {
    // The USIM of an IoT Minimal Profile is a USIM to the DFs that extend one.
    return seen_.contains(layout.base) ||
           (layout.base == "usim" && layout.name != "opt-usim" && seen_.contains("iot"));
  }
  void check_service(std::string_view name) {
    for (Service service : {Service::kUsim, Service::kIsim, Service::kCsim, Service::kEap}) {
      if (asn1::name_of(service) == name && !features_.services.has(service)) {
        lacking(kFeatureNotSupported, fmt::format("the service {} is not offered", name));
      }
    }
  }
  /// Which directory the PINs and the application which the keys after this element belong to.
  void enter(const FilePe& pe) {
    if (contains(kApplications, pe.layout->name)) {
      application_ = pe.layout->name;
      const File* adf = pe.find(pe.layout->name == "iot" ? "adf-usim" : pe.layout->members[0].name);
      const Fcp* fcp = adf == nullptr ? nullptr : descriptor_of(*adf);
      if (fcp != nullptr && fcp->df_name) aids_.insert(*fcp->df_name);
    }
    if (pe.layout->name.starts_with("opt-")) return;
    at_mf_ = pe.layout->name == "mf" || pe.layout->name == "iot";
    const Fcp* directory = pe.directory();
    directory_ = at_mf_ ? std::optional(kMfId) : std::nullopt;
    if (!at_mf_ && directory != nullptr) directory_ = directory->file_id;
  }

  // --- PIN and PUK ---
  void check(const PukCodes& codes) {
    check_count("pukCodes", codes.puk_codes.size(), kMaxPuks);
    std::set<PukReference> own;
    for (const PukConfiguration& puk : codes.puk_codes) {
      if (!is_puk(puk.key_reference)) {
        refuse(kBadValues, fmt::format("{} is no PUK reference", puk.key_reference));
      }
      if (!own.insert(puk.key_reference).second) {
        refuse(kBadValues, fmt::format("PUK {} is there twice", puk.key_reference));
      }
    }
    puks_.merge(own);
  }
  void check(const PinCodes& codes) {
    if (const auto* path = std::get_if<FilePath>(&codes.pin_codes)) return check_shared(*path);
    const auto& pins = std::get<PinConfigurations>(codes.pin_codes);
    check_count("pinCodes", pins.size(), kMaxPins);
    std::set<PinReference> own;
    for (const PinConfiguration& pin : pins) {
      check_pin(pin);
      if (!own.insert(pin.key_reference).second) {
        refuse(kBadValues, fmt::format("PIN {} is there twice", pin.key_reference));
      }
    }
    directories_with_pins_.insert(directory_);
  }
  void check_pin(const PinConfiguration& pin) {
    // `iot` creates the MF and the USIM at once, so both kinds may follow it.
    bool fits = (at_mf_ && is_global_pin(pin.key_reference)) ||
                (is_local_pin(pin.key_reference) && (!at_mf_ || application_ == "iot"));
    if (!fits) {
      refuse(kBadValues,
             fmt::format("PIN {} is no {} reference, which {} wants", pin.key_reference,
                         at_mf_ ? "global" : "local", at_mf_ ? "the MF" : "an ADF or DF"));
    }
    auto puk = pin.unblocking_pin_reference;
    if (puk && !puks_.contains(*puk)) {
      refuse(kBadValues,
             fmt::format("PIN {} is unblocked by PUK {}, which no pukCodes before it has",
                         pin.key_reference, *puk));
    }
  }
  /// The directory at the end of the path must have PINs of its own; an empty path is the MF.
  void check_shared(const FilePath& path) {
    std::optional<Octets<2>> shared = kMfId;
    if (path.size() >= 2) shared = Octets<2>{path[path.size() - 2], path.back()};
    // A directory whose file ID only its template knows may be the one that is meant.
    if (!directories_with_pins_.contains(shared) &&
        !directories_with_pins_.contains(std::nullopt)) {
      refuse(kPinCodeMissing, "pinCodes shares the PINs of a directory that has none so far");
    }
    directories_with_pins_.insert(directory_);
  }
  void check_count(std::string_view name, std::size_t count, std::size_t max) {
    if (count == 0 || count > max) {
      refuse(kBadValues, fmt::format("{} has {} entries, allowed are 1 to {}", name, count, max));
    }
  }

  // --- Authentication ---
  void check(const AkaParameter& aka) {
    if (application_.empty()) {
      refuse(kInvalidRequestFormat, "akaParameter comes before any usim, isim or csim");
    }
    if (aka.sqn_init.size() != kSqnCount) {
      refuse(kBadValues,
             fmt::format("sqnInit has {} entries instead of {}", aka.sqn_init.size(), kSqnCount));
    }
    if (const auto* algorithm = std::get_if<AlgoParameter>(&aka.algo_configuration)) {
      check_algorithm(*algorithm);
    } else if (!aids_.contains(std::get<MappingParameter>(aka.algo_configuration).mapping_source)) {
      refuse(kBadValues, "akaParameter maps to an application that is not there so far");
    }
  }
  void check_algorithm(const AlgoParameter& algorithm) {
    std::size_t key = algorithm.key.size(), opc = algorithm.opc.size();
    switch (algorithm.algorithm_id) {
      case Algorithm::kMilenage:  // 3GPP TS 35.206: 128 bits each
        check_sizes(key == 16 && opc == 16, "milenage", key, opc);
        return check_algorithm_service(Service::kMilenage);
      case Algorithm::kTuak:  // 3GPP TS 35.231: a key of 128 or 256 bits, TOPc of 256
        check_sizes((key == 16 || key == 32) && opc == 32, "tuak", key, opc);
        return check_algorithm_service(key == 32 ? Service::kTuak256 : Service::kTuak128);
      case Algorithm::kUsimTest:
        return check_algorithm_service(Service::kUsimTestAlgorithm);
    }
    refuse(kBadValues, fmt::format("{} is no algorithm", asn1::name_of(algorithm.algorithm_id)));
  }
  void check_sizes(bool good, std::string_view name, std::size_t key, std::size_t opc) {
    if (!good) {
      refuse(kBadValues,
             fmt::format("a key of {} and an opc of {} octets do not fit {}", key, opc, name));
    }
  }
  void check_algorithm_service(Service service) {
    if (!features_.services.has(service)) {
      lacking(kFeatureNotSupported,
              fmt::format("the service {} is not offered", asn1::name_of(service)));
    }
  }
  void check(const CdmaParameter&) {
    if (!seen_.contains("csim")) refuse(kInvalidRequestFormat, "cdmaParameter comes before csim");
  }

  // --- Applications and what is not known ---
  void check(const Application&) {
    if (!features_.services.has(Service::kJavacard) && !features_.services.has(Service::kMultos)) {
      lacking(kRuntimeNotSupported, "there is no runtime environment for applications");
    }
  }
  void check(const NonStandard& pe) {
    if (!contains(features_.non_standard_issuers, pe.issuer_id)) {
      lacking(kPeNotSupported, fmt::format("nonStandard of the issuer {} is not known",
                                           asn1::to_string(pe.issuer_id)));
    }
  }
  void check(const UnknownPe&) {
    lacking(kPeNotSupported, fmt::format("the profile element {} is not known", current().name()));
  }
  void check(const auto&) {}

  static constexpr Octets<2> kMfId{0x3F, 0x00};

  const ProfilePackage& package_;
  const CardFeatures& features_;
  std::vector<PeStatus> findings_;
  std::size_t index_ = 0;
  std::set<std::string, std::less<>> seen_;  // names
  std::set<std::uint16_t> identifications_;
  bool has_mf_ = false;
  bool at_mf_ = true;
  std::optional<Octets<2>> directory_;  // the file ID, where the element says it
  std::set<std::optional<Octets<2>>> directories_with_pins_;
  std::set<PukReference> puks_;
  std::string_view application_;
  std::set<Bytes> aids_;
};

}  // namespace

std::vector<asn1::Oid> known_templates() {
  std::vector<asn1::Oid> ids;
  for (const FileLayout& layout : file_layouts()) {
    for (std::string_view id : layout.template_ids) ids.push_back(asn1::oid_from_text(id).value());
  }
  return ids;
}

std::vector<PeStatus> check_order(const ProfilePackage& package, const CardFeatures& features) {
  return OrderCheck(package, features).run();
}

}  // namespace rsp::saip
