// Profile elements on the wire: known answers, declarations, errors, results (TCA IP 3.3.1; E.1 to
// E.8).
#include <gtest/gtest.h>

#include <set>

#include "rsp/asn1/schema_check.h"
#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"
#include "rsp/saip/summary.h"

namespace rsp::saip {
namespace {

/// Hexadecimal with blanks.
Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return from_hex(digits).value();
}

ProfileElement element_of(BytesView der) {
  auto element = decode_element(der);
  EXPECT_TRUE(element) << element.error().message();
  return element ? *std::move(element) : ProfileElement{};
}

/// Decodes to an element of the type, and encodes to the same bytes.
template <class T>
T round_trip(const Bytes& der) {
  ProfileElement element = element_of(der);
  EXPECT_EQ(to_hex(encode_element(element)), to_hex(der));
  const T* body = element.as<T>();
  EXPECT_NE(body, nullptr);
  return body == nullptr ? T{} : *body;
}

Error error_of(const Bytes& der) {
  auto package = decode_package(der);
  EXPECT_FALSE(package);
  return package ? Error{} : package.error();
}

// --- Known answers, derived by hand from the ASN.1 module of TCA IP 3.3.1 ---

TEST(SaipCodec, PeEndIsItsHeader) {
  auto end = round_trip<End>("AA07 A005 8000 81011F"_x);
  EXPECT_TRUE(end.header.mandated);
  EXPECT_EQ(end.header.identification, 31);
}

TEST(SaipCodec, IdentificationIsAUInt15) {
  EXPECT_EQ(round_trip<End>("AA06 A004 81027FFF"_x).header.identification, 32767);
  EXPECT_EQ(error_of("AA07 A005 8103008000"_x).text, "end.identification is larger than 32767");
}

TEST(SaipCodec, ProfileHeaderListsServicesAsNulls) {
  auto header = round_trip<ProfileHeader>(
      "A022 800103 810103 830A8900101234567890123F A504 8100 8400 A608 060667810F010201"_x);
  EXPECT_EQ(header.major_version, 3);
  EXPECT_EQ(header.minor_version, 3);
  EXPECT_TRUE(header.mandatory_services.has(Service::kUsim));
  EXPECT_TRUE(header.mandatory_services.has(Service::kMilenage));
  EXPECT_FALSE(header.mandatory_services.has(Service::kIsim));
  ASSERT_EQ(header.mandatory_gfste_list.size(), 1U);
  EXPECT_EQ(asn1::to_string(header.mandatory_gfste_list[0]), "2.23.143.1.2.1");
  EXPECT_EQ(iccid_digits(header), "8900101234567890123");
  EXPECT_EQ(to_hex(swapped_iccid(header)), "980001214365870921F3");
}

TEST(SaipCodec, TheLastServiceIsEaka) {
  auto header =
      round_trip<ProfileHeader>("A018 800103 810103 830A89000000000000000000 A502 9D00 A600"_x);
  EXPECT_TRUE(header.mandatory_services.has(Service::kEaka));
}

TEST(SaipCodec, PinCodesHoldConfigurations) {
  auto codes = round_trip<PinCodes>(
      "A220 A005 8000 810102 A117 A015 3013 800101 810830303030FFFFFFFF 820101 830106"_x);
  const auto& pins = std::get<PinConfigurations>(codes.pin_codes);
  ASSERT_EQ(pins.size(), 1U);
  EXPECT_EQ(pins[0].key_reference, kPinAppl1);
  EXPECT_EQ(pins[0].unblocking_pin_reference, kPukAppl1);
  EXPECT_EQ(pins[0].pin_attributes, 6);
  EXPECT_EQ(pins[0].attempts, 0x33);
}

TEST(SaipCodec, PinCodesMayShareThoseOfAPath) {
  auto codes = round_trip<PinCodes>("A20B A003 810103 A104 81027FD0"_x);
  EXPECT_EQ(to_hex(std::get<FilePath>(codes.pin_codes)), "7FD0");
}

TEST(SaipCodec, PukAttemptsAreTenUnlessSaid) {
  auto codes = round_trip<PukCodes>("A317 A003 810105 A110 300E 80020081 81083131313131313131"_x);
  ASSERT_EQ(codes.puk_codes.size(), 1U);
  EXPECT_EQ(codes.puk_codes[0].key_reference, kSecondPukAppl1);
  EXPECT_EQ(codes.puk_codes[0].attempts, 0xAA);
}

TEST(SaipCodec, AkaParameterLeavesItsDefaultsOut) {
  auto aka = round_trip<AkaParameter>(
      "A435 A005 8000 81010B A12C A12A 800101 810101"
      "8210000102030405060708090A0B0C0D0E0F 8310F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"_x);
  const auto& algorithm = std::get<AlgoParameter>(aka.algo_configuration);
  EXPECT_EQ(algorithm.algorithm_id, Algorithm::kMilenage);
  EXPECT_EQ(to_hex(algorithm.rotation_constants), "4000204060");
  EXPECT_EQ(algorithm.xoring_constants[79], 8);
  EXPECT_EQ(algorithm.number_of_keccak, 1);
  EXPECT_EQ(to_hex(aka.sqn_delta), "000010000000");
  EXPECT_EQ(aka.sqn_init, SqnInit(32));
}

TEST(SaipCodec, AkaParameterMayMapToAnotherApplication) {
  auto aka = round_trip<AkaParameter>("A415 A003 810102 A10E A00C 800101 8107A0000000871002"_x);
  EXPECT_EQ(to_hex(std::get<MappingParameter>(aka.algo_configuration).mapping_source),
            "A0000000871002");
}

TEST(SaipCodec, GenericFileManagementMixesTagClasses) {
  auto gfm = round_trip<GenericFileManagement>(
      "A11F A003 810117 A118 3016 80027F10 6208 82024121 83026F3A 02010B 8103010203"_x);
  ASSERT_EQ(gfm.file_management_cmd.size(), 1U);
  const FileManagement& commands = gfm.file_management_cmd[0];
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(to_hex(std::get<FilePath>(commands[0])), "7F10");
  EXPECT_EQ(to_hex(*std::get<asn1::Boxed<Fcp>>(commands[1])->file_id), "6F3A");
  EXPECT_EQ(std::get<std::uint16_t>(commands[2]), 11);
  EXPECT_EQ(to_hex(std::get<Bytes>(commands[3])), "010203");
}

TEST(SaipCodec, FilesHaveDescriptorsAndFillCommands) {
  auto pe = round_trip<FilePe>(
      "BE40 A005 8000 810109 810667810F01020F"
      "A211 A10F 83025FE0 8B036F060D C60481010A0B"
      "A31C 8000 A110 82024121 83024F01 880108 A503C00140 82010B 8303AABBCC"_x);
  ASSERT_NE(pe.layout, nullptr);
  EXPECT_EQ(pe.layout->name, "df-snpn");
  EXPECT_EQ(to_hex(*pe.directory()->pin_status_template_do), "81010A0B");
  const File* file = pe.find("ef-pws-snpn");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(file->size(), 4U);
  EXPECT_TRUE(has_do_not_create(*file));
  const Fcp& fcp = *descriptor_of(*file);
  EXPECT_EQ(to_hex(*fcp.short_ef_id), "08");
  EXPECT_EQ(to_hex(fcp.lcsi), "05");
  EXPECT_EQ(to_hex(fcp.proprietary_ef_info->special_file_information), "40");
  EXPECT_EQ(to_hex(fcp.proprietary_ef_info->file_details), "01");
  EXPECT_EQ(std::get<std::uint16_t>((*file)[2]), 11);
  EXPECT_EQ(to_hex(std::get<Bytes>((*file)[3])), "AABBCC");
}

TEST(SaipCodec, TagsBeyondThirtyTakeTwoOctets) {
  auto pe = round_trip<FilePe>("BF1F0F A003 810109 810667810F010210 A200"_x);
  EXPECT_EQ(pe.layout->name, "df-5gprose");
}

TEST(SaipCodec, KeyObjectsHaveTheirOwnTags) {
  auto sd = round_trip<SecurityDomain>(
      "A643 A003 81011A"
      "A122 4F07A0000001515350 4F08A000000151535041 4F08A000000151000000 820182 C900"
      "A218 3016 950118 820101 830101 300B 3009 800188 860401020304"_x);
  EXPECT_EQ(to_hex(sd.instance.life_cycle_state), "07");
  ASSERT_TRUE(sd.key_list);
  const KeyObject& key = sd.key_list->at(0);
  EXPECT_EQ(to_hex(key.key_usage_qualifier), "18");
  EXPECT_EQ(to_hex(key.key_access), "00");
  EXPECT_EQ(key.key_components.at(0).mac_length, 8);
}

TEST(SaipCodec, RfmMayLeaveItsSecurityDomainOut) {
  auto rfm =
      round_trip<Rfm>("A71C A003 81011B 4F05A000000559 A005 0403B00120 810102 040100 040100"_x);
  EXPECT_FALSE(rfm.security_domain_aid);
  EXPECT_EQ(to_hex(rfm.tar_list->at(0)), "B00120");
}

TEST(SaipCodec, CdmaParameter) {
  auto cdma = round_trip<CdmaParameter>("A50F A003 810112 81080001020304050607"_x);
  EXPECT_EQ(cdma.authentication_key[7], 7);
}

TEST(SaipCodec, ApplicationHoldsALoadBlock) {
  auto application = round_trip<Application>("A813 A003 810101 A10C 4F05A000000001 C403010203"_x);
  EXPECT_EQ(to_hex(application.load_block->load_block_object), "010203");
}

TEST(SaipCodec, NonStandardNamesItsIssuer) {
  auto non_standard = round_trip<NonStandard>("A90C A003 810101 81028837 8201FF"_x);
  EXPECT_EQ(asn1::to_string(non_standard.issuer_id), "2.999");
}

TEST(SaipCodec, ComponentsOfLaterVersionsAreKept) {
  auto end = round_trip<End>("AA09 A003 810101 8102ABCD"_x);
  EXPECT_EQ(to_hex(end.unknown.elements), "8102ABCD");
}

TEST(SaipCodec, UnknownElementsAreKeptWithTheirHeader) {
  auto unknown = round_trip<UnknownPe>("BF220A A005 8000 810115 8101FF"_x);
  ASSERT_TRUE(unknown.header);
  EXPECT_EQ(unknown.header->identification, 21);
  EXPECT_TRUE(unknown.header->mandated);
  EXPECT_EQ(element_of("BF2200"_x).name(), "BF22");
  EXPECT_FALSE(round_trip<UnknownPe>("AB00"_x).header);  // rfu1
}

// --- Declarations (E.1, E.3, E.4) ---

TEST(SaipLayouts, TagsNamesAndTemplatesAreUnique) {
  std::set<asn1::Tag> tags;
  std::set<std::string_view> names, templates;
  for (const FileLayout& layout : file_layouts()) {
    EXPECT_TRUE(tags.insert(layout.tag).second) << layout.name;
    EXPECT_TRUE(names.insert(layout.name).second) << layout.name;
    EXPECT_TRUE(layout.base.empty() || names.contains(layout.base)) << layout.name;
    for (std::string_view id : layout.template_ids) {
      EXPECT_TRUE(templates.insert(id).second) << id;
      EXPECT_TRUE(asn1::oid_from_text(id)) << id;
    }
    std::set<std::string_view> members;
    for (const FileMember& member : layout.members) {
      EXPECT_TRUE(members.insert(member.name).second) << layout.name << " " << member.name;
    }
  }
  EXPECT_EQ(tags.size(), 18U);
  EXPECT_EQ(*tags.begin(), asn1::context(16));
  EXPECT_EQ(*tags.rbegin(), asn1::context(33));
}

TEST(SaipLayouts, UsimDemandsEightFiles) {
  std::vector<std::string_view> mandatory;
  for (const FileMember& member : layout_of("usim")->members) {
    if (member.presence == Presence::kMandatory) mandatory.push_back(member.name);
  }
  EXPECT_EQ(mandatory, (std::vector<std::string_view>{"adf-usim", "ef-imsi", "ef-arr", "ef-ust",
                                                      "ef-spn", "ef-est", "ef-acc", "ef-ecc"}));
  EXPECT_EQ(layout_of("usim")->creation, Creation::kByDefault);
  EXPECT_EQ(layout_of("opt-usim")->creation, Creation::kWhenPresent);
}

TEST(SaipLayouts, MembersNumberAsInTheModule) {
  // From the module's own order: component 0 is the header, 1 the template.
  EXPECT_EQ(layout_of("usim")->member_index("ef-epsnsc"), 23U);
  EXPECT_EQ(layout_of("telecom")->member_index("ef-v2xp-Uu"), 45U);
  EXPECT_EQ(layout_of("opt-usim")->member_index("ef-eaka"), 85U);
  EXPECT_EQ(layout_of("opt-csim")->member_index("ef-jdl"), 66U);
  EXPECT_EQ(layout_of("csim")->members.size(), 35U);
  EXPECT_EQ(layout_of("df-5gs")->member_index("ef-kausf-derivation"), 19U);
}

TEST(SaipSchema, EveryDeclarationHasUniqueNamesAndTags) {
  std::vector<std::string> violations;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (
        [&] {
          using T = std::variant_alternative_t<I, ProfileElement::Body>;
          if constexpr (asn1::TopLevel<T>) {
            for (auto& violation : asn1::SchemaCheck::of<T>(T::kName))
              violations.push_back(violation);
          }
        }(),
        ...);
  }
  (std::make_index_sequence<std::variant_size_v<ProfileElement::Body>>());
  for (auto& violation : asn1::SchemaCheck::of<EuiccResponse>("eUICCResponse")) {
    violations.push_back(violation);
  }
  for (auto& violation : asn1::SchemaCheck::of<Fcp>("Fcp")) violations.push_back(violation);
  EXPECT_EQ(violations, std::vector<std::string>{});
}

