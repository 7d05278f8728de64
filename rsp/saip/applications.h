// Security domains, remote file management and applications (TCA IP 3.3.1, 8.6 and 8.7).
#pragma once

#include "rsp/saip/header.h"

namespace rsp::saip {

inline constexpr asn1::Tag kAidTag = asn1::application(15);  // 4F

struct KeyComponent {
  Bytes key_type;  // 88: AES, 80: DES
  Bytes key_data;
  std::uint8_t mac_length = 8;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "keyType", m.key_type);
    f(asn1::context(6), "keyData", m.key_data);
    f(asn1::context(7), "macLength", m.mac_length, Default{std::uint8_t{8}});
  }
};

/// KeyObject: one key of a security domain (E.8).
struct KeyObject {
  static constexpr bool kTagsDescend = true;
  asn1::OctetsOf<1, 2> key_usage_qualifier;  // GlobalPlatform Card Specification, 11.1.9
  Octets<1> key_access{0x00};
  Octets<1> key_identifier{};
  Octets<1> key_version_number{};
  std::optional<Bytes> key_counter_value;
  std::vector<KeyComponent> key_components;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(21), "keyUsageQualifier", m.key_usage_qualifier);
    f(asn1::context(22), "keyAccess", m.key_access, Default{Octets<1>{0x00}});
    f(asn1::context(2), "keyIdentifier", m.key_identifier);
    f(asn1::context(3), "keyVersionNumber", m.key_version_number);
    f(asn1::context(5), "keyCounterValue", m.key_counter_value);
    f(asn1::kSequence, "keyComponents", m.key_components, Each{asn1::kSequence});
  }
};

struct AdditionalContactlessParameters {
  Bytes protocol_parameter_data;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "protocolParameterData", m.protocol_parameter_data);
  }
};

/// ApplicationSystemParameters: tag EF of INSTALL (GlobalPlatform, ETSI TS 102 226).
struct ApplicationSystemParameters {
  using Quota = asn1::OctetsOf<2, 4>;
  std::optional<Quota> volatile_memory_quota_c7, non_volatile_memory_quota_c8;
  std::optional<Bytes> global_service_parameters, implicit_selection_parameter;
  std::optional<Quota> volatile_reserved_memory, non_volatile_reserved_memory;
  std::optional<Bytes> sim_file_access_toolkit_parameter;
  std::optional<AdditionalContactlessParameters> additional_contactless_parameters;
  std::optional<Bytes> contactless_protocol_parameters, user_interaction_contactless_parameters;
  std::optional<Quota> cumulative_granted_volatile_memory, cumulative_granted_non_volatile_memory;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::private_use(7), "volatileMemoryQuotaC7", m.volatile_memory_quota_c7);
    f(asn1::private_use(8), "nonVolatileMemoryQuotaC8", m.non_volatile_memory_quota_c8);
    f(asn1::private_use(11), "globalServiceParameters", m.global_service_parameters);
    f(asn1::private_use(15), "implicitSelectionParameter", m.implicit_selection_parameter);
    f(asn1::private_use(23), "volatileReservedMemory", m.volatile_reserved_memory);
    f(asn1::private_use(24), "nonVolatileReservedMemory", m.non_volatile_reserved_memory);
    f(asn1::private_use(10), "ts102226SIMFileAccessToolkitParameter",
      m.sim_file_access_toolkit_parameter);
    f(asn1::context(0), "ts102226AdditionalContactlessParameters",
      m.additional_contactless_parameters);
    f(asn1::private_use(25), "contactlessProtocolParameters", m.contactless_protocol_parameters);
    f(asn1::private_use(26), "userInteractionContactlessParameters",
      m.user_interaction_contactless_parameters);
    f(asn1::context(2), "cumulativeGrantedVolatileMemory", m.cumulative_granted_volatile_memory);
    f(asn1::context(3), "cumulativeGrantedNonVolatileMemory",
      m.cumulative_granted_non_volatile_memory);
  }
};

