#include "rsp/saip/profile_maker.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"
#include "rsp/saip/usim_files.h"

namespace rsp::saip {
namespace {

constexpr Octets<2> kUsimId{0x7F, 0xD0};  // temporary, as in TS.48

/// Records of the two EF.ARR. ADM1 does whatever the others may not.
constexpr std::uint8_t kAdministrate = 0x58;  // delete, activate, deactivate
constexpr std::uint8_t kAdministrateAndUpdate = 0x5A;
constexpr std::uint8_t kRead = 0x01, kUpdate = 0x02;
/// Of 2F06.
enum MfRule : std::uint8_t { kDirectory = 1, kPublic = 2, kNeverUpdated = 3, kPinUpdates = 4 };
/// Of 6F06.
enum UsimRule : std::uint8_t {
  kPinReadsAndUpdates = 1,
  kPinReads = 2,
  kAllRead = 3,
  kPin2Updates = 4
};

std::vector<Bytes> mf_rules() {
  constexpr std::uint8_t kDirectoryModes = 0x5E;  // and create below it
  return {arr_record({{kDirectoryModes, kAdm1}}),
          arr_record({{kRead, kEverybody}, {kAdministrateAndUpdate, kAdm1}}),
          arr_record({{kRead, kEverybody}, {0x18, kAdm1}}),
          arr_record({{kRead, kEverybody}, {kUpdate, kPinAppl1}, {kAdministrate, kAdm1}})};
}

std::vector<Bytes> usim_rules() {
  return {arr_record({{kRead | kUpdate, kPinAppl1}, {kAdministrate, kAdm1}}),
          arr_record({{kRead, kPinAppl1}, {kAdministrateAndUpdate, kAdm1}}),
          arr_record({{kRead, kEverybody}, {kAdministrateAndUpdate, kAdm1}}),
          arr_record({{kRead, kPinAppl1}, {kUpdate, kSecondPinAppl1}, {kAdministrate, kAdm1}})};
}

asn1::Oid template_id(std::string_view name) { return FilePe(*layout_of(name)).template_id; }

/// The parameters in the form in which files hold them.
struct Contents {
  Octets<10> header_iccid;
  Bytes iccid, imsi, spn, msisdn;
  Octets<3> plmn{};
  Octets<8> pin1{}, puk1{}, pin2{}, puk2{}, adm1{};
};

std::unexpected<Error> bad_parameter(std::string_view name, std::string text) {
  return failure({.layer = Layer::kInput, .path = std::string(name), .text = std::move(text)});
}

/// Ten octets with F at the end; of the two forms, the one in reading order is in the profile
/// header.
Status convert_iccid(const std::string& digits, Contents& out) {
  bool all_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits) return bad_parameter("iccid_digits", "an ICCID has digits only");
  if (digits.size() < 18 || digits.size() > 20) {
    return bad_parameter("iccid_digits",
                         fmt::format("an ICCID has 18 to 20 digits, not {}", digits.size()));
  }
  RSP_TRY(out.iccid, to_swapped_bcd(digits, 10));
  std::ranges::copy(out.iccid, out.header_iccid.begin());
  out.header_iccid = swapped_nibbles(out.header_iccid);
  return {};
}

Status convert_codes(const ProfileParameters& p, Contents& out) {
  RSP_TRY(out.pin1, code_value("pin1", p.pin1));
  RSP_TRY(out.puk1, code_value("puk1", p.puk1));
  RSP_TRY(out.pin2, code_value("pin2", p.pin2));
  RSP_TRY(out.puk2, code_value("puk2", p.puk2));
  RSP_TRY(out.adm1, code_value("adm1", p.adm1));
  return {};
}

Result<Contents> convert(const ProfileParameters& p) {
  Contents out;
  RSP_CHECK(convert_iccid(p.iccid_digits, out));
  RSP_TRY(out.imsi, ef_imsi(p.imsi));
  if (p.mnc_length != 2 && p.mnc_length != 3) {
    return bad_parameter("mnc_length",
                         fmt::format("an MNC has 2 or 3 digits, not {}", p.mnc_length));
  }
  out.plmn = plmn_of(p.imsi, p.mnc_length);
  if (p.profile_type.empty() || p.profile_type.size() > 100) {
    return bad_parameter("profile_type", "a profile type has 1 to 100 octets");
  }
  out.spn = Bytes(17, 0xFF);
  if (p.service_provider_name) {
    RSP_TRY(out.spn, ef_spn(*p.service_provider_name));
  }
  if (p.msisdn) {
    RSP_TRY(out.msisdn, ef_msisdn(*p.msisdn));
  }
  RSP_CHECK(convert_codes(p, out));
  return out;
}

/// Puts elements one after the other, mandates them and numbers them.
class Maker {
 public:
  Maker(const ProfileParameters& parameters, Contents contents)
      : p_(parameters), contents_(std::move(contents)) {}

