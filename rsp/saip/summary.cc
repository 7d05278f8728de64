#include "rsp/saip/summary.h"

#include "rsp/base/hex.h"

namespace rsp::saip {
namespace {

constexpr std::size_t kImsiSize = 9;

bool is_usim(const FilePe& pe) {
  return pe.layout != nullptr && (pe.layout->name == "usim" || pe.layout->name == "iot");
}

bool is_application(const FilePe& pe) {
  return pe.layout != nullptr &&
         (is_usim(pe) || pe.layout->name == "isim" || pe.layout->name == "csim");
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

AkaSummary summary_of(const AkaParameter& aka, std::string_view application) {
  AkaSummary summary{.identification = aka.header.identification,
                     .application = std::string(application),
                     .algorithm = "mappingParameter"};
  if (const auto* own = std::get_if<AlgoParameter>(&aka.algo_configuration)) {
    summary.algorithm = asn1::name_of(own->algorithm_id);
    summary.has_key = !own->key.empty();
    summary.has_opc = !own->opc.empty();
  }
  return summary;
}

}  // namespace

const ProfileHeader* header_of(const ProfilePackage& package) {
  for (const ProfileElement& element : package.elements) {
    if (const auto* header = element.as<ProfileHeader>()) return header;
  }
  return nullptr;
}

std::string iccid_digits(const ProfileHeader& header) {
  std::string digits = to_hex(header.iccid);
  digits.erase(digits.find_last_not_of('F') + 1);
  return digits;
}

Octets<10> swapped_iccid(const ProfileHeader& header) { return swapped_nibbles(header.iccid); }

std::vector<std::string> element_names(const ProfilePackage& package) {
  std::vector<std::string> names;
  for (const ProfileElement& element : package.elements) names.push_back(element.name());
  return names;
}

std::optional<std::string> imsi_digits(BytesView ef_imsi) {
  if (ef_imsi.empty() || ef_imsi[0] == 0 || ef_imsi[0] > ef_imsi.size() - 1) return std::nullopt;
  // The first nibble only tells odd from even; the digits are behind it.
  std::string nibbles = from_swapped_bcd(ef_imsi.subspan(1, ef_imsi[0]));
  if (nibbles.size() < 2 || !all_digits(nibbles)) return std::nullopt;
  return nibbles.substr(1);
}

std::optional<std::string> first_imsi(const ProfilePackage& package) {
  for (const ProfileElement& element : package.elements) {
    const auto* pe = element.as<FilePe>();
    if (pe == nullptr || !is_usim(*pe)) continue;
    const File* file = pe->find("ef-imsi");
    if (file == nullptr) return std::nullopt;
    auto content = initial_content(*file, kImsiSize);
    return content ? imsi_digits(*content) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<AkaSummary> aka_summaries(const ProfilePackage& package) {
  std::vector<AkaSummary> summaries;
  std::string_view application;
  for (const ProfileElement& element : package.elements) {
    const auto* pe = element.as<FilePe>();
    if (pe != nullptr && is_application(*pe)) application = pe->layout->name;
    if (const auto* aka = element.as<AkaParameter>())
      summaries.push_back(summary_of(*aka, application));
  }
  return summaries;
}

bool has_test_algorithm(const ProfilePackage& package) {
  return std::ranges::any_of(package.elements, [](const ProfileElement& element) {
    const auto* aka = element.as<AkaParameter>();
    const auto* own =
        aka == nullptr ? nullptr : std::get_if<AlgoParameter>(&aka->algo_configuration);
    return own != nullptr && own->algorithm_id == Algorithm::kUsimTest;
  });
}

}  // namespace rsp::saip