// --- Files (E.6) ---

TEST(SaipFile, OffsetsCountFromTheCurrentPosition) {
  File file{"0102"_hex, std::uint16_t{2}, "03"_hex, "04"_hex};
  EXPECT_EQ(to_hex(initial_content(file, 7).value()), "0102FFFF0304FF");
}

TEST(SaipFile, PatternsFillEveryRecord) {
  Fcp fcp{.file_descriptor = "42210004"_hex,
          .proprietary_ef_info = ProprietaryInfo{.fill_pattern = "00FE"_hex}};
  EXPECT_EQ(to_hex(initial_content({fcp, "0102"_hex}, 8).value()), "0102FEFE00FEFEFE");
  fcp.proprietary_ef_info = ProprietaryInfo{.repeat_pattern = "0A0B0C"_hex};
  EXPECT_EQ(to_hex(initial_content({fcp}, 8).value()), "0A0B0C0A0A0B0C0A");
  EXPECT_EQ(to_hex(initial_content({}, 4, "07FF"_hex).value()), "07FFFFFF");
}

TEST(SaipFile, FillingBeyondTheEndIsAnError) {
  File file{std::uint16_t{65535}, std::uint16_t{65535}, "01"_hex};
  EXPECT_EQ(initial_content(file, 9).error().text,
            "1 octets at 131070 do not fit into a file of 9");
}

