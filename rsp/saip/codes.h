// PIN, PUK and network authentication (TCA IP 3.3.1, PE-PINCodes to PE-CDMAParameter; E.5).
#pragma once

#include "rsp/saip/file.h"

namespace rsp::saip {

/// PINKeyReferenceValue, as in ETSI TS 102 221 table 9.3: 1-8 and 10-14 are global, 129-136 and
/// 138-142 local.
using PinReference = std::uint8_t;
inline constexpr PinReference kPinAppl1 = 1, kAdm1 = 10, kSecondPinAppl1 = 129;
bool is_global_pin(PinReference reference);
bool is_local_pin(PinReference reference);
/// PUKKeyReferenceValue: 1-8 and 129-136.
using PukReference = std::uint8_t;
inline constexpr PukReference kPukAppl1 = 1, kSecondPukAppl1 = 129;
bool is_puk(PukReference reference);

struct PinConfiguration {
  PinReference key_reference = 0;
  Octets<8> pin_value{};  // digits in ASCII, FF at the end
  std::optional<PukReference> unblocking_pin_reference;
  std::uint8_t pin_attributes = 7;
  std::uint8_t attempts = 51;  // 33: at most three in the high nibble, three left in the low one
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "keyReference", m.key_reference);
    f(asn1::context(1), "pinValue", m.pin_value);
    f(asn1::context(2), "unblockingPINReference", m.unblocking_pin_reference);
    f(asn1::context(3), "pinAttributes", m.pin_attributes, Default{std::uint8_t{7}});
    f(asn1::context(4), "maxNumOfAttemps-retryNumLeft", m.attempts, Default{std::uint8_t{51}});
  }
};
struct PinConfigurations : std::vector<PinConfiguration> {
  using std::vector<PinConfiguration>::vector;
  static constexpr Each kSpec{asn1::kSequence};
};
inline constexpr std::size_t kMaxPins = 26;

/// PE-PINCodes: the PINs of the directory that was created last, or the path of a directory whose
/// PINs it shares.
struct PinCodes {
  static constexpr asn1::Tag kTag = asn1::context(2);  // A2
  static constexpr std::string_view kName = "pinCodes";
  PeHeader header;
  std::variant<PinConfigurations, FilePath> pin_codes;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "pin-Header", m.header);
    f(asn1::context(1), "pinCodes", m.pin_codes,
      OneOf{asn1::Alternative{asn1::context(0), "pinconfig"},
            asn1::Alternative{asn1::context(1), "filePath"}});
  }
};

struct PukConfiguration {
  PukReference key_reference = 0;
  Octets<8> puk_value{};
  std::uint8_t attempts = 170;  // AA: ten, ten left
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "keyReference", m.key_reference);
    f(asn1::context(1), "pukValue", m.puk_value);
    f(asn1::context(2), "maxNumOfAttemps-retryNumLeft", m.attempts, Default{std::uint8_t{170}});
  }
};
inline constexpr std::size_t kMaxPuks = 16;

/// PE-PUKCodes.
struct PukCodes {
  static constexpr asn1::Tag kTag = asn1::context(3);  // A3
  static constexpr std::string_view kName = "pukCodes";
  PeHeader header;
  std::vector<PukConfiguration> puk_codes;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "puk-Header", m.header);
    f(asn1::context(1), "pukCodes", m.puk_codes, Each{asn1::kSequence});
  }
};

enum class Algorithm : std::int32_t { kMilenage = 1, kTuak = 2, kUsimTest = 3 };
constexpr auto enum_names(Algorithm) {
  return asn1::named<Algorithm>({{Algorithm::kMilenage, "milenage"},
                                 {Algorithm::kTuak, "tuak"},
                                 {Algorithm::kUsimTest, "usim-test-algorithm"}});
}

/// Milenage's r1 to r5 and c1 to c5 (3GPP TS 35.206).
inline constexpr Octets<5> kRotationConstants{0x40, 0x00, 0x20, 0x40, 0x60};
constexpr Octets<80> make_xoring_constants() {
  Octets<80> constants{};
  constants[31] = 1;
  constants[47] = 2;
  constants[63] = 4;
  constants[79] = 8;
  return constants;
}
inline constexpr Octets<80> kXoringConstants = make_xoring_constants();