  ProfilePackage make() {
    add_header();
    add_mf();
    add_puk_codes();
    add_pins_of_mf();
    add_usim();
    if (p_.msisdn) add_opt_usim();
    add_pins_of_usim();
    add_aka();
    add_security_domain();
    add_rfm({0xB0, 0x01, 0x20}, std::nullopt);
    add_rfm({0xB0, 0x01, 0x40}, made_usim_aid());
    if (p_.filler > 0) add_filler();
    add(End{});
    return std::move(package_);
  }

 private:
  template <class T>
  void add(T body) {
    if constexpr (requires { body.header; }) {
      body.header.mandated.emplace();
      body.header.identification = ++last_identification_;
    }
    package_.elements.push_back({.body = std::move(body), .offset = 0});
  }

  void add_header() {
    ProfileHeader header{.major_version = 2, .minor_version = 3};
    header.profile_type = p_.profile_type;
    header.iccid = contents_.header_iccid;
    header.mandatory_services = {Service::kUsim, Service::kMilenage};
    header.mandatory_gfste_list = {template_id("mf"), template_id("usim")};
    if (p_.msisdn) header.mandatory_gfste_list.push_back(template_id("opt-usim"));
    add(std::move(header));
  }

  // --- MF (ETSI TS 102 221, 13) ---
  void add_mf() {
    constexpr ArrLevel kLevel = ArrLevel::kMf;
    FilePe pe(*layout_of("mf"));
    Fcp mf;
    mf.security_attributes_referenced = access_reference(kLevel, kDirectory);
    mf.pin_status_template_do = Bytes{kPinAppl1, kAdm1};
    pe.file("mf") = {mf};
    // No preferred language.
    pe.file("ef-pl") =
        file_of(transparent_ef(kLevel, {0x2F05, 0x05, kPinUpdates}, 2), {0xFF, 0xFF});
    pe.file("ef-iccid") =
        file_of(transparent_ef(kLevel, {0x2FE2, 0x02, kNeverUpdated}, 10), contents_.iccid);
    Bytes usim = dir_record(made_usim_aid(), "USIM");
    pe.file("ef-dir") =
        file_of(linear_fixed_ef(kLevel, {0x2F00, 0x1E, kPublic}, usim.size(), 1), usim);
    pe.file("ef-arr") = arr_file(kLevel, {0x2F06, 0x06, kPublic}, mf_rules());
    // At most 60 mA and 60 s, as TS.48 has it; nothing beyond.
    pe.file("ef-umpc") =
        file_of(transparent_ef(kLevel, {0x2F08, 0x08, kPublic}, 5), {0x3C, 0x3C, 0x00, 0x00, 0x00});
    add(std::move(pe));
  }

  // --- PIN and PUK ---
  void add_puk_codes() {
    PukCodes pe;
    pe.puk_codes = {{.key_reference = kPukAppl1, .puk_value = contents_.puk1},
                    {.key_reference = kSecondPukAppl1, .puk_value = contents_.puk2}};
    add(std::move(pe));
  }
  // Not specified in the ASN.1 module: bit 1 of pinAttributes is "enabled", as TS.48 uses it.
  static constexpr std::uint8_t kDisabledPin = 6, kEnabledPin = 3, kTenAttempts = 0xAA;
  void add_pins_of_mf() {
    PinCodes pe;
    pe.pin_codes = PinConfigurations{{.key_reference = kPinAppl1,
                                      .pin_value = contents_.pin1,
                                      .unblocking_pin_reference = kPukAppl1,
                                      .pin_attributes = kDisabledPin},
                                     {.key_reference = kAdm1,
                                      .pin_value = contents_.adm1,
                                      .pin_attributes = kEnabledPin,
                                      .attempts = kTenAttempts}};
    add(std::move(pe));
  }
  void add_pins_of_usim() {
    PinCodes pe;
    pe.pin_codes = PinConfigurations{{.key_reference = kSecondPinAppl1,
                                      .pin_value = contents_.pin2,
                                      .unblocking_pin_reference = kSecondPukAppl1,
                                      .pin_attributes = kEnabledPin}};
    add(std::move(pe));
  }

