// Rules on files, on service tables and on what the files of a subscription say.
#include <fmt/format.h>

#include <map>

#include "rsp/base/hex.h"
#include "rsp/saip/lint_run.h"
#include "rsp/saip/service_files.h"
#include "rsp/saip/summary.h"
#include "rsp/saip/usim_files.h"

namespace rsp::saip {
namespace {

using enum Severity;

bool is_unfilled(BytesView octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0xFF; });
}

bool is_link(const PackageFile& file) {
  return file.fcp != nullptr && file.fcp->link_path && !file.fcp->link_path->empty();
}

bool has_pattern(const PackageFile& file) {
  return file.fcp != nullptr && file.fcp->proprietary_ef_info &&
         (file.fcp->proprietary_ef_info->fill_pattern ||
          file.fcp->proprietary_ef_info->repeat_pattern);
}

// --- Access rules ---

/// The EF.ARR in charge: in the file's directory, or in the nearest one above that has it.
const PackageFile* arr_of(const LintRun& run, const PackageFile& file) {
  std::vector<std::uint16_t> directory = file.path;
  if (!file.is_directory() && !directory.empty()) directory.pop_back();
  while (true) {
    directory.push_back(file.arr_file);
    if (const PackageFile* found = run.contents.at(directory)) return found;
    directory.pop_back();
    if (directory.empty()) return nullptr;
    directory.pop_back();
  }
}

void lint_access_rule(LintRun& run, const PackageFile& file) {
  if (is_link(file)) return;
  std::string reference = fmt::format("record {} of {:04X}", file.arr_record, file.arr_file);
  if (file.arr_record == 0)
    return run.report("access-rule-missing", file, "it names no access rule", kWarning);
  const PackageFile* arr = arr_of(run, file);
  if (arr == nullptr)
    return run.report("access-rule-missing", file,
                      fmt::format("it refers to {}, and there is no such file", reference));
  if (is_link(*arr) || arr->content.empty()) return;  // what it holds is not known
  if (file.arr_record > arr->records())
    return run.report(
        "access-rule-missing", file,
        fmt::format("it refers to {}, which has {} records", reference, arr->records()));
  if (is_unfilled(arr->record(file.arr_record - 1U)))
    run.report("access-rule-missing", file,
               fmt::format("it refers to {}, which is empty", reference),
               kWarning);  // "never" may be meant
}

// --- EF.DIR ---

/// The AID in an application template (ETSI TS 102 221, 13.1); empty where there is none.
BytesView aid_in(BytesView record) {
  if (record.size() < 4 || record[0] != 0x61 || record[2] != 0x4F) return {};
  std::size_t size = record[3];
  return size > record.size() - 4 ? BytesView{} : record.subspan(4, size);
}

void lint_dir(LintRun& run) {
  const PackageFile* dir = run.contents.at({0x2F00});
  if (dir == nullptr || dir->content.empty()) return;
  std::set<std::string> named;  // in hexadecimal
  for (std::size_t n = 0; n < dir->records(); ++n) {
    BytesView aid = aid_in(dir->record(n));
    if (aid.empty()) continue;
    named.insert(to_hex(aid));
    bool known = std::ranges::any_of(run.contents.applications, [&](const auto& application) {
      return equal(application.aid, aid);
    });
    if (!known)
      run.report("dir-entry-unknown", *dir,
                 fmt::format("its record {} names {}", n + 1, to_hex(aid)));
  }
  for (const PackageApplication& application : run.contents.applications) {
    if (!application.aid.empty() && !named.contains(to_hex(application.aid)))
      run.report(
          "dir-entry-missing", *dir,
          fmt::format("the {} {} is in no record", application.kind, to_hex(application.aid)));
  }
}

// --- Service tables ---

const PackageFile* file_of_service(const LintRun& run, const PackageApplication& application,
                                   const ServiceFile& file) {
  if (file.directory == 0) return run.contents.in(application, {file.id});
  return run.contents.in(application, {file.directory, file.id});
}

