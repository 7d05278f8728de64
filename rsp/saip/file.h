// Files as profile elements describe them (TCA IP 3.3.1, 8.3; E.6).
#pragma once

#include "rsp/base/result.h"
#include "rsp/saip/header.h"

namespace rsp::saip {

/// ProprietaryInfo. At most one of the two patterns is allowed (ETSI TS 102 222).
struct ProprietaryInfo {
  static constexpr bool kTagsDescend = true;
  Octets<1> special_file_information{
      0x00};  // 80: high update activity, 40: readable when deactivated
  std::optional<asn1::OctetsOf<1, 200>> fill_pattern;    // once, then its last octet until the end
  std::optional<asn1::OctetsOf<1, 200>> repeat_pattern;  // over and over
  std::optional<Bytes> maximum_file_size;                // of a BER-TLV file, in the fewest octets
  Octets<1> file_details{0x01};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::private_use(0), "specialFileInformation", m.special_file_information,
      Default{Octets<1>{0x00}});
    f(asn1::private_use(1), "fillPattern", m.fill_pattern);
    f(asn1::private_use(2), "repeatPattern", m.repeat_pattern);
    f(asn1::context(6), "maximumFileSize", m.maximum_file_size);
    f(asn1::context(4), "fileDetails", m.file_details, Default{Octets<1>{0x01}});
  }
};

/// Fcp. In an element that follows a template it only says what differs from the template.
struct Fcp {
  static constexpr bool kTagsDescend = true;
  std::optional<asn1::OctetsOf<2, 4>> file_descriptor;  // type, coding, record length
  std::optional<Octets<2>> file_id;                     // of an ADF: temporary, used in paths
  std::optional<ApplicationId> df_name;                 // of an ADF
  Octets<1> lcsi{0x05};
  /// EF.ARR and record number, or the record number alone: in 2F06 for the MF, what is directly in
  /// it and ADFs, in 6F06 for everything else.
  std::optional<asn1::OctetsOf<1, 3>> security_attributes_referenced;
  std::optional<Bytes> ef_file_size;  // in the fewest octets
  std::optional<Bytes> pin_status_template_do;
  std::optional<asn1::OctetsOf<0, 1>>
      short_ef_id;  // in the upper five bits; of no octets: has none
  std::optional<ProprietaryInfo> proprietary_ef_info;
  std::optional<asn1::OctetsOf<0, 8>>
      link_path;  // of no octets: a link of the template becomes a file
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(2), "fileDescriptor", m.file_descriptor);
    f(asn1::context(3), "fileID", m.file_id);
    f(asn1::context(4), "dfName", m.df_name);
    f(asn1::context(10), "lcsi", m.lcsi, Default{Octets<1>{0x05}});
    f(asn1::context(11), "securityAttributesReferenced", m.security_attributes_referenced);
    f(asn1::context(0), "efFileSize", m.ef_file_size);
    f(asn1::private_use(6), "pinStatusTemplateDO", m.pin_status_template_do);
    f(asn1::context(8), "shortEFID", m.short_ef_id);
    f(asn1::context(5), "proprietaryEFInfo", m.proprietary_ef_info);
    f(asn1::private_use(7), "linkPath", m.link_path);
  }
};

/// The length of a record, or nothing where the descriptor names none.
std::optional<std::size_t> record_length(const Fcp& fcp);

/// doNotCreate, fileDescriptor, fillFileOffset, fillFileContent.
using FileItem = std::variant<asn1::Null, asn1::Boxed<Fcp>, std::uint16_t, Bytes>;
inline constexpr OneOf kFileItem{asn1::Alternative{asn1::context(0), "doNotCreate"},
                                 asn1::Alternative{asn1::context(1), "fileDescriptor"},
                                 asn1::Alternative{asn1::context(2), "fillFileOffset"},
                                 asn1::Alternative{asn1::context(3), "fillFileContent"}};
/// File. An offset counts from the current position, which content moves on.
using File = std::vector<FileItem>;

/// The file's descriptor, or null where everything is as in the template.
const Fcp* descriptor_of(const File& file);
bool has_do_not_create(const File& file);

/// What an EF of `size` octets holds after installation: the pattern of its descriptor, or
/// `otherwise` (the template's), record by record where there are records; FF where neither says
/// anything; then the fill commands. Error: a fill command that leaves the file.
Result<Bytes> initial_content(const File& file, std::size_t size, BytesView otherwise = {});

/// A path in the file system, without 3F00; an ADF goes by its temporary file ID.
using FilePath = asn1::OctetsOf<0, 8>;

/// filePath, createFCP, fillFileOffset, fillFileContent.
using FileCommand = std::variant<FilePath, asn1::Boxed<Fcp>, std::uint16_t, Bytes>;
/// FileManagement: commands in the order in which they are done.
struct FileManagement : std::vector<FileCommand> {
  using std::vector<FileCommand>::vector;
  static constexpr OneOf kSpec{asn1::Alternative{asn1::context(0), "filePath"},
                               asn1::Alternative{asn1::application(2), "createFCP"},
                               asn1::Alternative{asn1::kInteger, "fillFileOffset"},
                               asn1::Alternative{asn1::context(1), "fillFileContent"}};
};

/// PE-GenericFileManagement: files that no template has.
struct GenericFileManagement {
  static constexpr asn1::Tag kTag = asn1::context(1);  // A1
  static constexpr std::string_view kName = "genericFileManagement";
  PeHeader header;
  std::vector<FileManagement> file_management_cmd;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "gfm-header", m.header);
    f(asn1::context(1), "fileManagementCMD", m.file_management_cmd, Each{asn1::kSequence});
  }
};

}  // namespace rsp::saip
