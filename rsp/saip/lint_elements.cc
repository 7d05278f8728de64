// Rules on header, codes, keys and security domains.
#include <fmt/format.h>

#include <map>

#include "rsp/base/hex.h"
#include "rsp/saip/lint_run.h"
#include "rsp/saip/personalise.h"
#include "rsp/saip/summary.h"

namespace rsp::saip {
namespace {

using enum Severity;

bool same_throughout(BytesView octets) {
  return !octets.empty() &&
         std::ranges::all_of(octets, [&](std::uint8_t octet) { return octet == octets[0]; }) &&
         (octets[0] == 0x00 || octets[0] == 0xFF);
}

const AlgoParameter* own_algorithm(const AkaParameter& aka) {
  return std::get_if<AlgoParameter>(&aka.algo_configuration);
}

// --- Which services a package uses ---

/// Services of which can be told whether they are used, with the first element that does.
class UsedServices {
 public:
  explicit UsedServices(const LintRun& run) : run_(run) {
    for (std::size_t i = 0; i < run.package.elements.size(); ++i) look_at(i);
    for (const PackageFile& file : run.contents.files) look_at(file);
    std::map<std::string_view, int> count;
    for (const PackageApplication& application : run.contents.applications) {
      look_at(application, ++count[application.kind] > 1);
    }
  }
  /// The element that needs it; nothing where none does.
  std::optional<std::size_t> user(Service service) const {
    auto found = users_.find(service);
    return found == users_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  void use(Service service, std::size_t element) { users_.emplace(service, element); }

  void look_at(std::size_t i) {
    const ProfileElement& element = run_.package.elements[i];
    if (element.as<CdmaParameter>() != nullptr) use(Service::kCave, i);
    if (element.name() == "eap") use(Service::kEap, i);
    const auto* aka = element.as<AkaParameter>();
    const AlgoParameter* own = aka == nullptr ? nullptr : own_algorithm(*aka);
    if (own == nullptr) return;
    switch (own->algorithm_id) {
      case Algorithm::kMilenage:
        return use(Service::kMilenage, i);
      case Algorithm::kTuak:
        return use(own->key.size() == 32 ? Service::kTuak256 : Service::kTuak128, i);
      case Algorithm::kUsimTest:
        return use(Service::kUsimTestAlgorithm, i);
    }
  }
  void look_at(const PackageFile& file) {
    if (file.type == TemplateFileType::kBerTlv) use(Service::kBerTlv, file.element);
    bool link = file.fcp != nullptr && file.fcp->link_path && !file.fcp->link_path->empty();
    if (link && file.is_directory()) use(Service::kDfLink, file.element);
  }
  void look_at(const PackageApplication& application, bool another) {
    std::size_t i = application.element;
    if (application.kind == "usim") {
      use(another ? Service::kMultipleUsim : Service::kUsim, i);
      if (run_.has_service(application, 68)) use(Service::kGbaUsim, i);
      if (run_.has_service(application, 69)) use(Service::kMbms, i);
      if (run_.has_service(application, 124) && run_.has_service(application, 125))
        use(Service::kGetIdentity, i);
    } else if (application.kind == "isim") {
      use(another ? Service::kMultipleIsim : Service::kIsim, i);
      if (run_.has_service(application, 2)) use(Service::kGbaIsim, i);
    } else {
      use(another ? Service::kMultipleCsim : Service::kCsim, i);
    }
  }

  const LintRun& run_;
  std::map<Service, std::size_t> users_;
};

/// Without these a card cannot carry the package out; the others only change what it can do later.
constexpr Service kNeeded[] = {
    Service::kUsim,         Service::kIsim,         Service::kCsim,
    Service::kMilenage,     Service::kTuak128,      Service::kTuak256,
    Service::kCave,         Service::kEap,          Service::kMultipleUsim,
    Service::kMultipleIsim, Service::kMultipleCsim, Service::kUsimTestAlgorithm,
    Service::kBerTlv,       Service::kDfLink};
/// Of these can be told that nothing uses them.
constexpr Service kTold[] = {
    Service::kUsim,         Service::kIsim,         Service::kCsim,
    Service::kMilenage,     Service::kTuak128,      Service::kTuak256,
    Service::kCave,         Service::kGbaUsim,      Service::kGbaIsim,
    Service::kMbms,         Service::kEap,          Service::kMultipleUsim,
    Service::kMultipleIsim, Service::kMultipleCsim, Service::kBerTlv,
    Service::kDfLink,       Service::kGetIdentity,  Service::kUsimTestAlgorithm};

void lint_mandatory_services(LintRun& run, const ProfileHeader& header, std::size_t place) {
  UsedServices used(run);
  for (Service service : kNeeded) {
    auto user = used.user(service);
    if (user && !header.mandatory_services.has(service))
      run.report("service-not-mandated", *user,
                 fmt::format("it needs the service {}", asn1::name_of(service)));
  }
  for (Service service : kTold) {
    if (header.mandatory_services.has(service) && !used.user(service))
      run.report("mandatory-service-unused", place,
                 fmt::format("nothing uses the service {}", asn1::name_of(service)));
  }
  bool has_application = run.first<Application>() != nullptr;
  for (Service service : {Service::kJavacard, Service::kMultos}) {
    if (header.mandatory_services.has(service) && !has_application)
      run.report("mandatory-service-unused", place,
                 fmt::format("there is no application for {}", asn1::name_of(service)));
  }
}

void lint_mandatory_templates(LintRun& run, const ProfileHeader& header, std::size_t place) {
  std::set<std::string> used, named;
  for (const asn1::Oid& id : header.mandatory_gfste_list) named.insert(asn1::to_string(id));
  for (std::size_t i = 0; i < run.package.elements.size(); ++i) {
    const auto* pe = run.package.elements[i].as<FilePe>();
    if (pe == nullptr) continue;
    std::string id = asn1::to_string(pe->template_id);
    if (used.insert(id).second && !named.contains(id))
      run.report("template-not-mandated", i, fmt::format("its template is {}", id));
  }
  for (const std::string& id : named) {
    if (!used.contains(id))
      run.report("mandatory-template-unused", place,
                 fmt::format("no element follows the template {}", id));
  }
}

// --- PIN and PUK ---

/// Digits in ASCII, then FF.
std::size_t digits_in(const Octets<8>& value) {
  std::size_t count = 0;
  while (count < value.size() && value[count] >= '0' && value[count] <= '9') ++count;
  bool padded = std::all_of(value.begin() + static_cast<std::ptrdiff_t>(count), value.end(),
                            [](std::uint8_t octet) { return octet == 0xFF; });
  return padded ? count : 0;
}

bool is_of_the_user(PinReference reference) {
  return is_puk(reference);  // the same numbers; the others are ADM keys
}

bool is_blocked(std::uint8_t attempts) { return (attempts & 0x0F) == 0; }

class CodeCheck {
 public:
  explicit CodeCheck(LintRun& run) : run_(run) {}