/// Use of another application's parameters.
struct MappingParameter {
  Octets<1> mapping_options{};
  ApplicationId mapping_source;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "mappingOptions", m.mapping_options);
    f(asn1::context(1), "mappingSource", m.mapping_source);
  }
};

struct AlgoParameter {
  Algorithm algorithm_id = Algorithm::kMilenage;
  Octets<1> algorithm_options{};
  Bytes key;
  Bytes opc;  // OPc of Milenage, TOPc of TUAK
  Octets<5> rotation_constants = kRotationConstants;
  Octets<80> xoring_constants = kXoringConstants;
  std::optional<Octets<3>> auth_counter_max;
  std::uint8_t number_of_keccak = 1;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "algorithmID", m.algorithm_id);
    f(asn1::context(1), "algorithmOptions", m.algorithm_options);
    f(asn1::context(2), "key", m.key);
    f(asn1::context(3), "opc", m.opc);
    f(asn1::context(4), "rotationConstants", m.rotation_constants, Default{kRotationConstants});
    f(asn1::context(5), "xoringConstants", m.xoring_constants, Default{kXoringConstants});
    f(asn1::context(6), "authCounterMax", m.auth_counter_max);
    f(asn1::context(7), "numberOfKeccak", m.number_of_keccak, Default{std::uint8_t{1}});
  }
};

/// One SQN, without its index, for each of the 32 values of the index.
struct SqnInit : std::vector<Octets<6>> {
  using std::vector<Octets<6>>::vector;
  static constexpr Each kSpec{asn1::kOctetString};
};
inline constexpr std::size_t kSqnCount = 32;
inline constexpr Octets<6> kSqnDelta{0x00, 0x00, 0x10, 0x00, 0x00, 0x00};

/// PE-AKAParameter, for the application that was created last.
struct AkaParameter {
  static constexpr asn1::Tag kTag = asn1::context(4);  // A4
  static constexpr std::string_view kName = "akaParameter";
  PeHeader header;
  std::variant<MappingParameter, AlgoParameter> algo_configuration;
  Octets<1> sqn_options{0x02};
  Octets<6> sqn_delta = kSqnDelta;
  Octets<6> sqn_age_limit = kSqnDelta;
  SqnInit sqn_init = SqnInit(kSqnCount);
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "aka-header", m.header);
    f(asn1::context(1), "algoConfiguration", m.algo_configuration,
      OneOf{asn1::Alternative{asn1::context(0), "mappingParameter"},
            asn1::Alternative{asn1::context(1), "algoParameter"}});
    f(asn1::context(2), "sqnOptions", m.sqn_options, Default{Octets<1>{0x02}});
    f(asn1::context(3), "sqnDelta", m.sqn_delta, Default{kSqnDelta});
    f(asn1::context(4), "sqnAgeLimit", m.sqn_age_limit, Default{kSqnDelta});
    f(asn1::context(5), "sqnInit", m.sqn_init, Default{SqnInit(kSqnCount)});
  }
};

/// PE-CDMAParameter, for the CSIM that was created last.
struct CdmaParameter {
  static constexpr asn1::Tag kTag = asn1::context(5);  // A5
  static constexpr std::string_view kName = "cdmaParameter";
  PeHeader header;
  Octets<8> authentication_key{};  // A-Key
  std::optional<Octets<16>> ssd;   // shared secret data A, then B
  std::optional<asn1::OctetsOf<2, 32>> hrpd_access_authentication_data;
  std::optional<asn1::OctetsOf<3, 483>> simple_ip_authentication_data;
  std::optional<asn1::OctetsOf<5, 957>> mobile_ip_authentication_data;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "cdma-header", m.header);
    f(asn1::context(1), "authenticationKey", m.authentication_key);
    f(asn1::context(2), "ssd", m.ssd);
    f(asn1::context(3), "hrpdAccessAuthenticationData", m.hrpd_access_authentication_data);
    f(asn1::context(4), "simpleIPAuthenticationData", m.simple_ip_authentication_data);
    f(asn1::context(5), "mobileIPAuthenticationData", m.mobile_ip_authentication_data);
  }
};

}  // namespace rsp::saip