/// UICCApplicationParameters: tag EA of INSTALL (ETSI TS 102 226).
struct UiccApplicationParameters {
  std::optional<Bytes> toolkit, access, administrative_access;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "uiccToolkitApplicationSpecificParametersField", m.toolkit);
    f(asn1::context(1), "uiccAccessApplicationSpecificParametersField", m.access);
    f(asn1::context(2), "uiccAdministrativeAccessApplicationSpecificParametersField",
      m.administrative_access);
  }
};

struct ControlReferenceTemplate {
  Bytes application_provider_identifier;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::application(32), "applicationProviderIdentifier", m.application_provider_identifier);
  }
};

/// ApplicationInstance: what INSTALL [for install] would say.
struct ApplicationInstance {
  static constexpr bool kTagTwice = true;  // four AIDs
  ApplicationId application_load_package_aid, class_aid, instance_aid;
  std::optional<ApplicationId> extradite_security_domain_aid;
  Bytes application_privileges;
  Octets<1> life_cycle_state{0x07};
  Bytes application_specific_parameters_c9;
  std::optional<ApplicationSystemParameters> system_specific_parameters;
  std::optional<UiccApplicationParameters> application_parameters;
  std::optional<std::vector<Bytes>> process_data;
  std::optional<ControlReferenceTemplate> control_reference_template;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kAidTag, "applicationLoadPackageAID", m.application_load_package_aid);
    f(kAidTag, "classAID", m.class_aid);
    f(kAidTag, "instanceAID", m.instance_aid);
    f(kAidTag, "extraditeSecurityDomainAID", m.extradite_security_domain_aid);
    f(asn1::context(2), "applicationPrivileges", m.application_privileges);
    f(asn1::context(3), "lifeCycleState", m.life_cycle_state, Default{Octets<1>{0x07}});
    f(asn1::private_use(9), "applicationSpecificParametersC9",
      m.application_specific_parameters_c9);
    f(asn1::private_use(15), "systemSpecificParameters", m.system_specific_parameters);
    f(asn1::private_use(10), "applicationParameters", m.application_parameters);
    f(asn1::kSequence, "processData", m.process_data, Each{asn1::kOctetString});
    f(asn1::context(16), "controlReferenceTemplate", m.control_reference_template);
  }
};

struct OpenPersoData {
  std::optional<Octets<1>> restrict_parameter;
  std::optional<Bytes> contactless_protocol_parameters;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::private_use(25), "restrictParameter", m.restrict_parameter);
    f(asn1::kOctetString, "contactlessProtocolParameters", m.contactless_protocol_parameters);
  }
};

struct CatTpParameters {
  std::uint16_t cat_tp_max_sdu_size = 0, cat_tp_max_pdu_size = 0;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "catTpMaxSduSize", m.cat_tp_max_sdu_size);
    f(asn1::context(1), "catTpMaxPduSize", m.cat_tp_max_pdu_size);
  }
};

/// PE-SecurityDomain. The first one is the operator's, MNO-SD.
struct SecurityDomain {
  static constexpr asn1::Tag kTag = asn1::context(6);  // A6
  static constexpr std::string_view kName = "securityDomain";
  PeHeader header;
  ApplicationInstance instance;
  std::optional<std::vector<KeyObject>> key_list;
  std::optional<std::vector<Bytes>> sd_perso_data;
  std::optional<OpenPersoData> open_perso_data;      // from version 2.2 on
  std::optional<CatTpParameters> cat_tp_parameters;  // from version 2.2 on
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "sd-Header", m.header);
    f(asn1::context(1), "instance", m.instance);
    f(asn1::context(2), "keyList", m.key_list, Each{asn1::kSequence});
    f(asn1::context(3), "sdPersoData", m.sd_perso_data, Each{asn1::kOctetString});
    f(asn1::context(4), "openPersoData", m.open_perso_data);
    f(asn1::context(5), "catTpParameters", m.cat_tp_parameters);
  }
};