/// The phone book may as well be the one that all applications share.
bool is_shared_phonebook(const LintRun& run, const ServiceFile& file) {
  constexpr std::uint16_t kTelecom = 0x7F10, kPhonebook = 0x5F3A;
  return file.directory == 0 && file.id == kPhonebook &&
         run.contents.at({kTelecom, kPhonebook}) != nullptr;
}

/// Whether any of the services that a file belongs to is there.
bool has_any_service(const LintRun& run, const PackageApplication& application,
                     std::span<const ServiceFile> all, const ServiceFile& file) {
  return std::ranges::any_of(all, [&](const ServiceFile& other) {
    return other.directory == file.directory && other.id == file.id &&
           run.has_service(application, other.service);
  });
}

void lint_service_table(LintRun& run, const PackageApplication& application,
                        std::span<const ServiceFile> all) {
  const PackageFile* table = run.service_table(application);
  if (table == nullptr || table->content.empty()) return;
  for (const ServiceFile& file : all) {
    const PackageFile* found = file_of_service(run, application, file);
    bool there = found != nullptr || is_shared_phonebook(run, file);
    if (run.has_service(application, file.service) && !there && file.required) {
      std::string name = file.directory == 0
                             ? fmt::format("{:04X}", file.id)
                             : fmt::format("{:04X}/{:04X}", file.directory, file.id);
      run.report("service-without-file", *table,
                 fmt::format("service {} ({}) has no file {}", file.service, file.name, name));
    }
    bool wanted = found != nullptr && found->mentioned && !found->mandatory;
    if (wanted && !has_any_service(run, application, all, file))
      run.report("file-without-service", *found,
                 fmt::format("it belongs to service {} ({})", file.service, file.name));
  }
}

void lint_enabled_services(LintRun& run, const PackageApplication& application) {
  const PackageFile* est = run.contents.in(application, {0x6F56});
  if (est == nullptr || est->content.empty()) return;
  constexpr std::pair<unsigned, std::string_view> kServices[] = {
      {2, "fixed dialling numbers"}, {6, "barred dialling numbers"}, {35, "APN control list"}};
  for (unsigned bit = 0; bit < std::size(kServices); ++bit) {
    auto [service, name] = kServices[bit];
    bool enabled = (est->content[0] >> bit & 1) != 0;
    if (enabled && est->content[0] != 0xFF && !run.has_service(application, service))
      run.report("enabled-service", *est, fmt::format("it enables {}, service {}", name, service));
  }
}

/// Where the identity is concealed by the terminal, the keys are in DF.5GS, else in DF.SAIP (TCA IP
/// 9.5.12; 3GPP TS 31.102, 4.4.11.8).
void lint_suci(LintRun& run, const PackageApplication& application) {
  if (!run.has_service(application, 124)) return;
  bool by_usim = run.has_service(application, 125);
  const PackageFile* keys = by_usim ? run.contents.in(application, {0x5FD0, 0x4F01})
                                    : run.contents.in(application, {0x5FC0, 0x4F07});
  if (keys != nullptr && (is_link(*keys) || !is_unfilled(keys->content))) return;
  const PackageFile& place = keys != nullptr ? *keys : *run.service_table(application);
  run.report("suci-keys-missing", place,
             fmt::format("service 124 {}is set, and {} has no keys", by_usim ? "with 125 " : "",
                         by_usim ? "5FD0/4F01" : "5FC0/4F07"));
}

// --- The subscription ---