  void run() {
    for_each<PukCodes>([&](std::size_t i, const PukCodes& pe) {
      for (const PukConfiguration& puk : pe.puk_codes) check(i, puk);
    });
    for_each<PinCodes>([&](std::size_t i, const PinCodes& pe) {
      const auto* pins = std::get_if<PinConfigurations>(&pe.pin_codes);
      if (pins == nullptr) return;
      for (const PinConfiguration& pin : *pins) check(i, pin);
    });
    for (const auto& [reference, element] : puks_) {
      if (!used_puks_.contains(reference))
        run_.report("puk-unused", element, fmt::format("PUK {} unblocks nothing", reference));
    }
    check_pin_status();
    check_access_rules();
  }

 private:
  template <class T>
  void for_each(auto&& visit) {
    for (std::size_t i = 0; i < run_.package.elements.size(); ++i) {
      if (const T* body = run_.package.elements[i].as<T>()) visit(i, *body);
    }
  }

  void check(std::size_t i, const PukConfiguration& puk) {
    puks_.emplace(puk.key_reference, i);
    if (digits_in(puk.puk_value) != 8)
      run_.report("code-format", i, fmt::format("PUK {} has no 8 digits", puk.key_reference));
    if (is_blocked(puk.attempts))
      run_.report("code-blocked", i, fmt::format("PUK {} has no attempt left", puk.key_reference));
  }
  void check(std::size_t i, const PinConfiguration& pin) {
    pins_.insert(pin.key_reference);
    if (pin.unblocking_pin_reference) {
      used_puks_.insert(*pin.unblocking_pin_reference);
      if (!puks_.contains(*pin.unblocking_pin_reference))
        run_.report("puk-missing", i,
                    fmt::format("PIN {} is unblocked by PUK {}, which no pukCodes has",
                                pin.key_reference, *pin.unblocking_pin_reference));
    }
    if (is_blocked(pin.attempts))
      run_.report("code-blocked", i, fmt::format("PIN {} has no attempt left", pin.key_reference));
    if (!is_of_the_user(pin.key_reference)) return;
    if (!pin.unblocking_pin_reference)
      run_.report("pin-without-puk", i, fmt::format("PIN {} has no PUK", pin.key_reference));
    if (digits_in(pin.pin_value) < 4)
      run_.report("code-format", i, fmt::format("PIN {} has no 4 to 8 digits", pin.key_reference));
  }