TEST(SaipFile, ImsiHasAParityNibble) {
  EXPECT_EQ(imsi_digits("080910101032547698"_hex), "001010123456789");
  EXPECT_EQ(imsi_digits("0801101010325476F8"_hex), "00101012345678");
  EXPECT_EQ(imsi_digits("09091010"_hex), std::nullopt);
  EXPECT_EQ(imsi_digits("FFFFFFFFFFFFFFFFFF"_hex), std::nullopt);
  EXPECT_EQ(imsi_digits("0809A01010325476F8"_hex), std::nullopt);
}

// --- Errors: which element, which field, what (E.7 wants identification and offset) ---

TEST(SaipErrors, NameTheElementAndTheField) {
  Bytes upp = "AA07 A005 8000 81011F A20B A003 810103 A104 81097FD0"_x;
  auto fault = read_package(upp).error();
  EXPECT_EQ(fault.element, 1U);
  EXPECT_EQ(fault.name, "pinCodes");
  EXPECT_EQ(fault.identification, 3);
  EXPECT_EQ(fault.offset, 9U);
  EXPECT_EQ(fault.position, 7U);  // the component pinCodes, whose content is cut short
  EXPECT_EQ(fault.error.layer, Layer::kDecode);
  EXPECT_EQ(fault.error.step, "profile element 1 (pinCodes) at offset 9");
  EXPECT_EQ(fault.error.path, "pinCodes.pinCodes");
  EXPECT_EQ(fault.status().status, PeStatusCode::kInvalidRequestFormat);
  EXPECT_EQ(fault.status().identification, 3);
  EXPECT_EQ(fault.status().offset, 7U);
}

