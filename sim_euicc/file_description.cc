#include "sim_euicc/file_description.h"

#include <fmt/format.h>

namespace sim {
namespace {

using rsp::saip::Fcp;
using rsp::saip::PeStatusCode;
using rsp::saip::TemplateFile;
using Done = OrRefusal<void>;

constexpr std::uint16_t kMfId = 0x3F00;
constexpr std::uint8_t kHighUpdateActivity = 0x80;
// ETSI TS 102 221, 8.2.2.2 and 8.2.2.3.
constexpr std::size_t kMaxRecords = 254, kMaxRecordLength = 255;

std::unexpected<Refusal> refused(PeStatusCode status, std::string text) {
  return std::unexpected(Refusal{.status = status, .text = std::move(text)});
}

FileType type_of(rsp::saip::TemplateFileType type) {
  // The same list, once for packages and once for cards.
  static_assert(static_cast<int>(rsp::saip::TemplateFileType::kBerTlv) ==
                static_cast<int>(FileType::kBerTlv));
  return static_cast<FileType>(type);
}

/// The file descriptor byte of ETSI TS 102 221, table 11.5. Bit 7, shareable, is not for us to
/// mind, and an internal EF is for the card what a working EF is.
std::optional<FileType> type_in(std::uint8_t descriptor) {
  constexpr std::uint8_t kShareable = 0x40, kInternal = 0x08;
  descriptor = static_cast<std::uint8_t>(descriptor & ~kShareable);
  if (descriptor == 0x38) return FileType::kDf;
  if (descriptor == 0x39) return FileType::kBerTlv;
  switch (descriptor & ~kInternal) {
    case 0x01:
      return FileType::kTransparent;
    case 0x02:
      return FileType::kLinearFixed;
    case 0x06:
      return FileType::kCyclic;
    default:
      return std::nullopt;
  }
}

/// An unsigned number, however many zeros are before it.
OrRefusal<std::uint32_t> number_in(rsp::BytesView octets, std::string_view name) {
  if (octets.empty()) return bad_value(fmt::format("{} has no octets", name));
  while (octets.size() > 1 && octets.front() == 0) octets = octets.subspan(1);
  if (octets.size() > 4) {
    return refused(PeStatusCode::kNotEnoughMemory, fmt::format("{} is out of all bounds", name));
  }
  return static_cast<std::uint32_t>(rsp::big_endian(octets));
}

/// Puts one description together, from what it is to what is in it.
class Describer {
 public:
  Describer(const TemplateFile* row, const Fcp& fcp, FileLevel level)
      : row_(row), fcp_(fcp), level_(level) {}

  OrRefusal<FileDescription> run() {
    RSP_CHECK(set_type());
    RSP_CHECK(set_id());
    RSP_CHECK(set_access());
    file().lcsi = fcp_.lcsi[0];
    if (fcp_.link_path && !fcp_.link_path->empty()) out_.link = fcp_.link_path;
    if (is_directory(file().type)) {
      RSP_CHECK(set_directory());
      return std::move(out_);
    }
    RSP_CHECK(set_ef());
    return std::move(out_);
  }

 private:
  ImageFile& file() { return out_.file; }

  Done set_type() {
    if (row_ != nullptr) file().type = type_of(row_->type);
    if (!fcp_.file_descriptor) {
      if (row_ == nullptr) return bad_parameter("createFCP has no fileDescriptor");
      return {};
    }
    const rsp::Bytes& octets = *fcp_.file_descriptor;
    auto type = type_in(octets[0]);
    if (!type || octets.size() == 3) {
      return bad_value(
          fmt::format("{:02X} with {} octets is no file descriptor", octets[0], octets.size()));
    }
    if (row_ != nullptr && is_directory(*type) != is_directory(file().type)) {
      return bad_value("the template has an EF where the descriptor has a DF, or the reverse");
    }
    if (row_ == nullptr && *type == FileType::kDf && fcp_.df_name) type = FileType::kAdf;
    if (row_ == nullptr || !is_directory(*type)) file().type = *type;
    return {};
  }

