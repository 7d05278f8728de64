// Profile packages: profile elements one after the other, without anything around them (E.1).
#pragma once

#include "rsp/base/result.h"
#include "rsp/saip/applications.h"
#include "rsp/saip/codes.h"
#include "rsp/saip/file_pe.h"
#include "rsp/saip/status.h"

namespace rsp::saip {

/// A profile element with a tag that this library does not know, kept as it is.
struct UnknownPe {
  asn1::Tag tag;
  Bytes der;
  std::optional<PeHeader> header;  // where its first component reads as one
};

struct ProfileElement {
  using Body = std::variant<ProfileHeader, FilePe, PinCodes, PukCodes, AkaParameter, CdmaParameter,
                            SecurityDomain, Rfm, Application, GenericFileManagement, NonStandard,
                            End, UnknownPe>;
  Body body;
  std::size_t offset = 0;  // in the package that it was read from

  /// "usim", "pinCodes"; of an unknown element its tag: "BF22".
  std::string name() const;
  /// Null in the profile header, and in an unknown element without a readable one.
  const PeHeader* header() const;
  PeHeader* header();
  template <class T>
  const T* as() const {
    return std::get_if<T>(&body);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&body);
  }
};

struct ProfilePackage {
  std::vector<ProfileElement> elements;
};

/// Where and why a package cannot be read.
struct PackageFault {
  std::size_t element = 0;  // index of the profile element
  std::string name;         // of the profile element, as far as it is known
  std::optional<std::uint16_t> identification;
  std::size_t offset = 0;    // of the profile element in the package
  std::size_t position = 0;  // of the last component that was recognised, in the profile element
  Error error;
  /// invalid-request-format, with the identification and the position.
  PeStatus status() const;
};

/// More components than this in one package are refused, since each takes far more memory than its
/// two octets on the wire. Published packages have 2,500.
inline constexpr std::size_t kMaxComponents = 65536;

/// Decodes a whole package. Accepts what asn1::Decoder tolerates.
std::expected<ProfilePackage, PackageFault> read_package(BytesView upp);
/// The same with the fault as an Error: Layer::kDecode, the profile element in `step`, the field in
/// `path`.
Result<ProfilePackage> decode_package(BytesView upp);
/// Exactly one profile element.
Result<ProfileElement> decode_element(BytesView der);

Bytes encode_package(const ProfilePackage& package);
Bytes encode_element(const ProfileElement& element);

}  // namespace rsp::saip