TEST(SaipErrors, ReachIntoFiles) {
  Error error =
      error_of("BE1D A003 810109 810667810F01020F A200 A30C A10A 82024121 830100 8A0105"_x);
  EXPECT_EQ(error.path, "df-snpn.ef-pws-snpn[0].fileDescriptor.fileID");
  EXPECT_EQ(error.text, error.path + " has 1 octets, allowed are 2");
}

TEST(SaipErrors, MandatoryFilesAreDemanded) {
  EXPECT_EQ(error_of("BE0D A003 810109 810667810F01020F"_x).path, "df-snpn.df-df-snpn");
}

TEST(SaipErrors, TagsOutsideTheChoiceAreRefused) {
  EXPECT_EQ(error_of("3000"_x).text, "30 is not the tag of a profile element");
  EXPECT_EQ(error_of("FF"_x).text, "is no complete profile element: the tag is cut short");
}

TEST(SaipErrors, HugeCountsAreRefusedBeforeTheyTakeMemory) {
  Bytes file;
  for (std::size_t i = 0; i < kMaxComponents; ++i) append(file, "8000"_hex);
  Bytes content = "A003810109810667810F01020FA200"_hex;
  append(content, asn1::constructed_tlv(asn1::context(3), file));
  Bytes upp = asn1::constructed_tlv(asn1::context(30), content);
  EXPECT_EQ(error_of(upp).text, "the package has more than 65536 components");
}

