// Every file that a package creates, wherever it says so: in a template's element, by a template's
// default, or in PE-GenericFileManagement. For whoever looks at a package as a whole; what a card
// makes of it is the card's own business.
#pragma once

#include <map>

#include "rsp/saip/package.h"
#include "rsp/saip/templates.h"

namespace rsp::saip {

/// One file, with what the template and the package say about it put together.
struct PackageFile {
  std::size_t element = 0;  // index of the profile element that creates it
  std::string_view member;  // "ef-imsi"; empty: a file without a template
  TemplateFileType type = TemplateFileType::kTransparent;
  std::vector<std::uint16_t> path;  // file IDs below the MF, of an ADF the temporary one
  std::size_t size = 0;             // octets of an EF
  std::size_t record_length = 0;    // 0: it has no records
  std::uint16_t arr_file = 0;       // the EF.ARR in charge, in its directory or above
  std::uint8_t arr_record = 0;      // 0: none is named
  bool mentioned = false;           // by the package; otherwise it comes with its template
  bool mandatory = false;           // its element cannot be written without it
  bool filled = false;              // the package puts octets into it
  bool content_required = false;    // the template wants the package to fill it
  const Fcp* fcp = nullptr;         // what the package says of it; lives as long as the package
  /// As installed. Empty for links, for BER-TLV files that are not filled, and where the package's
  /// files together would be larger than any card.
  Bytes content;
  std::optional<Error> fill_error;  // the package fills beyond the file's end

  bool is_directory() const { return type <= TemplateFileType::kAdf; }
  std::uint16_t id() const { return path.empty() ? 0x3F00 : path.back(); }
  std::size_t records() const { return record_length == 0 ? 0 : size / record_length; }
  /// The n-th record from 0, as far as the content has it.
  BytesView record(std::size_t n) const;
  /// "3F00/7FD0/6F07"
  std::string path_text() const;
};

/// One USIM, ISIM or CSIM.
struct PackageApplication {
  std::string_view kind;            // "usim", "isim", "csim"
  std::size_t element = 0;          // that creates it
  std::vector<std::uint16_t> path;  // of its ADF
  Bytes aid;
};

struct PackageContents {
  std::vector<PackageFile> files;  // in the order of their creation
  std::vector<PackageApplication> applications;
  std::map<std::vector<std::uint16_t>, std::size_t> by_path;  // of two with one path the first

  /// Null where there is none.
  const PackageFile* at(const std::vector<std::uint16_t>& path) const;
  /// A file below an application's ADF, by the IDs from there on.
  const PackageFile* in(const PackageApplication& application,
                        std::initializer_list<std::uint16_t> below) const;
};

/// What a package that can be decoded creates. Elements that a card would refuse are passed over
/// where they say too little.
PackageContents contents_of(const ProfilePackage& package);

}  // namespace rsp::saip