/// Empty where EF.IMSI is readable, else what is wrong (3GPP TS 31.102, 4.2.2).
std::string imsi_problem(BytesView content) {
  if (content.size() < 9) return fmt::format("it has {} octets instead of 9", content.size());
  if (content[0] == 0 || content[0] > 8) return fmt::format("its length is {}", content[0]);
  auto digits = imsi_digits(content);
  if (!digits) return fmt::format("{} has no digits of an IMSI", to_hex(content));
  bool odd = (content[1] & 0x08) != 0;
  if ((content[1] & 0x07) != 1 || odd != (digits->size() % 2 == 1))
    return fmt::format("its first nibble is {:X} before {} digits", content[1] & 0x0F,
                       digits->size());
  if (digits->size() < 6 || digits->size() > 15)
    return fmt::format("{} has {} digits", *digits, digits->size());
  return "";
}

/// The length of MNCs in a country, where all operators there have the same (ITU-T E.212, Annex to
/// the Operational Bulletin). Nothing where that is not so.
std::optional<std::size_t> usual_mnc_length(std::string_view mcc) {
  constexpr std::string_view kThree[] = {"302", "310", "311", "312", "313", "314", "315", "316"};
  if (std::ranges::find(kThree, mcc) != std::end(kThree)) return 3;
  if (mcc[0] == '2') return 2;  // Europe
  return std::nullopt;
}

/// The length in EF.AD, 0 where it says none.
std::size_t mnc_length(LintRun& run, const PackageApplication& application,
                       const std::string& imsi) {
  const PackageFile* ad = run.contents.in(application, {0x6FAD});
  if (ad == nullptr || ad->content.empty()) return 0;
  if (ad->content.size() < 4) {
    run.report("mnc-length", *ad, fmt::format("it has {} octets only", ad->content.size()),
               kWarning);
    return 0;
  }
  std::size_t length = ad->content[3] & 0x0F;
  if (length != 2 && length != 3) {
    run.report("mnc-length", *ad, fmt::format("its fourth octet is {:02X}", ad->content[3]));
    return 0;
  }
  auto usual = usual_mnc_length(std::string_view(imsi).substr(0, 3));
  if (usual && *usual != length)
    run.report(
        "mnc-length-unusual", *ad,
        fmt::format("it says {} digits; MCC {} has MNCs of {}", length, imsi.substr(0, 3), *usual));
  return length;
}

/// Entries of so many octets that begin with a network.
void lint_home_networks(LintRun& run, const PackageFile* list, std::size_t entry,
                        const Octets<3>& home) {
  if (list == nullptr) return;
  bool any = false;
  for (std::size_t at = 0; at + entry <= list->content.size(); at += entry) {
    BytesView network = BytesView(list->content).subspan(at, 3);
    if (is_unfilled(network)) continue;
    if (equal(network, home)) return;
    any = true;
  }
  if (any)
    run.report("home-network-differs", *list,
               fmt::format("the network of the IMSI, {}, is not in it", to_hex(home)));
}

void lint_owner(LintRun& run, const PackageFile& file, const std::string& imsi,
                std::size_t length) {
  const auto& owner = run.context.owner;
  if (!owner) return;
  std::string own = imsi.substr(0, length == 0 ? owner->size() : 3 + length);
  if (own != *owner)
    run.report("owner-differs", file,
               fmt::format("the owner is {}, the IMSI begins with {}", *owner, own));
}

void lint_access_class(LintRun& run, const PackageFile* acc, const std::string& imsi) {
  if (acc == nullptr || acc->content.size() < 2) return;
  auto classes = static_cast<unsigned>(big_endian(BytesView(acc->content).first(2)));
  unsigned ordinary = classes & 0x03FF;
  std::string text = fmt::format("it holds {:04X}", classes);
  // Bit 11 belongs to no class (3GPP TS 31.102, 4.2.15).
  if (ordinary == 0 || (ordinary & (ordinary - 1)) != 0 || (classes & 0x0400) != 0)
    return run.report("access-class", *acc, text);
  if (ordinary != 1U << (imsi.back() - '0'))
    run.report("access-class", *acc,
               fmt::format("{}, the last digit of the IMSI is {}", text, imsi.back()), kNote);
}

// --- Names and numbers ---