TEST(SaipErrors, DeepNestingIsHarmless) {
  Bytes deep;
  for (int i = 0; i < 2000; ++i) deep = asn1::constructed_tlv(asn1::context(1), deep);
  EXPECT_FALSE(decode_package(deep));
  deep.insert(deep.begin(), 0x00);
  EXPECT_TRUE(decode_package(asn1::constructed_tlv(asn1::context(11), deep)));
}

// --- Result (E.7) ---

TEST(SaipResponse, SuccessIsNineOctets) {
  EXPECT_EQ(to_hex(encode_response(response_for({}))), "3007A0053003800100");
}

TEST(SaipResponse, AbortionCarriesTheFirstFailureAndItsText) {
  PeStatus warning{.status = PeStatusCode::kPeNotSupported, .identification = 4};
  warning.consequence = Consequence::kWarns;
  PeStatus failure{
      .status = PeStatusCode::kUnsupportedProfileVersion, .identification = 300, .offset = 7};
  failure.text = "no";
  Bytes der = encode_response(response_for({warning, failure, failure}));
  EXPECT_EQ(der, "301C A014 3006 800101 810104 300A 80011F 8102012C 830107 8100 82026E6F"_x);
  auto decoded = decode_response(der);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(asn1::name_of(decoded->pe_status.at(1).status), "unsupported-profile-version");
  EXPECT_TRUE(decoded->profile_installation_aborted);
}

TEST(SaipResponse, WarningsAccompanySuccess) {
  PeStatus warning{.status = PeStatusCode::kPeNotSupported, .identification = 4};
  warning.consequence = Consequence::kWarns;
  EXPECT_EQ(encode_response(response_for({warning})), "300F A00D 3003 800100 3006 800101 810104"_x);
}

TEST(SaipResponse, MessagesAreCutBetweenCharacters) {
  PeStatus failure{.status = PeStatusCode::kBadValues};
  failure.text = std::string(63, 'a') + "\u00E4";
  EXPECT_EQ(*response_for({failure}).status_message, std::string(63, 'a'));
  failure.text = "a";
  EXPECT_FALSE(response_for({failure}).status_message);
}

}  // namespace
}  // namespace rsp::saip