  void check_pin_status() {
    for (const PackageFile& file : run_.contents.files) {
      if (file.fcp == nullptr || !file.fcp->pin_status_template_do) continue;
      for (std::uint8_t reference : *file.fcp->pin_status_template_do) {
        if (!pins_.contains(reference))
          run_.report("pin-missing", file, fmt::format("its PIN status names PIN {}", reference));
      }
    }
  }
  /// A condition is A4 with the key's reference as 83 (ETSI TS 102 221, 9.2).
  void check_access_rules() {
    for (const PackageFile& file : run_.contents.files) {
      if (file.type != TemplateFileType::kLinearFixed) continue;
      if (file.id() != 0x2F06 && file.id() != 0x6F06) continue;
      std::set<std::uint8_t> missing;
      for (std::size_t n = 0; n < file.records(); ++n) {
        for (std::uint8_t reference : references_in(file.record(n))) {
          if (!pins_.contains(reference) && missing.insert(reference).second)
            run_.report("pin-missing", file,
                        fmt::format("its record {} asks for PIN {}", n + 1, reference));
        }
      }
    }
  }
  static std::vector<std::uint8_t> references_in(BytesView record) {
    std::vector<std::uint8_t> references;
    while (record.size() >= 2 && record[0] != 0xFF && record[0] != 0x00) {
      std::size_t size = record[1];
      if (size > record.size() - 2) break;
      BytesView value = record.subspan(2, size);
      if (record[0] == 0xA4 && size >= 3 && value[0] == 0x83 && value[1] == 1)
        references.push_back(value[2]);
      // OR, AND and NOT hold conditions of their own.
      if (record[0] == 0xA0 || record[0] == 0xAF || record[0] == 0xA7) {
        for (std::uint8_t inner : references_in(value)) references.push_back(inner);
      }
      record = record.subspan(2 + size);
    }
    return references;
  }

  LintRun& run_;
  std::map<PukReference, std::size_t> puks_;
  std::set<PukReference> used_puks_;
  std::set<PinReference> pins_;
};

// --- Authentication ---

constexpr Octets<16> kPublishedKeys[] = {
    // 3GPP TS 35.208, test set 1, and 3GPP TS 34.108, 8.2.
    {0x46, 0x5B, 0x5C, 0xE8, 0xB1, 0x99, 0xB4, 0x9F, 0xAA, 0x5F, 0x0A, 0x2E, 0xE2, 0x38, 0xA6,
     0xBC},
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E,
     0x0F},
};

void lint_algorithm(LintRun& run, std::size_t i, const AlgoParameter& own) {
  bool test = own.algorithm_id == Algorithm::kUsimTest;
  if (own.key.empty()) run.report("aka-key-missing", i, "there is no key");
  if (!test && own.opc.empty()) run.report("aka-key-missing", i, "there is no opc");
  if (same_throughout(own.key))
    run.report("aka-key-zero", i, fmt::format("K is {:02X} throughout", own.key[0]));
  if (!test && same_throughout(own.opc))
    run.report("aka-opc-zero", i, fmt::format("OPc is {:02X} throughout", own.opc[0]));
  if (std::ranges::any_of(kPublishedKeys, [&](const auto& key) { return equal(key, own.key); }))
    run.report("aka-key-published", i, fmt::format("K is {}", to_hex(own.key)));
  if (test && run.context.use != ProfileUse::kTest) {
    bool operational = run.context.use == ProfileUse::kOperational;
    run.report("test-algorithm", i, "its algorithm is usim-test-algorithm",
               operational ? kError : kWarning);
  }
  if (own.algorithm_id != Algorithm::kMilenage) return;
  for (std::size_t a = 0; a < own.rotation_constants.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      auto c = [&](std::size_t n) { return BytesView(own.xoring_constants).subspan(n * 16, 16); };
      if (own.rotation_constants[a] == own.rotation_constants[b] && equal(c(a), c(b)))
        run.report("milenage-constants", i,
                   fmt::format("c{} and r{} are c{} and r{}", b + 1, b + 1, a + 1, a + 1));
    }
  }
}

}  // namespace