/// What is wrong with an alpha identifier (ETSI TS 102 221, Annex A); empty: nothing.
std::string text_problem(BytesView text) {
  while (!text.empty() && text.back() == 0xFF) text = text.first(text.size() - 1);
  if (text.empty()) return "it is empty";
  if (text[0] == 0x80)
    return text.size() % 2 == 1 || text.back() == 0x00 ? "" : "its UCS2 text has half a character";
  if (text[0] == 0x81 || text[0] == 0x82) {
    std::size_t header = text[0] == 0x81 ? 3 : 4;
    if (text.size() < header || text[1] > text.size() - header)
      return "its UCS2 text is shorter than it says";
    return "";
  }
  for (std::uint8_t octet : text) {
    if (octet > 0x7F) return fmt::format("{:02X} is no character of the 7-bit alphabet", octet);
  }
  return "";
}

void lint_spn(LintRun& run, const PackageApplication& application) {
  const PackageFile* spn = run.contents.in(application, {0x6F46});
  if (spn == nullptr || spn->content.empty()) return;
  bool wanted = run.has_service(application, 19);
  if (spn->content.size() != 17)
    return run.report("spn-encoding", *spn,
                      fmt::format("it has {} octets instead of 17", spn->content.size()));
  BytesView content = spn->content;
  if (is_unfilled(content.subspan(1)) && !wanted) return;
  std::string problem = text_problem(content.subspan(1));
  if (!problem.empty()) return run.report("spn-encoding", *spn, problem);
  if (content[0] > 3)
    run.report("spn-encoding", *spn, fmt::format("its display condition is {:02X}", content[0]));
}

/// What is wrong with a record that ends in a dialling number (3GPP TS 31.102, 4.2.26).
std::string number_problem(BytesView record) {
  constexpr std::size_t kNumber = 14;
  if (record.size() < kNumber) return fmt::format("it has {} octets", record.size());
  BytesView number = record.subspan(record.size() - kNumber);
  BytesView name = record.first(record.size() - kNumber);
  if (!is_unfilled(name)) {
    std::string problem = text_problem(name);
    if (!problem.empty()) return problem;
  }
  if (number[0] == 0xFF) return "";  // there is none
  if (number[0] < 2 || number[0] > 11) return fmt::format("its length is {}", number[0]);
  if ((number[1] & 0x80) == 0) return fmt::format("its TON/NPI is {:02X}", number[1]);
  bool ended = false;
  for (std::size_t i = 0; i < (number[0] - 1U) * 2; ++i) {
    std::uint8_t octet = number[2 + i / 2];
    std::uint8_t digit = i % 2 == 0 ? octet & 0x0F : octet >> 4;
    // A to E are *, #, pause, wild and the expansion.
    if (ended && digit != 0x0F) return "a digit stands behind its end";
    ended = digit == 0x0F;
  }
  return "";
}

void lint_msisdn(LintRun& run, const PackageApplication& application) {
  const PackageFile* file = run.contents.in(application, {0x6F40});
  if (file == nullptr) return;
  for (std::size_t n = 0; n < file->records(); ++n) {
    if (file->record(n).empty()) break;
    std::string problem = number_problem(file->record(n));
    if (!problem.empty())
      run.report("msisdn-encoding", *file, fmt::format("record {}: {}", n + 1, problem));
  }
}

/// The last 28 octets of a record are parameters; bit 2 of their first tells that the service
/// centre is absent (3GPP TS 31.102, 4.2.27).
void lint_sms(LintRun& run, const PackageApplication& application) {
  if (!run.has_service(application, 12)) return;
  const PackageFile* file = run.contents.in(application, {0x6F42});
  if (file == nullptr || is_link(*file)) return;
  constexpr std::size_t kParameters = 28, kCentre = 13;
  if (file->record_length < kParameters)
    return run.report(
        "sms-parameters", *file,
        fmt::format("its records have {} octets, at least 28 are needed", file->record_length),
        kError);
  for (std::size_t n = 0; n < file->records(); ++n) {
    BytesView record = file->record(n);
    if (record.empty()) return;
    BytesView parameters = record.subspan(record.size() - kParameters);
    bool present = (parameters[0] & 0x02) == 0;
    if (present && parameters[kCentre] != 0xFF) return;
  }
  run.report("sms-parameters", *file, "no record has a service centre");
}