struct AdfRfmAccess {
  ApplicationId adf_aid;
  Bytes adf_access_domain, adf_admin_access_domain;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "adfAID", m.adf_aid);
    f(asn1::context(1), "adfAccessDomain", m.adf_access_domain);
    f(asn1::context(2), "adfAdminAccessDomain", m.adf_admin_access_domain);
  }
};

/// PE-RFM: an instance for remote file management. With adfRFMAccess its scripts begin in that ADF,
/// else in the MF.
struct Rfm {
  static constexpr asn1::Tag kTag = asn1::context(7);  // A7
  static constexpr std::string_view kName = "rfm";
  static constexpr bool kTagTwice = true;  // two AIDs, and [0] for the header and the TARs
  PeHeader header;
  ApplicationId instance_aid;
  std::optional<ApplicationId> security_domain_aid;
  std::optional<std::vector<Octets<3>>> tar_list;
  Octets<1> minimum_security_level{};
  Bytes uicc_access_domain, uicc_admin_access_domain;
  std::optional<AdfRfmAccess> adf_rfm_access;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "rfm-header", m.header);
    f(kAidTag, "instanceAID", m.instance_aid);
    f(kAidTag, "securityDomainAID", m.security_domain_aid);
    f(asn1::context(0), "tarList", m.tar_list, Each{asn1::kOctetString});
    f(asn1::context(1), "minimumSecurityLevel", m.minimum_security_level);
    f(asn1::kOctetString, "uiccAccessDomain", m.uicc_access_domain);
    f(asn1::kOctetString, "uiccAdminAccessDomain", m.uicc_admin_access_domain);
    f(asn1::kSequence, "adfRFMAccess", m.adf_rfm_access);
  }
};

/// ApplicationLoadPackage: what INSTALL [for load] and LOAD would say.
struct ApplicationLoadPackage {
  static constexpr bool kTagTwice = true;  // two AIDs
  ApplicationId load_package_aid;
  std::optional<ApplicationId> security_domain_aid;
  std::optional<Bytes> non_volatile_code_limit_c6, volatile_data_limit_c7,
      non_volatile_data_limit_c8, hash_value;
  Bytes load_block_object;  // the C4 block
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kAidTag, "loadPackageAID", m.load_package_aid);
    f(kAidTag, "securityDomainAID", m.security_domain_aid);
    f(asn1::private_use(6), "nonVolatileCodeLimitC6", m.non_volatile_code_limit_c6);
    f(asn1::private_use(7), "volatileDataLimitC7", m.volatile_data_limit_c7);
    f(asn1::private_use(8), "nonVolatileDataLimitC8", m.non_volatile_data_limit_c8);
    f(asn1::private_use(1), "hashValue", m.hash_value);
    f(asn1::private_use(4), "loadBlockObject", m.load_block_object);
  }
};

/// PE-Application.
struct Application {
  static constexpr asn1::Tag kTag = asn1::context(8);  // A8
  static constexpr std::string_view kName = "application";
  PeHeader header;
  std::optional<ApplicationLoadPackage> load_block;
  std::optional<std::vector<ApplicationInstance>> instance_list;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "app-Header", m.header);
    f(asn1::context(1), "loadBlock", m.load_block);
    f(asn1::context(2), "instanceList", m.instance_list, Each{asn1::kSequence});
  }
};

/// PE-NonStandard: something of one manufacturer.
struct NonStandard {
  static constexpr asn1::Tag kTag = asn1::context(9);  // A9
  static constexpr std::string_view kName = "nonStandard";
  PeHeader header;
  asn1::Oid issuer_id;
  Bytes content;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "nonStandard-header", m.header);
    f(asn1::context(1), "issuerID", m.issuer_id);
    f(asn1::context(2), "content", m.content);
  }
};

/// PE-End: the installation is to be committed.
struct End {
  static constexpr asn1::Tag kTag = asn1::context(10);  // AA
  static constexpr std::string_view kName = "end";
  PeHeader header;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "end-header", m.header); }
};

}  // namespace rsp::saip
