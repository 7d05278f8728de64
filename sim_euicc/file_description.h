// What a file shall be: a template's row, the descriptor that a package gives, or both.
#pragma once

#include "rsp/saip/templates.h"
#include "sim_euicc/profile_image.h"

namespace sim {

/// Why a profile element is not carried out.
struct Refusal {
  rsp::saip::PeStatusCode status = rsp::saip::PeStatusCode::kBadValues;
  std::string text;
  /// What the card does not offer only aborts where the profile element is mandated (E.5).
  rsp::saip::Consequence unless_mandated = rsp::saip::Consequence::kAborts;
  std::optional<std::uint32_t> offset = std::nullopt;  // in the profile element
};
template <class T>
using OrRefusal = std::expected<T, Refusal>;

// Which status goes with which violation is not specified beyond the names of the statuses.
/// A value that no file can have.
std::unexpected<Refusal> bad_value(std::string text);
/// A parameter that is missing, or that a file of this type does not have.
std::unexpected<Refusal> bad_parameter(std::string text);
/// Parts that do not belong together, or in another order.
std::unexpected<Refusal> bad_structure(std::string text);
/// A service that the card does not offer.
std::unexpected<Refusal> not_offered(rsp::saip::Service service);

struct FileDescription {
  ImageFile file;  // without parent, link and PIN set
  rsp::Bytes aid;
  rsp::Bytes pin_status_template;
  std::optional<rsp::saip::FilePath> link;  // to another file; never empty
  rsp::Bytes pattern;                       // what is not filled; its last octet goes on
  bool default_pattern = false;             // the template's, so that the package has it nowhere
  bool repeats_pattern = false;
};

/// Whether a file is directly in the MF, which decides which EF.ARR a record number alone means.
enum class FileLevel : std::uint8_t { kInMf, kBelow };

/// A file of a template; `fcp` is null where the package says nothing about it.
OrRefusal<FileDescription> describe(const rsp::saip::TemplateFile& row, const rsp::saip::Fcp* fcp,
                                    FileLevel level);
/// A file that only its descriptor describes (createFCP).
OrRefusal<FileDescription> describe(const rsp::saip::Fcp& fcp, FileLevel level);

}  // namespace sim