/// 80, length, text (3GPP TS 31.103, 4.2.2 and 4.2.4).
std::string_view identity_in(BytesView content) {
  if (content.size() < 2 || content[0] != 0x80 || content[1] > content.size() - 2) return {};
  return text_of(content.subspan(2, content[1]));
}

void lint_identities(LintRun& run, const PackageApplication& isim, const std::string& imsi) {
  for (std::uint16_t id : {0x6F02, 0x6F04}) {
    const PackageFile* file = run.contents.in(isim, {id});
    if (file == nullptr) continue;
    std::string_view identity = identity_in(file->content);
    if (identity.starts_with("sip:")) identity.remove_prefix(4);
    std::string_view user = identity.substr(0, identity.find('@'));
    bool digits = user.size() >= 6 && user.size() <= 15 &&
                  std::ranges::all_of(user, [](char c) { return c >= '0' && c <= '9'; });
    // Only where it is derived; an operator may give any other.
    if (digits && identity.contains(".3gppnetwork.org") && user != imsi)
      run.report("imsi-identities-differ", *file,
                 fmt::format("it is made of {}, the USIM has {}", user, imsi));
  }
}

void lint_usim(LintRun& run, const PackageApplication& usim) {
  lint_spn(run, usim);
  lint_msisdn(run, usim);
  lint_sms(run, usim);
  const PackageFile* file = run.contents.in(usim, {0x6F07});
  // An IoT Minimal Profile may leave it to its header.
  if (file == nullptr || !file->filled) return;
  std::string problem = imsi_problem(file->content);
  if (!problem.empty()) return run.report("imsi-unreadable", *file, problem);
  std::string imsi = imsi_digits(file->content).value();
  std::size_t length = mnc_length(run, usim, imsi);
  lint_owner(run, *file, imsi, length);
  lint_access_class(run, run.contents.in(usim, {0x6F78}), imsi);
  if (length != 0) {
    Octets<3> home = plmn_of(imsi, length);
    lint_home_networks(run, run.contents.in(usim, {0x6FD9}), 3, home);
    lint_home_networks(run, run.contents.in(usim, {0x6F62}), 5, home);
  }
  for (const PackageApplication& other : run.contents.applications) {
    if (other.kind == "isim") lint_identities(run, other, imsi);
  }
}

}  // namespace

void lint_files(LintRun& run) {
  for (const PackageFile& file : run.contents.files) {
    if (file.fill_error) run.report("fill-beyond-end", file, file.fill_error->text);
    if (file.content_required && !file.filled && !has_pattern(file) && !is_link(file))
      run.report("content-missing", file, "nothing is filled in");
    lint_access_rule(run, file);
  }
  lint_dir(run);
}

void lint_services(LintRun& run) {
  for (const PackageApplication& application : run.contents.applications) {
    bool usim = application.kind == "usim";
    if (application.kind == "csim") continue;
    lint_service_table(run, application, usim ? usim_service_files() : isim_service_files());
    if (!usim) continue;
    lint_enabled_services(run, application);
    lint_suci(run, application);
    const PackageFile* table = run.service_table(application);
    if (table != nullptr && table->filled && !run.has_service(application, 33))
      run.report("service-33", *table, "it is not set");
  }
}

void lint_subscription(LintRun& run) {
  for (const PackageApplication& application : run.contents.applications) {
    if (application.kind == "usim") lint_usim(run, application);
  }
}

}  // namespace rsp::saip