void lint_header(LintRun& run) {
  std::size_t place = 0;
  const ProfileHeader* header = run.first<ProfileHeader>(&place);
  if (header == nullptr) return;
  std::string digits = iccid_digits(*header);
  bool all_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits || !has_good_check_digit(digits))
    run.report("iccid-check-digit", place, fmt::format("the ICCID is {}", digits));
  for (const PackageFile& file : run.contents.files) {
    if (file.id() != 0x2FE2 || file.path.size() != 1 || !file.filled) continue;
    if (!equal(file.content, swapped_iccid(*header)))
      run.report(
          "iccid-differs", file,
          fmt::format("it holds {}, the header has {}", from_swapped_bcd(file.content), digits));
  }
  lint_mandatory_services(run, *header, place);
  lint_mandatory_templates(run, *header, place);
}

void lint_codes(LintRun& run) { CodeCheck(run).run(); }

void lint_authentication(LintRun& run) {
  std::size_t next = 0;  // of the applications
  std::vector<bool> has_keys(run.contents.applications.size());
  for (std::size_t i = 0; i < run.package.elements.size(); ++i) {
    while (next < has_keys.size() && run.contents.applications[next].element <= i) ++next;
    const auto* aka = run.package.elements[i].as<AkaParameter>();
    if (aka == nullptr) continue;
    if (next > 0) has_keys[next - 1] = true;
    if (const AlgoParameter* own = own_algorithm(*aka)) lint_algorithm(run, i, *own);
  }
  for (std::size_t n = 0; n < has_keys.size(); ++n) {
    const PackageApplication& application = run.contents.applications[n];
    if (!has_keys[n] && application.kind != "csim")
      run.report("aka-missing", application.element,
                 fmt::format("the {} has no keys to authenticate with", application.kind));
  }
}

void lint_over_the_air(LintRun& run) {
  std::size_t place = 0;
  const SecurityDomain* operators = run.first<SecurityDomain>(&place);
  if (operators == nullptr) {
    std::size_t end = run.package.elements.empty() ? 0 : run.package.elements.size() - 1;
    run.report("security-domain-missing", end, "no element is a securityDomain");
  } else if (!operators->key_list || operators->key_list->empty()) {
    run.report("ota-keys-missing", place, "its keyList is empty");
  }
  std::map<Octets<3>, std::size_t> tars;
  for (std::size_t i = 0; i < run.package.elements.size(); ++i) {
    const ProfileElement& element = run.package.elements[i];
    if (const auto* domain = element.as<SecurityDomain>(); domain != nullptr && domain->key_list) {
      for (const KeyObject& key : *domain->key_list) {
        for (const KeyComponent& component : key.key_components) {
          if (same_throughout(component.key_data))
            run.report("ota-key-zero", i,
                       fmt::format("key {} of version {}", to_hex(key.key_identifier),
                                   to_hex(key.key_version_number)));
        }
      }
    }
    const auto* rfm = element.as<Rfm>();
    if (rfm == nullptr) continue;
    if (rfm->adf_rfm_access &&
        !std::ranges::any_of(run.contents.applications, [&](const auto& application) {
          return equal(application.aid, rfm->adf_rfm_access->adf_aid);
        }))
      run.report("rfm-application-missing", i,
                 fmt::format("there is no {}", to_hex(rfm->adf_rfm_access->adf_aid)));
    for (const auto& tar : rfm->tar_list.value_or(std::vector<Octets<3>>{})) {
      auto [other, is_new] = tars.emplace(tar, i);
      if (!is_new)
        run.report("tar-twice", i,
                   fmt::format("element {} has the TAR {} as well", other->second, to_hex(tar)));
    }
  }
}

}  // namespace rsp::saip