  // --- USIM (3GPP TS 31.102, 4.2) ---
  void add_usim() {
    FilePe pe(*layout_of("usim"));
    Fcp adf;
    adf.file_id = kUsimId;
    adf.df_name = made_usim_aid();
    adf.security_attributes_referenced = access_reference(ArrLevel::kMf, kDirectory);
    adf.pin_status_template_do = Bytes{kSecondPinAppl1, kPinAppl1, kAdm1};
    pe.file("adf-usim") = {adf};
    pe.file("ef-arr") = arr_file(ArrLevel::kAdf, {0x6F06, 0x17, kAllRead}, usim_rules());
    put_subscription(pe);
    put_network(pe);
    put_location(pe);
    put_messages(pe);
    add(std::move(pe));
  }
  static void put(FilePe& pe, std::string_view name, const EfKind& kind, Bytes content) {
    std::size_t size = content.size();
    pe.file(name) = file_of(transparent_ef(ArrLevel::kAdf, kind, size), std::move(content));
  }
  static void put_records(FilePe& pe, std::string_view name, const EfKind& kind, std::size_t record,
                          std::size_t count, Bytes content = {}) {
    pe.file(name) =
        file_of(linear_fixed_ef(ArrLevel::kAdf, kind, record, count), std::move(content));
  }
  void put_subscription(FilePe& pe) {
    put(pe, "ef-imsi", {0x6F07, 0x07, kPinReads}, contents_.imsi);
    put(pe, "ef-ust", {0x6F38, 0x04, kPinReads}, services());
    put(pe, "ef-est", {0x6F56, 0x05, kPin2Updates}, {0x00});
    put(pe, "ef-spn", {0x6F46, 0, kAllRead}, contents_.spn);
    put(pe, "ef-acc", {0x6F78, 0x06, kPinReads}, ef_acc(p_.imsi));
    auto mnc_length = static_cast<std::uint8_t>(p_.mnc_length);
    put(pe, "ef-ad", {0x6FAD, 0x03, kAllRead}, {0x00, 0x00, 0x00, mnc_length});
    // 112 and 911, without names and categories.
    put_records(pe, "ef-ecc", {0x6FB7, 0x01, kAllRead}, 4, 2,
                {0x11, 0xF2, 0xFF, 0x00, 0x19, 0xF1, 0xFF, 0x00});
  }
  Bytes services() const {
    return ef_ust({2,   // fixed dialling numbers
                   10,  // SMS
                   12,  // SMS parameters
                   p_.service_provider_name ? 19U : 0U, p_.msisdn ? 21U : 0U,
                   28,    // data download via SMS-PP
                   33,    // always set
                   34,    // enabled services table
                   85});  // EPS mobility management information
  }
  static Bytes filled(std::initializer_list<std::uint8_t> start, std::size_t size) {
    Bytes content(start);
    content.resize(size, 0xFF);
    return content;
  }
  static void put_network(FilePe& pe) {
    Bytes no_keys = filled({0x07}, 33);
    put(pe, "ef-keys", {0x6F08, 0x08, kPinReadsAndUpdates, true}, no_keys);
    put(pe, "ef-keysPS", {0x6F09, 0x09, kPinReadsAndUpdates, true}, no_keys);
    put(pe, "ef-hpplmn", {0x6F31, 0x12, kPinReads}, {0x0A});  // looks every hour for its network
    put(pe, "ef-start-hfn", {0x6F5B, 0x0F, kPinReadsAndUpdates, true},
        {0xF0, 0x00, 0x00, 0xF0, 0x00, 0x00});
    put(pe, "ef-threshold", {0x6F5C, 0x10, kPinReads}, filled({}, 3));
    put(pe, "ef-fplmn", {0x6F7B, 0x0D, kPinReadsAndUpdates}, filled({}, 12));
    put(pe, "ef-netpar", {0x6FC4, 0, kPinReadsAndUpdates, true}, filled({}, 50));
    put_records(pe, "ef-epsnsc", {0x6FE4, 0x18, kPinReadsAndUpdates, true}, 54, 1);
  }
  /// No temporary identities, the home network's code and "not updated".
  void put_location(FilePe& pe) const {
    auto at_home = [&](std::size_t unknown, std::initializer_list<std::uint8_t> rest) {
      Bytes content(unknown, 0xFF);
      append(content, contents_.plmn);
      append(content, Bytes(rest));
      return content;
    };
    EfKind kind{.access_rule = kPinReadsAndUpdates, .often_updated = true};
    kind.id = 0x6F7E, kind.sfi = 0x0B;
    put(pe, "ef-loci", kind, at_home(4, {0xFF, 0xFE, 0xFF, 0x01}));
    kind.id = 0x6F73, kind.sfi = 0x0C;
    put(pe, "ef-psloci", kind, at_home(7, {0xFF, 0xFE, 0xFF, 0x01}));
    kind.id = 0x6FE3, kind.sfi = 0x1E;
    put(pe, "ef-epsloci", kind, at_home(12, {0xFF, 0xFE, 0x01}));
  }
  static void put_messages(FilePe& pe) {
    put_records(pe, "ef-fdn", {0x6F3B, 0, kPin2Updates}, 26, 10);
    put_records(pe, "ef-sms", {0x6F3C, 0, kPinReadsAndUpdates}, 176, 10);
    // Each record begins with "free".
    std::get<asn1::Boxed<Fcp>>(pe.file("ef-sms").front())->proprietary_ef_info =
        ProprietaryInfo{.fill_pattern = Bytes{0x00, 0xFF}};
    put_records(pe, "ef-smsp", {0x6F42, 0, kPinReadsAndUpdates}, 38, 1);
    put(pe, "ef-smss", {0x6F43, 0, kPinReadsAndUpdates}, {0xFF, 0xFF});
  }
  void add_opt_usim() {
    FilePe pe(*layout_of("opt-usim"));
    put_records(pe, "ef-msisdn", {0x6F40, 0, kPinReadsAndUpdates}, kMsisdnRecord, 1,
                contents_.msisdn);
    add(std::move(pe));
  }