  Done set_id() {
    if (row_ != nullptr) file().id = row_->id;
    if (fcp_.file_id) file().id = static_cast<std::uint16_t>(rsp::big_endian(*fcp_.file_id));
    bool mf = file().type == FileType::kMf;
    if (!fcp_.file_id && file().id == 0) return bad_parameter("the file has no fileID");
    // ETSI TS 102 221, 8.3 and 8.4: the MF, the current ADF and what ISO 7816-4 reserves.
    bool reserved =
        file().id == kMfId || file().id == 0x3FFF || file().id == 0x7FFF || file().id == 0xFFFF;
    if (mf ? file().id != kMfId : reserved) {
      return bad_value(fmt::format("the file has the file ID {:04X}", file().id));
    }
    return {};
  }

  /// E.6: a record number alone is one of 2F06 for the MF, what is directly in it and ADFs, and of
  /// 6F06 for everything else.
  Done set_access() {
    bool global =
        level_ == FileLevel::kInMf || file().type == FileType::kMf || file().type == FileType::kAdf;
    file().arr_file = global ? 0x2F06 : 0x6F06;
    if (row_ != nullptr) file().arr_record = row_->rule;
    if (!fcp_.security_attributes_referenced) return {};
    rsp::BytesView octets = *fcp_.security_attributes_referenced;
    if (octets.size() == 2) {
      return bad_value("securityAttributesReferenced has neither one octet nor three");
    }
    if (octets.size() == 3) {
      file().arr_file = static_cast<std::uint16_t>(rsp::big_endian(octets.first(2)));
    }
    file().arr_record = octets.back();
    return {};
  }

  // --- Directories ---
  Done set_directory() {
    if (fcp_.ef_file_size || fcp_.short_ef_id || fcp_.proprietary_ef_info) {
      return bad_parameter("a directory has no efFileSize, shortEFID or proprietaryEFInfo");
    }
    if (!fcp_.pin_status_template_do) {
      return bad_parameter("the directory has no pinStatusTemplateDO");
    }
    out_.pin_status_template = *fcp_.pin_status_template_do;
    bool adf = file().type == FileType::kAdf;
    if (adf != fcp_.df_name.has_value()) {
      return bad_parameter(adf ? "the ADF has no dfName" : "only an ADF has a dfName");
    }
    if (adf) out_.aid = *fcp_.df_name;
    return {};
  }

  // --- EFs ---
  Done set_ef() {
    if (fcp_.df_name || fcp_.pin_status_template_do) {
      return bad_parameter("an EF has no dfName or pinStatusTemplateDO");
    }
    RSP_CHECK(set_sfi());
    if (out_.link) {
      // Size and records are those of the other file.
      if (fcp_.ef_file_size) return bad_parameter("a link has no efFileSize");
      return set_properties();
    }
    RSP_CHECK(set_record_length());
    RSP_CHECK(set_size());
    RSP_CHECK(set_properties());
    return set_pattern();
  }

  /// E.6: absent, it is the template's, or as ETSI TS 102 222 has it the file ID's lower five bits;
  /// of no octets: none.
  Done set_sfi() {
    constexpr std::uint8_t kLargest = 30;  // ETSI TS 102 221, 8.5
    if (!fcp_.short_ef_id) {
      file().sfi = row_ != nullptr ? row_->sfi : static_cast<std::uint8_t>(file().id & 0x1F);
      if (file().sfi > kLargest) file().sfi = 0;
      return {};
    }
    if (fcp_.short_ef_id->empty()) return {};
    std::uint8_t octet = fcp_.short_ef_id->front();
    file().sfi = octet >> 3;
    if ((octet & 0x07) != 0 || file().sfi == 0 || file().sfi > kLargest) {
      return bad_value(fmt::format("{:02X} is no short file identifier", octet));
    }
    return {};
  }

