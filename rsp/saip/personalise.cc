#include "rsp/saip/personalise.h"

#include <fmt/format.h>

#include <map>

#include "rsp/base/csv.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/saip/package_files.h"
#include "rsp/saip/summary.h"
#include "rsp/saip/usim_files.h"

namespace rsp::saip {
namespace {

std::unexpected<Error> refused(std::string_view name, std::string text, std::string hint = "") {
  return failure({.layer = Layer::kInput,
                  .path = std::string(name),
                  .text = std::move(text),
                  .hint = std::move(hint)});
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Status check_iccid(std::string_view digits) {
  if (!all_digits(digits))
    return refused("iccid", "an ICCID has digits only",
                   digits.contains('E') || digits.contains('e')
                       ? "a spreadsheet has rounded it; have the column be text"
                       : "");
  if (digits.size() < 18 || digits.size() > 20)
    return refused("iccid", fmt::format("an ICCID has 18 to 20 digits, not {}", digits.size()));
  return {};
}

Status check_key(std::string_view name, const std::optional<Bytes>& key) {
  if (!key || key->size() == 16 || key->size() == 32) return {};
  return refused(name, fmt::format("it has {} octets, not 16 or 32", key->size()));
}

/// The five codes: their names, where the values are, and where they go.
struct Code {
  std::string_view name;
  std::optional<std::string> ProfileValues::*value;
  std::uint8_t reference;
  bool is_puk;
};
constexpr Code kCodes[] = {{"pin1", &ProfileValues::pin1, kPinAppl1, false},
                           {"puk1", &ProfileValues::puk1, kPukAppl1, true},
                           {"pin2", &ProfileValues::pin2, kSecondPinAppl1, false},
                           {"puk2", &ProfileValues::puk2, kSecondPukAppl1, true},
                           {"adm1", &ProfileValues::adm1, kAdm1, false}};

/// Every occurrence of a text in octets; both have the same length.
void replace_all(Bytes& octets, std::string_view from, std::string_view to) {
  if (from.empty() || from.size() != to.size()) return;
  for (auto at = octets.begin();; at += static_cast<std::ptrdiff_t>(to.size())) {
    at = std::search(at, octets.end(), from.begin(), from.end());
    if (at == octets.end()) return;
    std::ranges::copy(to, at);
  }
}

class Personaliser {
 public:
  Personaliser(ProfilePackage package, const ProfileValues& values)
      : package_(std::move(package)), values_(values), contents_(contents_of(package_)) {}

  Result<ProfilePackage> run() {
    if (values_.iccid) RSP_CHECK(put_iccid());
    if (values_.imsi) RSP_CHECK(put_imsi());
    if (values_.msisdn) RSP_CHECK(put_msisdn());
    if (values_.k || values_.opc) RSP_CHECK(put_keys());
    for (const Code& code : kCodes) {
      if (values_.*code.value) RSP_CHECK(put_code(code));
    }
    return std::move(package_);
  }

 private:
  static std::unexpected<Error> no_place(std::string_view value, std::string_view place) {
    return refused(value, fmt::format("the template has no {}", place),
                   fmt::format("take a template that has one, or leave {} out", value));
  }

  // --- Files ---
  /// Files of templates with this name, below an application of this kind or, where it is empty, in
  /// the MF.
  std::vector<const PackageFile*> files(std::string_view member, std::string_view kind) const {
    std::vector<const PackageFile*> found;
    for (const PackageFile& file : contents_.files) {
      if (file.member != member || !file.mentioned) continue;
      bool inside = kind.empty();
      for (const PackageApplication& application : contents_.applications) {
        inside =
            inside || (application.kind == kind && file.path.size() > application.path.size() &&
                       std::ranges::equal(std::span(file.path).first(application.path.size()),
                                          application.path));
      }
      if (inside) found.push_back(&file);
    }
    return found;
  }
  /// Puts octets in the place of all that the package fills the file with.
  void put(const PackageFile& at, Bytes content) {
    auto* pe = package_.elements[at.element].as<FilePe>();
    File& file = pe->file(at.member);
    std::erase_if(file, [](const FileItem& item) {
      return std::holds_alternative<Bytes>(item) || std::holds_alternative<std::uint16_t>(item);
    });
    file.emplace_back(std::move(content));
  }
  /// The same for a file that must be as large as its content.
  Status put_whole(std::string_view value, const PackageFile& at, Bytes content) {
    if (at.size < content.size())
      return refused(value, fmt::format("{} of the template has {} octets, {} are needed",
                                        at.member, at.size, content.size()));
    content.resize(at.size, 0xFF);
    put(at, std::move(content));
    return {};
  }

  Status put_iccid() {
    ProfileHeader* header = nullptr;
    for (ProfileElement& element : package_.elements) {
      if (header == nullptr) header = element.as<ProfileHeader>();
    }
    if (header == nullptr) return no_place("iccid", "header");
    RSP_TRY(Bytes swapped, to_swapped_bcd(*values_.iccid, 10));
    Octets<10> octets;
    std::ranges::copy(swapped, octets.begin());
    header->iccid = swapped_nibbles(octets);
    auto places = files("ef-iccid", "");
    // An IoT Minimal Profile takes the ICCID of its header (E.4).
    bool minimal = std::ranges::any_of(package_.elements,
                                       [](const auto& element) { return element.name() == "iot"; });
    if (places.empty() && !minimal) return no_place("iccid", "EF.ICCID");
    for (const PackageFile* place : places) RSP_CHECK(put_whole("iccid", *place, swapped));
    return {};
  }

  Status put_imsi() {
    auto usims = std::ranges::count(contents_.applications, "usim", &PackageApplication::kind);
    if (usims > 1)
      return refused("imsi", fmt::format("the template has {} USIMs, and which of them is meant "
                                         "is not known",
                                         usims));
    auto places = files("ef-imsi", "usim");
    if (places.empty()) return no_place("imsi", "EF.IMSI");
    RSP_CHECK(put_identities(imsi_digits(places[0]->content).value_or("")));
    RSP_TRY(Bytes imsi, ef_imsi(*values_.imsi));
    RSP_CHECK(put_whole("imsi", *places[0], imsi));
    for (const PackageFile* place : files("ef-acc", "usim"))
      RSP_CHECK(put_whole("imsi", *place, ef_acc(*values_.imsi)));
    return {};
  }
  /// An ISIM's identities are made of the IMSI where the network gave no others (3GPP TS 23.003,
  /// 13.3): 001010123456789@ims.mnc001.mcc001.3gppnetwork.org.
  Status put_identities(const std::string& old_imsi) {
    for (std::string_view member : {"ef-impi", "ef-impu", "ef-domain"}) {
      for (const PackageFile* place : files(member, "isim")) {
        Bytes content = place->content;
        bool has_imsi = !old_imsi.empty() && text_of(content).contains(old_imsi);
        if (has_imsi && old_imsi.size() != values_.imsi->size())
          return refused("imsi", fmt::format("{} holds the template's IMSI, which has {} digits "
                                             "and not {}",
                                             member, old_imsi.size(), values_.imsi->size()));
        replace_all(content, old_imsi, *values_.imsi);
        replace_all(content, network_label(old_imsi), network_label(*values_.imsi));
        if (content != place->content) put(*place, std::move(content));
      }
    }
    return {};
  }
  std::string network_label(const std::string& imsi) const {
    if (imsi.size() < 6) return "";
    auto ad = files("ef-ad", "usim");
    bool three = !ad.empty() && ad[0]->content.size() > 3 && (ad[0]->content[3] & 0x0F) == 3;
    return fmt::format("mnc{}.mcc{}", three ? imsi.substr(3, 3) : "0" + imsi.substr(3, 2),
                       imsi.substr(0, 3));
  }

  Status put_msisdn() {
    auto places = files("ef-msisdn", "usim");
    if (places.empty()) return no_place("msisdn", "EF.MSISDN");
    const PackageFile& place = *places[0];
    constexpr std::size_t kNumber = 14;  // after the name (3GPP TS 31.102, 4.2.26)
    if (place.record_length < kNumber || place.content.size() < place.record_length)
      return no_place("msisdn", "record in EF.MSISDN");
    RSP_TRY(Bytes record, ef_msisdn(*values_.msisdn));
    Bytes content = place.content;
    std::copy(record.end() - kNumber, record.end(),
              content.begin() + static_cast<std::ptrdiff_t>(place.record_length - kNumber));
    put(place, std::move(content));
    return {};
  }

  // --- Keys and codes ---
  Status put_keys() {
    std::size_t places = 0;
    for (ProfileElement& element : package_.elements) {
      auto* aka = element.as<AkaParameter>();
      auto* own = aka == nullptr ? nullptr : std::get_if<AlgoParameter>(&aka->algo_configuration);
      if (own == nullptr) continue;
      ++places;
      RSP_CHECK(put_keys(*own));
    }
    if (places == 0) return no_place(values_.k ? "k" : "opc", "akaParameter with keys");
    return {};
  }
  Status put_keys(AlgoParameter& own) const {
    bool has_opc = own.algorithm_id != Algorithm::kUsimTest;
    std::string name = asn1::name_of(own.algorithm_id);
    if (!has_opc && values_.opc)
      return no_place("opc", fmt::format("OPc, its algorithm is {}", name));
    if (has_opc && !values_.opc)
      return refused("k", "K comes without an OPc, which depends on it", "give opc or op as well");
    std::size_t opc_size = own.algorithm_id == Algorithm::kTuak ? 32 : 16;
    if (values_.opc && values_.opc->size() != opc_size)
      return refused(
          "opc", fmt::format("it has {} octets, {} takes {}", values_.opc->size(), name, opc_size));
    if (values_.k && values_.k->size() != 16 && own.algorithm_id != Algorithm::kTuak)
      return refused("k", fmt::format("it has {} octets, {} takes 16", values_.k->size(), name));
    if (values_.k) own.key = *values_.k;
    if (values_.opc) own.opc = *values_.opc;
    return {};
  }

  Status put_code(const Code& code) {
    RSP_TRY(Octets<8> octets, code_value(code.name, *(values_.*code.value)));
    std::size_t places = 0;
    auto put_into = [&](auto& entry, Octets<8>& value) {
      if (entry.key_reference != code.reference) return;
      value = octets;
      ++places;
    };
    for (ProfileElement& element : package_.elements) {
      if (auto* puks = element.as<PukCodes>(); puks != nullptr && code.is_puk) {
        for (PukConfiguration& puk : puks->puk_codes) put_into(puk, puk.puk_value);
      }
      auto* pins = element.as<PinCodes>();
      auto* own = pins == nullptr ? nullptr : std::get_if<PinConfigurations>(&pins->pin_codes);
      if (own == nullptr || code.is_puk) continue;
      for (PinConfiguration& pin : *own) put_into(pin, pin.pin_value);
    }
    if (places == 0)
      return no_place(code.name, fmt::format("{} with the reference {}",
                                             code.is_puk ? "PUK" : "PIN", code.reference));
    return {};
  }

  ProfilePackage package_;
  const ProfileValues& values_;
  PackageContents contents_;
};

// --- Values as people write them ---

constexpr std::string_view kValueNames[] = {"iccid", "imsi", "msisdn", "k",    "opc", "op",
                                            "pin1",  "puk1", "pin2",   "puk2", "adm1"};

Status derive_opc(ProfileValues& values, const Bytes& op, const OpcFunction& opc_of) {
  if (values.opc) return refused("op", "there is an opc as well", "give one of the two");
  if (!values.k) return refused("op", "there is no k to make an OPc with");
  if (op.size() != 16 || values.k->size() != 16)
    return refused("op", "OP and K of Milenage have 16 octets each",
                   "give the TOPc of TUAK as opc");
  Octets<16> k, own;
  std::ranges::copy(*values.k, k.begin());
  std::ranges::copy(op, own.begin());
  values.opc = to_bytes(opc_of(k, own));
  return {};
}

// --- CSV ---

Error at_line(std::size_t line, Error error) {
  error.path = place_in_csv(line, error.path);
  return error;
}

class BatchReader {
 public:
  BatchReader(const OpcFunction& opc_of, std::span<const std::string_view> further)
      : opc_of_(opc_of), known_(std::begin(kValueNames), std::end(kValueNames)) {
    known_.insert(known_.end(), further.begin(), further.end());
  }

  Result<ProfileBatch> run(std::string_view text) {
    RSP_TRY(std::vector<CsvRecord> records, parse_csv(text));
    if (records.empty()) return refused("line 1", "there is no line that names the columns");
    RSP_CHECK(read_columns(records.front()));
    for (std::size_t i = 1; i < records.size(); ++i) {
      RSP_TRY(ProfileRow row, row_of(records[i]));
      RSP_CHECK(compare_with_others(row));
      batch_.rows.push_back(std::move(row));
    }
    return std::move(batch_);
  }

 private:
  Status read_columns(const CsvRecord& header) {
    for (const std::string& field : header.fields) {
      std::string name = lower_case(field) == "ki" ? "k" : lower_case(field);
      auto known = std::ranges::find(known_, name, lower_case);
      if (known == known_.end()) {
        bool other = header.fields.size() == 1 && field.find_first_of(";\t") != std::string::npos;
        return refused(place_in_csv(header.line, field), "there is no such column",
                       other ? "separate the columns by commas"
                             : fmt::format("columns are {}", fmt::join(known_, ", ")));
      }
      if (std::ranges::find(columns_, *known) != columns_.end())
        return refused(place_in_csv(header.line, field), "this column is there twice");
      columns_.emplace_back(*known);
    }
    if (std::ranges::find(columns_, "iccid") == columns_.end())
      return refused(fmt::format("line {}", header.line), "there is no column iccid",
                     "the first line names the columns");
    return {};
  }

  Result<ProfileRow> row_of(const CsvRecord& record) {
    if (record.fields.size() != columns_.size())
      return refused(fmt::format("line {}", record.line),
                     fmt::format("it has {} fields, the first line has {}", record.fields.size(),
                                 columns_.size()));
    ProfileRow row{.line = record.line};
    std::vector<NamedText> values;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (record.fields[i].empty()) continue;
      bool is_value = std::ranges::find(kValueNames, columns_[i]) != std::end(kValueNames);
      if (is_value)
        values.emplace_back(columns_[i], record.fields[i]);
      else
        row.further.emplace(columns_[i], record.fields[i]);
    }
    auto read = read_values(values, opc_of_);
    if (!read) return failure(at_line(record.line, std::move(read).error()));
    row.values = *std::move(read);
    if (!row.values.iccid)
      return refused(place_in_csv(record.line, "iccid"), "every line needs an ICCID");
    if (!has_good_check_digit(*row.values.iccid))
      batch_.warnings.push_back(fmt::format("{}: the last digit of {} is not its check digit",
                                            place_in_csv(record.line, "iccid"), *row.values.iccid));
    return row;
  }

  Status compare_with_others(const ProfileRow& row) {
    for (auto [name, value] :
         {std::pair{"iccid", &ProfileValues::iccid}, {"imsi", &ProfileValues::imsi}}) {
      if (!(row.values.*value)) continue;
      std::string key = fmt::format("{} {}", name, *(row.values.*value));
      auto [other, is_new] = lines_.emplace(std::move(key), row.line);
      if (!is_new)
        return refused(place_in_csv(row.line, name),
                       fmt::format("line {} has the same {}", other->second, *(row.values.*value)));
    }
    return {};
  }

  const OpcFunction& opc_of_;
  std::vector<std::string_view> known_;
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t> lines_;  // "imsi 00101...": where it is
  ProfileBatch batch_;
};

}  // namespace

Status check_values(const ProfileValues& values) {
  if (values.iccid) RSP_CHECK(check_iccid(*values.iccid));
  if (values.imsi) RSP_CHECK(ef_imsi(*values.imsi));
  if (values.msisdn) RSP_CHECK(ef_msisdn(*values.msisdn));
  RSP_CHECK(check_key("k", values.k));
  RSP_CHECK(check_key("opc", values.opc));
  for (const Code& code : kCodes) {
    const std::optional<std::string>& value = values.*code.value;
    if (value) RSP_CHECK(code_value(code.name, *value));
  }
  return {};
}

Result<ProfilePackage> personalise(const ProfilePackage& profile_template,
                                   const ProfileValues& values) {
  RSP_CHECK(check_values(values));
  return Personaliser(profile_template, values).run();
}

bool has_good_check_digit(std::string_view iccid_digits) {
  if (iccid_digits.size() <= 18) return true;
  unsigned sum = 0;
  for (std::size_t i = 0; i < iccid_digits.size(); ++i) {
    auto digit = static_cast<unsigned>(iccid_digits[iccid_digits.size() - 1 - i] - '0');
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

std::span<const std::string_view> value_names() { return kValueNames; }

Result<ProfileValues> read_values(std::span<const NamedText> texts, const OpcFunction& opc_of) {
  ProfileValues values;
  std::optional<Bytes> op;
  for (const auto& [name, text] : texts) {
    auto code = std::ranges::find(kCodes, name, &Code::name);
    auto key = name == "k" ? &values.k : name == "opc" ? &values.opc : name == "op" ? &op : nullptr;
    if (name == "iccid") {
      values.iccid = text;
    } else if (name == "imsi") {
      values.imsi = text;
    } else if (name == "msisdn") {
      values.msisdn = text;
    } else if (code != std::end(kCodes)) {
      values.*code->value = text;
    } else if (key != nullptr) {
      auto octets = from_hex(text);
      if (!octets) return refused(name, octets.error().text);
      *key = *std::move(octets);
    } else {
      return refused(name, "there is no such value",
                     fmt::format("there are {}", fmt::join(kValueNames, ", ")));
    }
  }
  RSP_CHECK(check_values(values));
  if (op) RSP_CHECK(derive_opc(values, *op, opc_of));
  return values;
}

bool ProfileBatch::has_msisdn() const {
  return std::ranges::any_of(rows, [](const auto& row) { return row.values.msisdn.has_value(); });
}

std::string place_in_csv(std::size_t line, std::string_view column) {
  return fmt::format("line {}, column {}", line, column);
}

Result<ProfileBatch> parse_profile_csv(std::string_view text, const OpcFunction& opc_of,
                                       std::span<const std::string_view> further) {
  return BatchReader(opc_of, further).run(text);
}

Result<std::vector<ProfilePackage>> personalise(const ProfilePackage& profile_template,
                                                const ProfileBatch& batch) {
  std::vector<ProfilePackage> packages;
  for (const ProfileRow& row : batch.rows) {
    auto package = personalise(profile_template, row.values);
    if (!package) return failure(at_line(row.line, std::move(package).error()));
    packages.push_back(*std::move(package));
  }
  return packages;
}

}  // namespace rsp::saip