  void add_filler() {
    Fcp fcp;
    fcp.file_descriptor = Bytes{0x41, 0x21};
    fcp.file_id = Octets<2>{0x2F, 0x50};
    fcp.ef_file_size =
        Bytes{static_cast<std::uint8_t>(p_.filler >> 8), static_cast<std::uint8_t>(p_.filler)};
    GenericFileManagement pe;
    auto& commands = pe.file_management_cmd.emplace_back();
    commands.emplace_back(fcp);
    constexpr std::size_t kPiece = 1000;
    for (std::size_t at = 0; at < p_.filler; at += kPiece)
      commands.emplace_back(Bytes(std::min(kPiece, p_.filler - at), 0x5A));
    add(std::move(pe));
  }

  void add_aka() {
    AlgoParameter algorithm;
    algorithm.algorithm_options = {0x01};
    algorithm.key = to_bytes(p_.k);
    algorithm.opc = to_bytes(p_.opc);
    AkaParameter pe;
    pe.algo_configuration = std::move(algorithm);
    add(std::move(pe));
  }

  // --- Over the air: identifiers, privileges and parameters as in TS.48 ---
  void add_security_domain() {
    SecurityDomain pe;
    ApplicationInstance& instance = pe.instance;
    instance.application_load_package_aid = "A0000001515350"_hex;
    instance.class_aid = "A000000151535041"_hex;
    instance.instance_aid = "A000000151000000"_hex;
    instance.application_privileges = "82DC00"_hex;
    instance.life_cycle_state = {0x0F};                                              // personalized
    instance.application_specific_parameters_c9 = "810280008201F08301F08701F0"_hex;  // SCP80
    instance.application_parameters.emplace().toolkit =
        "010000000002010206B2010000000000"_hex;  // TAR B20100
    pe.key_list = {ota_key(1, 0x18), ota_key(2, 0x14), ota_key(3, 0x48)};
    add(std::move(pe));
  }
  /// KIc, KID and KIK by their usage qualifiers (GlobalPlatform Card Specification, 11.1.9).
  KeyObject ota_key(std::uint8_t identifier, std::uint8_t usage) const {
    constexpr std::uint8_t kAes = 0x88;
    KeyObject key;
    key.key_usage_qualifier = Bytes{usage};
    key.key_identifier = {identifier};
    key.key_version_number = {0x01};
    key.key_components = {{.key_type = {kAes}, .key_data = to_bytes(p_.ota_key)}};
    return key;
  }
  void add_rfm(const Octets<3>& tar, const std::optional<ApplicationId>& adf) {
    const Bytes full_access{0x00};
    Rfm pe;
    pe.instance_aid = "A00000055910100000"_hex;
    pe.instance_aid.back() = ++last_rfm_;
    pe.tar_list = {tar};
    pe.minimum_security_level = {0x02};  // a cryptographic checksum
    pe.uicc_access_domain = full_access;
    pe.uicc_admin_access_domain = full_access;
    if (adf) {
      pe.adf_rfm_access = AdfRfmAccess{.adf_aid = *adf,
                                       .adf_access_domain = full_access,
                                       .adf_admin_access_domain = full_access};
    }
    add(std::move(pe));
  }

  const ProfileParameters& p_;
  Contents contents_;
  ProfilePackage package_;
  std::uint16_t last_identification_ = 0;
  std::uint8_t last_rfm_ = 0;
};

}  // namespace

ApplicationId made_usim_aid() { return ApplicationId("A0000000871002FF01FF018900000100"_hex); }

Result<ProfilePackage> make_package(const ProfileParameters& parameters) {
  if (parameters.filler > 0xFFFF) {
    return failure(
        {.layer = Layer::kInput, .path = "filler", .text = "a file has at most 65535 octets"});
  }
  RSP_TRY(Contents contents, convert(parameters));
  return Maker(parameters, std::move(contents)).make();
}

Result<Bytes> make_profile(const ProfileParameters& parameters) {
  RSP_TRY(ProfilePackage package, make_package(parameters));
  return encode_package(package);
}

}  // namespace rsp::saip