  Done set_record_length() {
    if (!has_records(file().type)) return {};
    if (row_ != nullptr) file().record_length = row_->size;
    bool said = fcp_.file_descriptor && fcp_.file_descriptor->size() == 4;
    if (said) {
      auto octets = rsp::BytesView(*fcp_.file_descriptor).subspan(2);
      file().record_length = static_cast<std::uint16_t>(rsp::big_endian(octets));
    }
    if (file().record_length == 0 && !said) return bad_parameter("the file has no record length");
    if (file().record_length == 0 || file().record_length > kMaxRecordLength) {
      return bad_value(fmt::format("a record has {} octets", file().record_length));
    }
    return {};
  }

  OrRefusal<std::uint32_t> size_as_said() {
    bool most = file().type == FileType::kBerTlv && fcp_.proprietary_ef_info &&
                fcp_.proprietary_ef_info->maximum_file_size;
    if (most) return number_in(*fcp_.proprietary_ef_info->maximum_file_size, "maximumFileSize");
    if (fcp_.ef_file_size) return number_in(*fcp_.ef_file_size, "efFileSize");
    std::uint32_t size = 0;
    if (row_ != nullptr) {
      size = has_records(file().type) ? file().record_length * row_->records : row_->size;
    }
    if (size == 0) return bad_parameter("the file has no efFileSize");
    return size;
  }
  Done set_size() {
    RSP_TRY(file().size, size_as_said());
    if (file().size == 0) return bad_value("the file has no octets");
    if (!has_records(file().type)) return {};
    std::uint32_t count = file().size / file().record_length;
    if (file().size % file().record_length != 0 || count > kMaxRecords) {
      return bad_value(fmt::format("{} octets are no 1 to {} records of {}", file().size,
                                   kMaxRecords, file().record_length));
    }
    return {};
  }

  Done set_properties() {
    if (row_ != nullptr && row_->often_updated)
      file().special_file_information = kHighUpdateActivity;
    if (!fcp_.proprietary_ef_info) return {};
    file().special_file_information = fcp_.proprietary_ef_info->special_file_information[0];
    if (fcp_.proprietary_ef_info->fill_pattern && fcp_.proprietary_ef_info->repeat_pattern) {
      return bad_parameter("the file has both fillPattern and repeatPattern");
    }
    return {};
  }

  Done set_pattern() {
    if (file().type == FileType::kBerTlv) return {};  // holds objects, and otherwise nothing
    if (fcp_.proprietary_ef_info) {
      const auto& info = *fcp_.proprietary_ef_info;
      out_.repeats_pattern = info.repeat_pattern.has_value();
      if (info.repeat_pattern) out_.pattern = *info.repeat_pattern;
      if (info.fill_pattern) out_.pattern = *info.fill_pattern;
    }
    if (!out_.pattern.empty() || row_ == nullptr) return {};
    std::size_t unit = has_records(file().type) ? file().record_length : file().size;
    out_.pattern = rsp::saip::default_content(*row_, unit);
    out_.repeats_pattern = row_->repeated;
    out_.default_pattern = true;
    return {};
  }

  const TemplateFile* row_;  // null: there is no template
  const Fcp& fcp_;
  FileLevel level_;
  FileDescription out_;
};

}  // namespace

std::unexpected<Refusal> bad_value(std::string text) {
  return refused(PeStatusCode::kBadValues, std::move(text));
}
std::unexpected<Refusal> bad_parameter(std::string text) {
  return refused(PeStatusCode::kInvalidParameter, std::move(text));
}
std::unexpected<Refusal> bad_structure(std::string text) {
  return refused(PeStatusCode::kInvalidRequestFormat, std::move(text));
}
std::unexpected<Refusal> not_offered(rsp::saip::Service service) {
  return std::unexpected(
      Refusal{.status = PeStatusCode::kFeatureNotSupported,
              .text = fmt::format("the service {} is not offered", rsp::asn1::name_of(service)),
              .unless_mandated = rsp::saip::Consequence::kWarns});
}

OrRefusal<FileDescription> describe(const TemplateFile& row, const Fcp* fcp, FileLevel level) {
  static const Fcp kNothing;
  return Describer(&row, fcp == nullptr ? kNothing : *fcp, level).run();
}
OrRefusal<FileDescription> describe(const Fcp& fcp, FileLevel level) {
  return Describer(nullptr, fcp, level).run();
}

}  // namespace sim
