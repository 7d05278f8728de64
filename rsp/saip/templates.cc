// The figures are facts of TCA IP 3.3.1, Annex A, checked against 3GPP TS 31.102 and 31.103, ETSI
// TS 102 221 and the packages of GSMA TS.48.
#include "rsp/saip/templates.h"

#include "rsp/base/hex.h"

namespace rsp::saip {
namespace {

using enum TemplateFileType;
using Text = std::string_view;

// --- The vocabulary of the rows: name, file ID, size, number of records, access rule ---
constexpr std::uint8_t kDirectoryRule = 14;
constexpr TemplateFile mf(Text member) {
  return {.member = member, .type = kMf, .id = 0x3F00, .rule = kDirectoryRule};
}
constexpr TemplateFile df(Text member, std::uint16_t id) {
  return {.member = member, .type = kDf, .id = id, .rule = kDirectoryRule};
}
constexpr TemplateFile adf(Text member) {
  return {.member = member, .type = kAdf, .rule = kDirectoryRule};
}
constexpr TemplateFile transparent(Text member, std::uint16_t id, std::uint16_t size,
                                   std::uint8_t rule) {
  return {.member = member, .type = kTransparent, .id = id, .size = size, .rule = rule};
}
constexpr TemplateFile linear(Text member, std::uint16_t id, std::uint16_t record,
                              std::uint16_t count, std::uint8_t rule) {
  return {.member = member,
          .type = kLinearFixed,
          .id = id,
          .size = record,
          .records = count,
          .rule = rule};
}
constexpr TemplateFile cyclic(Text member, std::uint16_t id, std::uint16_t record,
                              std::uint16_t count, std::uint8_t rule) {
  TemplateFile file = linear(member, id, record, count, rule);
  file.type = kCyclic;
  return file;
}
constexpr TemplateFile ber_tlv(Text member, std::uint16_t id, std::uint8_t rule) {
  return {.member = member, .type = kBerTlv, .id = id, .rule = rule};
}
/// An extension record is free as long as it begins with 00.
constexpr TemplateFile extension(Text member, std::uint16_t id, std::uint8_t rule) {
  return linear(member, id, 13, 10, rule).holding("00FF..");
}

// --- MF (TCA IP 9.2; ETSI TS 102 221, 13) ---
constexpr TemplateFile kMfFiles[] = {
    mf("mf"),
    transparent("ef-pl", 0x2F05, 2, 1).with_sfi(5),
    transparent("ef-iccid", 0x2FE2, 10, 11).to_be_filled(),
    linear("ef-dir", 0x2F00, 0, 0, 10).with_sfi(0x1E).to_be_filled(),
    linear("ef-arr", 0x2F06, 0, 0, 10).to_be_filled(),
    transparent("ef-umpc", 0x2F08, 5, 10).with_sfi(8),
};

// --- DF.CD (9.3) ---
constexpr TemplateFile kCdFiles[] = {
    df("df-cd", 0x7F11),
    transparent("ef-launchpad", 0x6F01, 0, 2).to_be_filled(),
    transparent("ef-icon", 0x6F40, 0, 2).up_to(0x6F7E).to_be_filled(),
};

// --- DF.TELECOM (9.4; 3GPP TS 31.102, 4.6) and DF.PHONEBOOK (4.4.2) ---
constexpr std::size_t kPhonebookSize = 18;
constexpr std::array<TemplateFile, kPhonebookSize> kPhonebookFiles = {
    df("df-phonebook", 0x5F3A),
    linear("ef-pbr", 0x4F30, 0, 0, 2).to_be_filled(),
    linear("ef-ext1", 0x4F38, 13, 0, 5).up_to(0x4F3F).holding("00FF.."),
    linear("ef-aas", 0x4F40, 0, 0, 5).up_to(0x4F47),
    linear("ef-gas", 0x4F48, 0, 0, 5).up_to(0x4F4F),
    transparent("ef-psc", 0x4F22, 4, 5).holding("00.."),
    transparent("ef-cc", 0x4F23, 2, 5).holding("00..").often(),
    transparent("ef-puid", 0x4F24, 2, 5).holding("00..").often(),
    linear("ef-iap", 0x4F50, 0, 0, 5).up_to(0x4F57),
    linear("ef-adn", 0x4F58, 0, 0, 5).up_to(0x4F5F),
    linear("ef-pbc", 0x4F60, 2, 0, 5).up_to(0x4F67).holding("00.."),
    linear("ef-anr", 0x4F68, 0, 0, 5).up_to(0x4F6F),
    linear("ef-puri", 0x4F70, 0, 0, 5).up_to(0x4F77).to_be_filled(),
    linear("ef-email", 0x4F78, 0, 0, 5).up_to(0x4F7F),
    linear("ef-sne", 0x4F80, 0, 0, 5).up_to(0x4F87),
    linear("ef-uid", 0x4F88, 2, 0, 5).up_to(0x4F8F).holding("00.."),
    linear("ef-grp", 0x4F90, 0, 0, 5).up_to(0x4F97).holding("00.."),
    linear("ef-ccp1", 0x4F98, 0, 0, 5).up_to(0x4F9F),
};
constexpr TemplateFile kBeforePhonebook[] = {
    df("df-telecom", 0x7F10),
    linear("ef-arr", 0x6F06, 0, 0, 10).to_be_filled(),
    linear("ef-rma", 0x6F53, 0, 0, 3).to_be_filled(),
    transparent("ef-sume", 0x6F54, 22, 3).to_be_filled(),
    linear("ef-ice-dn", 0x6FE0, 24, 50, 9),
    linear("ef-ice-ff", 0x6FE1, 0, 0, 9),
    linear("ef-psismsc", 0x6FE5, 0, 0, 5).to_be_filled(),
    df("df-graphics", 0x5F50),
    linear("ef-img", 0x4F20, 0, 0, 2).holding("00FF.."),
    transparent("ef-iidf", 0x4F40, 0, 2).up_to(0x4F7F),
    ber_tlv("ef-ice-graphics", 0x4F21, 9),
    transparent("ef-launch-scws", 0x4F01, 0, 10).to_be_filled(),
    transparent("ef-icon", 0x4F80, 0, 10).up_to(0x4FBF).to_be_filled(),
};
constexpr TemplateFile kAfterPhonebook[] = {
    df("df-multimedia", 0x5F3B),
    ber_tlv("ef-mml", 0x4F47, 5),
    ber_tlv("ef-mmdf", 0x4F48, 5),
    df("df-mmss", 0x5F3C),
    transparent("ef-mlpl", 0x4F20, 0, 2).with_sfi(1).to_be_filled(),
    transparent("ef-mspl", 0x4F21, 0, 2).with_sfi(2).to_be_filled(),
    transparent("ef-mmssmode", 0x4F22, 1, 2).with_sfi(3).to_be_filled(),
    df("df-mcs", 0x5F3D),
    transparent("ef-mst", 0x4F01, 0, 2).with_sfi(1).to_be_filled(),
    ber_tlv("ef-mcs-config", 0x4F02, 2).with_sfi(2).to_be_filled(),
    df("df-v2x", 0x5F3E),
    transparent("ef-vst", 0x4F01, 0, 2).with_sfi(1).to_be_filled(),
    ber_tlv("ef-v2x-config", 0x4F02, 2).with_sfi(2).to_be_filled(),
    transparent("ef-v2xp-pc5", 0x4F03, 0, 2).to_be_filled(),
    transparent("ef-v2xp-Uu", 0x4F04, 0, 2).to_be_filled(),
};
constexpr auto kTelecomFiles = [] {
  std::array<TemplateFile,
             std::size(kBeforePhonebook) + kPhonebookSize + std::size(kAfterPhonebook)>
      all;
  auto to = std::ranges::copy(kBeforePhonebook, all.begin()).out;
  to = std::ranges::copy(kPhonebookFiles, to).out;
  std::ranges::copy(kAfterPhonebook, to);
  return all;
}();

// --- ADF.USIM (9.5; 3GPP TS 31.102, 4.2) ---
constexpr TemplateFile kUsimFiles[] = {
    adf("adf-usim"),
    transparent("ef-imsi", 0x6F07, 9, 2).with_sfi(0x07).to_be_filled(),
    linear("ef-arr", 0x6F06, 0, 0, 10).with_sfi(0x17).to_be_filled(),
    transparent("ef-keys", 0x6F08, 33, 5).with_sfi(0x08).holding("07FF..").often(),
    transparent("ef-keysPS", 0x6F09, 33, 5).with_sfi(0x09).holding("07FF..").often(),
    transparent("ef-hpplmn", 0x6F31, 1, 2).with_sfi(0x12).holding("0A"),
    transparent("ef-ust", 0x6F38, 14, 2).with_sfi(0x04).to_be_filled(),
    linear("ef-fdn", 0x6F3B, 26, 20, 8),
    linear("ef-sms", 0x6F3C, 176, 10, 5).holding("00FF.."),
    linear("ef-smsp", 0x6F42, 38, 1, 5),
    transparent("ef-smss", 0x6F43, 2, 5),
    transparent("ef-spn", 0x6F46, 17, 10).to_be_filled(),
    transparent("ef-est", 0x6F56, 1, 8).with_sfi(0x05).to_be_filled(),
    transparent("ef-start-hfn", 0x6F5B, 6, 5).with_sfi(0x0F).holding("F00000F00000").often(),
    transparent("ef-threshold", 0x6F5C, 3, 2).with_sfi(0x10),
    transparent("ef-psloci", 0x6F73, 14, 5).with_sfi(0x0C).holding("FF..0000FF01").often(),
    transparent("ef-acc", 0x6F78, 2, 2).with_sfi(0x06).to_be_filled(),
    transparent("ef-fplmn", 0x6F7B, 12, 5).with_sfi(0x0D),
    transparent("ef-loci", 0x6F7E, 11, 5).with_sfi(0x0B).holding("FF..0000FF01").often(),
    transparent("ef-ad", 0x6FAD, 4, 10).with_sfi(0x03).holding("00000002"),
    linear("ef-ecc", 0x6FB7, 4, 1, 10).with_sfi(0x01).to_be_filled(),
    transparent("ef-netpar", 0x6FC4, 128, 5).often(),
    transparent("ef-epsloci", 0x6FE3, 18, 5).with_sfi(0x1E).holding("FF..000001").often(),
    linear("ef-epsnsc", 0x6FE4, 80, 1, 5).with_sfi(0x18).often(),
};
constexpr TemplateFile kOptUsimFiles[] = {
    transparent("ef-li", 0x6F05, 6, 1).with_sfi(0x02),
    transparent("ef-acmax", 0x6F37, 3, 5).holding("00.."),
    cyclic("ef-acm", 0x6F39, 3, 1, 7).holding("00..").often(),
    transparent("ef-gid1", 0x6F3E, 8, 2).to_be_filled(),
    transparent("ef-gid2", 0x6F3F, 8, 2).to_be_filled(),
    linear("ef-msisdn", 0x6F40, 24, 1, 2),
    transparent("ef-puct", 0x6F41, 5, 5).holding("FFFFFF0000"),
    transparent("ef-cbmi", 0x6F45, 10, 5),
    transparent("ef-cbmid", 0x6F48, 10, 2).with_sfi(0x0E),
    linear("ef-sdn", 0x6F49, 24, 10, 2),
    extension("ef-ext2", 0x6F4B, 8),
    extension("ef-ext3", 0x6F4C, 2),
    transparent("ef-cbmir", 0x6F50, 20, 5),
    transparent("ef-plmnwact", 0x6F60, 40, 5).with_sfi(0x0A).repeating("FFFFFF0000"),
    transparent("ef-oplmnwact", 0x6F61, 40, 2).with_sfi(0x11).repeating("FFFFFF0000"),
    transparent("ef-hplmnwact", 0x6F62, 5, 2).with_sfi(0x13).repeating("FFFFFF0000"),
    transparent("ef-dck", 0x6F2C, 16, 5),
    transparent("ef-cnl", 0x6F32, 30, 2),
    linear("ef-smsr", 0x6F47, 30, 10, 5).holding("00FF.."),
    linear("ef-bdn", 0x6F4D, 25, 10, 8),
    extension("ef-ext5", 0x6F4E, 5),
    linear("ef-ccp2", 0x6F4F, 15, 5, 5).with_sfi(0x16),
    extension("ef-ext4", 0x6F55, 8),
    transparent("ef-acl", 0x6F57, 101, 8).holding("00FF.."),
    linear("ef-cmi", 0x6F58, 11, 10, 2),
    cyclic("ef-ici", 0x6F80, 38, 20, 5).with_sfi(0x14).holding("FF..0000000001FFFF").often(),
    cyclic("ef-oci", 0x6F81, 37, 20, 5).with_sfi(0x15).holding("FF..00000001FFFF").often(),
    cyclic("ef-ict", 0x6F82, 3, 1, 7).holding("00..").often(),
    cyclic("ef-oct", 0x6F83, 3, 1, 7).holding("00..").often(),
    transparent("ef-vgcs", 0x6FB1, 20, 2).to_be_filled(),
    transparent("ef-vgcss", 0x6FB2, 7, 5).to_be_filled(),
    transparent("ef-vbs", 0x6FB3, 20, 2).to_be_filled(),
    transparent("ef-vbss", 0x6FB4, 7, 5).to_be_filled(),
    transparent("ef-emlpp", 0x6FB5, 2, 2).to_be_filled(),
    transparent("ef-aaem", 0x6FB6, 1, 5).holding("00"),
    transparent("ef-hiddenkey", 0x6FC3, 4, 5),
    linear("ef-pnn", 0x6FC5, 16, 10, 10).with_sfi(0x19).to_be_filled(),
    linear("ef-opl", 0x6FC6, 8, 5, 10).with_sfi(0x1A).to_be_filled(),
    linear("ef-mbdn", 0x6FC7, 24, 3, 5).to_be_filled(),
    extension("ef-ext6", 0x6FC8, 5),
    linear("ef-mbi", 0x6FC9, 5, 10, 5).to_be_filled(),
    linear("ef-mwis", 0x6FCA, 6, 10, 5).holding("00..").often(),
    linear("ef-cfis", 0x6FCB, 16, 10, 5).holding("0100FF.."),
    extension("ef-ext7", 0x6FCC, 5),
    transparent("ef-spdi", 0x6FCD, 17, 2).with_sfi(0x1B).to_be_filled(),
    linear("ef-mmsn", 0x6FCE, 6, 10, 5).holding("000000FF.."),
    extension("ef-ext8", 0x6FCF, 5),
    transparent("ef-mmsicp", 0x6FD0, 100, 2),
    linear("ef-mmsup", 0x6FD1, 0, 0, 5),
    transparent("ef-mmsucp", 0x6FD2, 100, 5),
    linear("ef-nia", 0x6FD3, 11, 5, 2),
    transparent("ef-vgcsca", 0x6FD4, 0, 2).holding("00.."),
    transparent("ef-vbsca", 0x6FD5, 0, 2).holding("00.."),
    transparent("ef-gbabp", 0x6FD6, 0, 5),
    linear("ef-msk", 0x6FD7, 0, 0, 2).often(),
    linear("ef-muk", 0x6FD8, 0, 0, 2),
    transparent("ef-ehplmn", 0x6FD9, 15, 2).with_sfi(0x1D),
    linear("ef-gbanl", 0x6FDA, 0, 0, 2),
    transparent("ef-ehplmnpi", 0x6FDB, 1, 2).holding("00"),
    transparent("ef-lrplmnsi", 0x6FDC, 1, 2).holding("00"),
    linear("ef-nafkca", 0x6FDD, 0, 0, 2),
    transparent("ef-spni", 0x6FDE, 0, 10).holding("00FF.."),
    linear("ef-pnni", 0x6FDF, 0, 0, 10).holding("00FF.."),
    linear("ef-ncp-ip", 0x6FE2, 0, 0, 2).to_be_filled(),
    transparent("ef-ufc", 0x6FE6, 30, 10)
        .holding("801E60C01E900080040000000000000000F0000000004000000000000080"),
    transparent("ef-nasconfig", 0x6FE8, 18, 2).to_be_filled(),
    linear("ef-uicciari", 0x6FE7, 0, 0, 2).to_be_filled(),
    transparent("ef-pws", 0x6FEC, 0, 10).to_be_filled(),
    linear("ef-fdnuri", 0x6FED, 0, 0, 8),
    linear("ef-bdnuri", 0x6FEE, 0, 0, 8),
    linear("ef-sdnuri", 0x6FEF, 0, 0, 2),
    linear("ef-ial", 0x6FF0, 0, 0, 3),
    cyclic("ef-ips", 0x6FF1, 4, 0, 10).often(),
    linear("ef-ipd", 0x6FF2, 0, 0, 3).often(),
    transparent("ef-epdgid", 0x6FF3, 0, 2).to_be_filled(),
    transparent("ef-epdgselection", 0x6FF4, 0, 2).to_be_filled(),
    transparent("ef-epdgidem", 0x6FF5, 0, 2).to_be_filled(),
    transparent("ef-epdgselectionem", 0x6FF6, 0, 2).to_be_filled(),
    transparent("ef-frompreferred", 0x6FF7, 1, 2).holding("00"),
    ber_tlv("ef-imsconfigdata", 0x6FF8, 2).to_be_filled(),
    transparent("ef-3gpppsdataoff", 0x6FF9, 4, 2).to_be_filled(),
    linear("ef-3gpppsdataoffservicelist", 0x6FFA, 0, 0, 2).to_be_filled(),
    ber_tlv("ef-xcapconfigdata", 0x6FFC, 2).to_be_filled(),
    transparent("ef-earfcnlist", 0x6FFD, 0, 10).to_be_filled(),
    ber_tlv("ef-mudmidconfigdata", 0x6FFE, 2).to_be_filled(),
    transparent("ef-eaka", 0x6F01, 1, 3).to_be_filled(),
};
constexpr TemplateFile kGsmAccessFiles[] = {
    df("df-gsm-access", 0x5F3B),
    transparent("ef-kc", 0x4F20, 9, 5).with_sfi(1).holding("FF..07").often(),
    transparent("ef-kcgprs", 0x4F52, 9, 5).with_sfi(2).holding("FF..07").often(),
    transparent("ef-cpbcch", 0x4F63, 10, 5).often(),
    transparent("ef-invscan", 0x4F64, 1, 2).holding("00"),
};
constexpr TemplateFile kDf5gsFiles[] = {
    df("df-df-5gs", 0x5FC0),
    transparent("ef-5gs3gpploci", 0x4F01, 20, 5).with_sfi(1).holding("FF..00000001").often(),
    transparent("ef-5gsn3gpploci", 0x4F02, 20, 5).with_sfi(2).holding("FF..00000001").often(),
    linear("ef-5gs3gppnsc", 0x4F03, 57, 1, 5).with_sfi(3).often(),
    linear("ef-5gsn3gppnsc", 0x4F04, 57, 1, 5).with_sfi(4).often(),
    transparent("ef-5gauthkeys", 0x4F05, 110, 5).with_sfi(5).to_be_filled().often(),
    transparent("ef-uac-aic", 0x4F06, 4, 2).with_sfi(6).to_be_filled(),
    transparent("ef-suci-calc-info", 0x4F07, 0, 2).with_sfi(7),
    linear("ef-opl5g", 0x4F08, 10, 0, 10).with_sfi(8),
    transparent("ef-supinai", 0x4F09, 0, 2).with_sfi(9).to_be_filled(),
    transparent("ef-routing-indicator", 0x4F0A, 4, 2).with_sfi(0x0A).holding("F0FF.."),
    ber_tlv("ef-ursp", 0x4F0B, 2),
    transparent("ef-tn3gppsnn", 0x4F0C, 1, 2).with_sfi(0x0C).holding("00"),
    transparent("ef-cag", 0x4F0D, 2, 2).with_sfi(0x0D).to_be_filled(),
    transparent("ef-sor-cmci", 0x4F0E, 0, 2).with_sfi(0x0E).to_be_filled(),
    transparent("ef-dri", 0x4F0F, 7, 2).with_sfi(0x0F).to_be_filled(),
    transparent("ef-5gsedrx", 0x4F10, 2, 2).with_sfi(0x10).to_be_filled(),
    transparent("ef-5gnswo-conf", 0x4F11, 1, 2).with_sfi(0x11).to_be_filled(),
    transparent("ef-mchpplmn", 0x4F15, 1, 2).with_sfi(0x15).to_be_filled(),
    transparent("ef-kausf-derivation", 0x4F16, 1, 2).with_sfi(0x16).to_be_filled(),
};
constexpr TemplateFile kDfSaipFiles[] = {
    df("df-df-saip", 0x5FD0),
    transparent("ef-suci-calc-info-usim", 0x4F01, 0, 3),
};
constexpr TemplateFile kDfSnpnFiles[] = {
    df("df-df-snpn", 0x5FE0),
    transparent("ef-pws-snpn", 0x4F01, 1, 10).to_be_filled(),
};
constexpr TemplateFile kDf5gproseFiles[] = {
    df("df-df-5g-prose", 0x5FF0),
    transparent("ef-5g-prose-st", 0x4F01, 1, 2).with_sfi(1).to_be_filled(),
    transparent("ef-5g-prose-dd", 0x4F02, 26, 2).with_sfi(2).to_be_filled(),
    transparent("ef-5g-prose-dc", 0x4F03, 12, 2).with_sfi(3).to_be_filled(),
    transparent("ef-5g-prose-u2nru", 0x4F04, 32, 2).with_sfi(4).to_be_filled(),
    transparent("ef-5g-prose-ru", 0x4F05, 29, 2).with_sfi(5).to_be_filled(),
    transparent("ef-5g-prose-uir", 0x4F06, 32, 2).with_sfi(6).to_be_filled(),
};

// --- ADF.ISIM (9.6; 3GPP TS 31.103, 4.2) ---
constexpr TemplateFile kIsimFiles[] = {
    adf("adf-isim"),
    transparent("ef-impi", 0x6F02, 0, 2).with_sfi(2).to_be_filled(),
    linear("ef-impu", 0x6F04, 0, 1, 2).with_sfi(4).to_be_filled(),
    transparent("ef-domain", 0x6F03, 0, 2).with_sfi(5).to_be_filled(),
    transparent("ef-ist", 0x6F07, 14, 2).with_sfi(7).to_be_filled(),
    transparent("ef-ad", 0x6FAD, 3, 10).with_sfi(3).holding("00.."),
    linear("ef-arr", 0x6F06, 0, 0, 10).with_sfi(6).to_be_filled(),
};
constexpr TemplateFile kOptIsimFiles[] = {
    linear("ef-pcscf", 0x6F09, 0, 1, 2).to_be_filled(),
    linear("ef-sms", 0x6F3C, 176, 10, 5).holding("00FF.."),
    linear("ef-smsp", 0x6F42, 38, 1, 5),
    transparent("ef-smss", 0x6F43, 2, 5),
    linear("ef-smsr", 0x6F47, 30, 10, 5).holding("00FF.."),
    transparent("ef-gbabp", 0x6FD5, 0, 5),
    linear("ef-gbanl", 0x6FD7, 0, 0, 2),
    linear("ef-nafkca", 0x6FDD, 0, 0, 2),
    linear("ef-uicciari", 0x6FE7, 0, 0, 2).to_be_filled(),
    transparent("ef-frompreferred", 0x6FF7, 1, 2).holding("00"),
    ber_tlv("ef-imsconfigdata", 0x6FF8, 2).to_be_filled(),
    ber_tlv("ef-xcapconfigdata", 0x6FFC, 2).to_be_filled(),
    linear("ef-webrtcuri", 0x6FFA, 0, 0, 2).to_be_filled(),
    ber_tlv("ef-mudmidconfigdata", 0x6FFE, 2).to_be_filled(),
};

// --- ADF.CSIM (9.7; 3GPP2 C.S0065) ---
// File IDs are those of C.S0065. What Annex A has for sizes, rules and contents was not to be had:
// sizes are those of C.S0065 for files that TS.48 creates without saying a size, rules are those of
// the files' like in a USIM, and nothing is filled.
constexpr TemplateFile kCsimFiles[] = {
    adf("adf-csim"),
    linear("ef-arr", 0x6F06, 0, 0, 10).to_be_filled(),
    cyclic("ef-call-count", 0x6F21, 2, 1, 5).holding("00..").often(),
    transparent("ef-imsi-m", 0x6F22, 10, 2).to_be_filled(),
    transparent("ef-imsi-t", 0x6F23, 10, 2).to_be_filled(),
    transparent("ef-tmsi", 0x6F24, 16, 5).to_be_filled().often(),
    transparent("ef-ah", 0x6F25, 2, 2).to_be_filled(),
    transparent("ef-aop", 0x6F26, 1, 2).to_be_filled(),
    transparent("ef-aloc", 0x6F27, 7, 5).to_be_filled().often(),
    linear("ef-cdmahome", 0x6F28, 5, 1, 2).to_be_filled(),
    linear("ef-znregi", 0x6F29, 8, 1, 5).to_be_filled().often(),
    transparent("ef-snregi", 0x6F2A, 7, 5).to_be_filled().often(),
    transparent("ef-distregi", 0x6F2B, 8, 5).to_be_filled().often(),
    transparent("ef-accolc", 0x6F2C, 1, 2).to_be_filled(),
    transparent("ef-term", 0x6F2D, 1, 2).to_be_filled(),
    transparent("ef-acp", 0x6F2F, 7, 2).to_be_filled(),
    transparent("ef-prl", 0x6F30, 0, 2).to_be_filled(),
    transparent("ef-ruimid", 0x6F31, 8, 10).to_be_filled(),
    transparent("ef-csim-st", 0x6F32, 0, 2).to_be_filled(),
    transparent("ef-spc", 0x6F33, 3, 3).to_be_filled(),
    transparent("ef-otapaspc", 0x6F34, 1, 5).to_be_filled(),
    transparent("ef-namlock", 0x6F35, 1, 5).to_be_filled(),
    transparent("ef-ota", 0x6F36, 17, 2).to_be_filled(),
    transparent("ef-sp", 0x6F37, 1, 5).to_be_filled(),
    transparent("ef-esn-meid-me", 0x6F38, 8, 5).to_be_filled(),
    transparent("ef-li", 0x6F3A, 0, 1).to_be_filled(),
    transparent("ef-usgind", 0x6F42, 1, 2).to_be_filled(),
    transparent("ef-ad", 0x6F43, 3, 10).to_be_filled(),
    transparent("ef-max-prl", 0x6F45, 4, 2).to_be_filled(),
    transparent("ef-spcs", 0x6F46, 1, 2).to_be_filled(),
    transparent("ef-mecrp", 0x6F55, 3, 5).to_be_filled(),
    transparent("ef-home-tag", 0x6F70, 0, 2).to_be_filled(),
    transparent("ef-group-tag", 0x6F71, 0, 2).to_be_filled(),
    transparent("ef-specific-tag", 0x6F72, 0, 2).to_be_filled(),
    transparent("ef-call-prompt", 0x6F73, 0, 2).to_be_filled(),
};
constexpr TemplateFile kOptCsimFiles[] = {
    transparent("ef-ssci", 0x6F2E, 1, 5),
    linear("ef-fdn", 0x6F3B, 0, 0, 8),
    linear("ef-sms", 0x6F3C, 0, 0, 5).holding("00FF..").often(),
    linear("ef-smsp", 0x6F3D, 0, 0, 5),
    transparent("ef-smss", 0x6F3E, 0, 5),
    transparent("ef-ssfc", 0x6F3F, 0, 5).holding("00FF.."),
    transparent("ef-spn", 0x6F41, 35, 10).to_be_filled(),
    linear("ef-mdn", 0x6F44, 11, 1, 2).to_be_filled(),
    transparent("ef-ecc", 0x6F47, 0, 10).to_be_filled(),
    transparent("ef-me3gpdopc", 0x6F48, 1, 5),
    transparent("ef-3gpdopm", 0x6F49, 1, 2),
    transparent("ef-sipcap", 0x6F4A, 4, 2),
    transparent("ef-mipcap", 0x6F4B, 5, 2),
    transparent("ef-sipupp", 0x6F4C, 0, 2),
    transparent("ef-mipupp", 0x6F4D, 0, 2),
    transparent("ef-sipsp", 0x6F4E, 1, 2),
    transparent("ef-mipsp", 0x6F4F, 0, 2),
    transparent("ef-sippapss", 0x6F50, 0, 2),
    transparent("ef-puzl", 0x6F53, 0, 2),
    transparent("ef-maxpuzl", 0x6F54, 5, 2),
    transparent("ef-hrpdcap", 0x6F56, 3, 2),
    transparent("ef-hrpdupp", 0x6F57, 0, 2),
    transparent("ef-csspr", 0x6F58, 1, 2),
    transparent("ef-atc", 0x6F59, 1, 2),
    transparent("ef-eprl", 0x6F5A, 0, 2),
    transparent("ef-bcsmscfg", 0x6F5B, 1, 2),
    transparent("ef-bcsmspref", 0x6F5C, 1, 5),
    linear("ef-bcsmstable", 0x6F5D, 0, 0, 2),
    linear("ef-bcsmsp", 0x6F5E, 2, 0, 5),
    linear("ef-bakpara", 0x6F63, 0, 0, 2),
    cyclic("ef-upbakpara", 0x6F64, 0, 0, 2),
    linear("ef-mmsn", 0x6F65, 0, 0, 5).holding("000000FF.."),
    extension("ef-ext8", 0x6F66, 5),
    transparent("ef-mmsicp", 0x6F67, 0, 2),
    linear("ef-mmsup", 0x6F68, 0, 0, 5),
    transparent("ef-mmsucp", 0x6F69, 0, 5),
    transparent("ef-auth-capability", 0x6F6A, 5, 2),
    transparent("ef-3gcik", 0x6F6B, 32, 5),
    transparent("ef-dck", 0x6F6C, 20, 5),
    transparent("ef-gid1", 0x6F6D, 0, 2),
    transparent("ef-gid2", 0x6F6E, 0, 2),
    transparent("ef-cdmacnl", 0x6F6F, 0, 2),
    transparent("ef-sf-euimid", 0x6F74, 7, 10),
    transparent("ef-est", 0x6F75, 0, 8),
    transparent("ef-hidden-key", 0x6F76, 4, 5),
    transparent("ef-lcsver", 0x6F77, 0, 2),
    transparent("ef-lcscp", 0x6F78, 0, 2),
    linear("ef-sdn", 0x6F79, 0, 0, 2),
    extension("ef-ext2", 0x6F7A, 8),
    extension("ef-ext3", 0x6F7B, 2),
    cyclic("ef-ici", 0x6F7C, 0, 0, 5).often(),
    cyclic("ef-oci", 0x6F7D, 0, 0, 5).often(),
    extension("ef-ext5", 0x6F7E, 5),
    linear("ef-ccp2", 0x6F7F, 15, 0, 5),
    transparent("ef-applabels", 0x6F80, 0, 2),
    transparent("ef-model", 0x6F81, 126, 5),
    transparent("ef-rc", 0x6F82, 0, 2),
    transparent("ef-smscap", 0x6F83, 4, 2),
    transparent("ef-mipflags", 0x6F84, 1, 2),
    transparent("ef-3gpduppext", 0x6F85, 0, 2),
    transparent("ef-ipv6cap", 0x6F87, 0, 2),
    transparent("ef-tcpconfig", 0x6F88, 2, 2),
    transparent("ef-dgc", 0x6F89, 3, 2),
    transparent("ef-wapbrowsercp", 0x6F8A, 0, 2),
    transparent("ef-wapbrowserbm", 0x6F8B, 0, 5),
    transparent("ef-mmsconfig", 0x6F8C, 8, 2),
    transparent("ef-jdl", 0x6F8D, 0, 2),
};

// --- DF.EAP (9.8; ETSI TS 102 310) ---
constexpr TemplateFile kEapFiles[] = {
    df("df-eap", 0),
    transparent("ef-eapkeys", 0x4F01, 0, 2).to_be_filled().often(),
    transparent("ef-eapstatus", 0x4F02, 1, 2).holding("00").often(),
    transparent("ef-puid", 0x4F03, 0, 2).to_be_filled(),
    transparent("ef-ps", 0x4F04, 0, 5).often(),
    transparent("ef-curid", 0x4F20, 0, 5).often(),
    transparent("ef-reid", 0x4F21, 0, 5).to_be_filled(),
    transparent("ef-realm", 0x4F22, 0, 5).to_be_filled(),
};

// --- The IoT Minimal Profile: files of MF and USIM. Its own table of defaults was not to be had,
// so that their defaults are those of MF and USIM. ---
constexpr const TemplateFile& row(std::span<const TemplateFile> files, Text member) {
  return *std::ranges::find(files, member, &TemplateFile::member);
}
constexpr TemplateFile renamed(const TemplateFile& file, Text member) {
  TemplateFile copy = file;
  copy.member = member;
  return copy;
}
constexpr TemplateFile kIotFiles[] = {
    row(kMfFiles, "mf"),
    row(kMfFiles, "ef-pl"),
    row(kMfFiles, "ef-iccid"),
    row(kMfFiles, "ef-dir"),
    row(kMfFiles, "ef-arr"),
    row(kMfFiles, "ef-umpc"),
    row(kUsimFiles, "adf-usim"),
    row(kUsimFiles, "ef-imsi"),
    renamed(row(kUsimFiles, "ef-arr"), "ef-arr-usim"),
    row(kUsimFiles, "ef-keys"),
    row(kUsimFiles, "ef-keysPS"),
    row(kUsimFiles, "ef-hpplmn"),
    transparent("ef-ust", 0x6F38, 17, 2).with_sfi(0x04).holding("00.."),
    row(kUsimFiles, "ef-start-hfn"),
    row(kUsimFiles, "ef-threshold"),
    row(kUsimFiles, "ef-psloci"),
    row(kUsimFiles, "ef-acc"),
    row(kUsimFiles, "ef-fplmn"),
    row(kUsimFiles, "ef-loci"),
    row(kUsimFiles, "ef-ad"),
    row(kUsimFiles, "ef-ecc"),
    row(kUsimFiles, "ef-netpar"),
};
constexpr TemplateFile kOptIotFiles[] = {
    row(kUsimFiles, "ef-fdn"),
    row(kUsimFiles, "ef-sms"),
    row(kUsimFiles, "ef-smsp"),
    row(kUsimFiles, "ef-smss"),
    row(kUsimFiles, "ef-spn"),
    row(kUsimFiles, "ef-est"),
    row(kOptUsimFiles, "ef-oplmnwact"),
    row(kOptUsimFiles, "ef-hplmnwact"),
    row(kOptUsimFiles, "ef-ehplmn"),
    row(kUsimFiles, "ef-epsloci"),
    row(kUsimFiles, "ef-epsnsc"),
    row(kDf5gsFiles, "df-df-5gs"),
    row(kDf5gsFiles, "ef-5gs3gpploci"),
    row(kDf5gsFiles, "ef-5gsn3gpploci"),
    linear("ef-5gs3gppnsc", 0x4F03, 62, 2, 5).with_sfi(3).often(),
    linear("ef-5gsn3gppnsc", 0x4F04, 62, 2, 5).with_sfi(4).often(),
    row(kDf5gsFiles, "ef-5gauthkeys"),
    row(kDf5gsFiles, "ef-uac-aic"),
    row(kDf5gsFiles, "ef-suci-calc-info"),
    row(kDf5gsFiles, "ef-opl5g"),
    renamed(row(kDf5gsFiles, "ef-supinai"), "ef-supi-nai"),
    row(kDf5gsFiles, "ef-routing-indicator"),
    row(kDf5gsFiles, "ef-ursp"),
    row(kDf5gsFiles, "ef-tn3gppsnn"),
    row(kDfSaipFiles, "df-df-saip"),
    row(kDfSaipFiles, "ef-suci-calc-info-usim"),
};

struct Template {
  Text layout;
  std::span<const TemplateFile> files;
};
constexpr Template kTemplates[] = {
    {"mf", kMfFiles},
    {"cd", kCdFiles},
    {"telecom", kTelecomFiles},
    {"usim", kUsimFiles},
    {"opt-usim", kOptUsimFiles},
    {"isim", kIsimFiles},
    {"opt-isim", kOptIsimFiles},
    {"phonebook", kPhonebookFiles},
    {"gsm-access", kGsmAccessFiles},
    {"csim", kCsimFiles},
    {"opt-csim", kOptCsimFiles},
    {"eap", kEapFiles},
    {"df-5gs", kDf5gsFiles},
    {"df-saip", kDfSaipFiles},
    {"df-snpn", kDfSnpnFiles},
    {"df-5gprose", kDf5gproseFiles},
    {"iot", kIotFiles},
    {"opt-iot", kOptIotFiles},
};

/// A row that a later version of a template has instead, from that version on.
struct Change {
  Text layout;
  std::size_t since;
  TemplateFile file;
};
constexpr Change kChanges[] = {
    {"usim", 1, transparent("ef-ust", 0x6F38, 17, 2).with_sfi(0x04).to_be_filled()},
    // One record more for a second access, and room for later keys.
    {"df-5gs", 2, linear("ef-5gs3gppnsc", 0x4F03, 62, 2, 5).with_sfi(3).often()},
    {"df-5gs", 2, linear("ef-5gsn3gppnsc", 0x4F04, 62, 2, 5).with_sfi(4).often()},
    {"df-5gs", 3,
     transparent("ef-routing-indicator", 0x4F0A, 4, 2).with_sfi(0x0A).holding("F0FF0000")},
};

constexpr Text kAccessRules[] = {
    "8001019000800102A406830101950108800158A40683010A950108",
    "800101A40683010195010880015AA40683010A950108",
    "80015BA40683010A950108",
    "800101900080011A9700800140A40683010A950108",
    "800103A406830101950108800158A40683010A950108",
    "800111A40683010195010880014AA40683010A950108",
    "800103A406830101950108800158A40683010A950108840132A406830101950108",
    "800101A406830101950108800102A406830181950108800158A40683010A950108",
    "800101900080011AA406830101950108800140A40683010A950108",
    "800101900080015AA40683010A950108",
    "8001019000800118A40683010A9501088001429700",
    "800101A40683010195010880015A9700",
    "800113A406830101950108800148A40683010A950108",
    "80015EA40683010A950108",
};

bool is_directory(const TemplateFile& file) { return file.type <= kAdf; }

Bytes octets(Text hex) { return from_hex(hex).value_or(Bytes{}); }

/// The octets at the end that are as the one before them.
void drop_repetition(Bytes& content) {
  while (content.size() > 1 && content[content.size() - 2] == content.back()) content.pop_back();
}

}  // namespace

std::span<const TemplateFile> template_files(const FileLayout& layout) {
  auto found = std::ranges::find(kTemplates, layout.name, &Template::layout);
  return found == std::end(kTemplates) ? std::span<const TemplateFile>{} : found->files;
}

std::optional<std::size_t> template_version(const FileLayout& layout, const asn1::Oid& id) {
  auto found = std::ranges::find(layout.template_ids, asn1::to_string(id));
  if (found == layout.template_ids.end()) return std::nullopt;
  return static_cast<std::size_t>(found - layout.template_ids.begin());
}

const TemplateFile& template_file(const FileLayout& layout, std::size_t member,
                                  std::size_t version) {
  const TemplateFile* file = &template_files(layout)[member];
  if (version == 0) return *file;
  for (const Change& change : kChanges) {
    bool meant = change.layout == layout.name && change.file.member == file->member;
    if (meant && version >= change.since) file = &change.file;
  }
  return *file;
}

std::optional<std::size_t> template_directory(const FileLayout& layout, std::size_t member) {
  std::span<const TemplateFile> files = template_files(layout);
  bool has_root = is_directory(files.front());
  if (member == 0 && has_root) return std::nullopt;
  // Directories of one template do not nest, apart from the first one.
  if (is_directory(files[member])) return has_root ? std::optional<std::size_t>(0) : std::nullopt;
  while (member-- > 0) {
    if (is_directory(files[member])) return member;
  }
  return std::nullopt;
}

Bytes default_content(const TemplateFile& file, std::size_t size) {
  if (file.content.empty()) return {};
  std::size_t dots = file.content.find("..");
  Bytes content = octets(file.content.substr(0, dots));
  if (file.repeated || content.empty()) return content;
  if (dots != Text::npos) {
    Bytes end = octets(file.content.substr(dots + 2));
    if (!end.empty() && content.size() + end.size() < size) {
      content.resize(size - end.size(), content.back());
    }
    append(content, end);
  }
  if (content.size() > size) content.resize(size);
  drop_repetition(content);
  return content;
}

std::span<const Text> access_rules() { return kAccessRules; }

}  // namespace rsp::saip
