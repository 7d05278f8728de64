#include "rsp/saip/package.h"

#include <fmt/format.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"

namespace rsp::saip {
namespace {

using asn1::Element;

constexpr std::uint16_t kMaxIdentification = 32767;  // UInt15

/// Remembers how far a decoder came.
class Progress final : public asn1::DecodeObserver {
 public:
  void element(const asn1::Path& path) override {
    if (path.element != nullptr) last_ = path.element->whole.data();
  }
  std::size_t position(BytesView whole) const {
    return last_ == nullptr ? 0 : static_cast<std::size_t>(last_ - whole.data());
  }

 private:
  const std::uint8_t* last_ = nullptr;
};

/// Components at all levels, as far as they are well-formed. No declaration nests deeper than
/// `depth`, so neither does the decoder.
std::size_t count_components(BytesView content, int depth = 8) {
  std::size_t count = 0;
  asn1::Reader reader(content);
  while (auto element = reader.next()) {
    ++count;
    if (element->constructed && depth > 0) count += count_components(element->content, depth - 1);
  }
  return count;
}

template <class T>
std::optional<Error> read_under(asn1::Tag tag, std::string_view name, BytesView der, T& value,
                                asn1::DecodeObserver* observer) {
  asn1::Path root{nullptr, name};
  asn1::Decoder decoder(der, root, observer);
  decoder.top(tag, value);
  return decoder.finish();
}

/// The PEHeader that a profile element begins with.
std::optional<PeHeader> header_in(const Element& element) {
  auto first = asn1::Reader(element.content).peek();
  if (!element.constructed || !first) return std::nullopt;
  auto header = asn1::decode_as<PeHeader>(asn1::context(0), "header", first->whole);
  if (!header || header->identification > kMaxIdentification) return std::nullopt;
  return *std::move(header);
}

std::optional<Error> read_unknown(const Element& element, UnknownPe& unknown) {
  if (element.tag.tag_class != asn1::TagClass::kContext) {
    return Error{.layer = Layer::kDecode,
                 .text = fmt::format("{} is not the tag of a profile element",
                                     asn1::to_string(element.tag, element.constructed))};
  }
  unknown.tag = element.tag;
  unknown.der = to_bytes(element.whole);
  unknown.header = header_in(element);
  return std::nullopt;
}

/// Finds the alternative with this tag, from the variant's I-th on, and reads the element into it.
template <std::size_t I = 0>
std::optional<Error> read_body(const Element& element, ProfileElement::Body& body,
                               asn1::DecodeObserver* observer) {
  if constexpr (I == std::variant_size_v<ProfileElement::Body>) {
    if (const FileLayout* layout = layout_of(element.tag)) {
      auto& file_pe = body.emplace<FilePe>(*layout);
      return read_under(layout->tag, layout->name, element.whole, file_pe, observer);
    }
    return read_unknown(element, body.emplace<UnknownPe>());
  } else {
    using T = std::variant_alternative_t<I, ProfileElement::Body>;
    if constexpr (asn1::TopLevel<T>) {
      if (element.tag == T::kTag) {
        return read_under(T::kTag, T::kName, element.whole, body.emplace<T>(), observer);
      }
    }
    return read_body<I + 1>(element, body, observer);
  }
}

std::string name_of_tag(asn1::Tag tag, bool constructed) {
  if (const FileLayout* layout = layout_of(tag)) return std::string(layout->name);
  std::string name = asn1::to_string(tag, constructed);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (
        [&] {
          using T = std::variant_alternative_t<I, ProfileElement::Body>;
          if constexpr (asn1::TopLevel<T>) {
            if (tag == T::kTag) name = T::kName;
          }
        }(),
        ...);
  }
  (std::make_index_sequence<std::variant_size_v<ProfileElement::Body>>());
  return name;
}

std::optional<Error> check_identification(const ProfileElement& element) {
  const PeHeader* header = element.header();
  if (header == nullptr || header->identification <= kMaxIdentification) return std::nullopt;
  std::string path = element.name() + ".identification";
  return Error{.layer = Layer::kDecode, .path = path, .text = path + " is larger than 32767"};
}

/// Reads elements one after the other, and describes what is wrong with the one it stands at.
class PackageReader {
 public:
  explicit PackageReader(BytesView upp) : upp_(upp), reader_(upp) {}

  std::expected<ProfilePackage, PackageFault> read() {
    while (!reader_.at_end()) {
      if (auto fault = read_element()) return std::unexpected(*std::move(fault));
    }
    return std::move(package_);
  }

 private:
  std::optional<PackageFault> read_element() {
    std::size_t offset = upp_.size() - reader_.rest().size();
    auto element = reader_.next();
    if (!element) {
      std::string text = fmt::format("is no complete profile element: {}", element.error());
      return fault_at(offset, "?", {.layer = Layer::kDecode, .text = std::move(text)});
    }
    ProfileElement pe{.body = {}, .offset = offset};
    Progress progress;
    std::optional<Error> error = too_many(*element);
    if (!error) error = read_body(*element, pe.body, &progress);
    if (!error) error = check_identification(pe);
    if (!error) {
      package_.elements.push_back(std::move(pe));
      return std::nullopt;
    }
    auto fault =
        fault_at(offset, name_of_tag(element->tag, element->constructed), *std::move(error));
    if (auto header = header_in(*element)) fault.identification = header->identification;
    fault.position = progress.position(element->whole);
    return fault;
  }

  std::optional<Error> too_many(const Element& element) {
    // A component has two octets at least, so a package of an ordinary size need not be counted.
    if (upp_.size() / 2 <= kMaxComponents) return std::nullopt;
    components_ += 1 + (element.constructed ? count_components(element.content) : 0);
    if (components_ <= kMaxComponents) return std::nullopt;
    return Error{.layer = Layer::kDecode,
                 .text = fmt::format("the package has more than {} components", kMaxComponents)};
  }

  PackageFault fault_at(std::size_t offset, std::string name, Error error) {
    std::size_t index = package_.elements.size();
    error.step = fmt::format("profile element {} ({}) at offset {}", index, name, offset);
    return {.element = index, .name = std::move(name), .offset = offset, .error = std::move(error)};
  }

  BytesView upp_;
  asn1::Reader reader_;
  ProfilePackage package_;
  std::size_t components_ = 0;
};

void write(asn1::Writer& writer, const ProfileElement& element) {
  std::visit(
      [&]<class T>(const T& body) {
        if constexpr (asn1::TopLevel<T>) {
          asn1::Encoder(writer).put(T::kTag, body);
        } else if constexpr (std::is_same_v<T, FilePe>) {
          if (body.layout != nullptr) asn1::Encoder(writer).put(body.layout->tag, body);
        } else {
          writer.raw(body.der);
        }
      },
      element.body);
}

template <class Body>
auto* header_of(Body& body) {
  using Header = std::conditional_t<std::is_const_v<Body>, const PeHeader, PeHeader>;
  return std::visit(
      []<class T>(T& alternative) -> Header* {
        using Plain = std::remove_const_t<T>;
        if constexpr (std::is_same_v<Plain, ProfileHeader>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Plain, UnknownPe>) {
          return alternative.header ? &*alternative.header : nullptr;
        } else {
          return &alternative.header;
        }
      },
      body);
}

}  // namespace

std::string ProfileElement::name() const {
  return std::visit(
      []<class T>(const T& alternative) -> std::string {
        if constexpr (asn1::TopLevel<T>) {
          return std::string(T::kName);
        } else if constexpr (std::is_same_v<T, FilePe>) {
          return alternative.layout == nullptr ? "?" : std::string(alternative.layout->name);
        } else {
          return asn1::to_string(alternative.tag, true);
        }
      },
      body);
}

const PeHeader* ProfileElement::header() const { return header_of(body); }
PeHeader* ProfileElement::header() { return header_of(body); }

PeStatus PackageFault::status() const {
  PeStatus status{.status = PeStatusCode::kInvalidRequestFormat,
                  .identification = identification,
                  .offset = static_cast<std::uint32_t>(position)};
  status.text = error.text;
  status.element = element;
  return status;
}

std::expected<ProfilePackage, PackageFault> read_package(BytesView upp) {
  return PackageReader(upp).read();
}

Result<ProfilePackage> decode_package(BytesView upp) {
  auto package = read_package(upp);
  if (!package) return failure(std::move(package.error().error));
  return *std::move(package);
}

Result<ProfileElement> decode_element(BytesView der) {
  RSP_TRY(ProfilePackage package, decode_package(der));
  if (package.elements.size() != 1) {
    return failure({.layer = Layer::kDecode,
                    .text = fmt::format("there are {} profile elements instead of one",
                                        package.elements.size())});
  }
  return std::move(package.elements.front());
}

Bytes encode_package(const ProfilePackage& package) {
  asn1::Writer writer;
  for (const ProfileElement& element : package.elements) write(writer, element);
  return writer.take();
}

Bytes encode_element(const ProfileElement& element) {
  asn1::Writer writer;
  write(writer, element);
  return writer.take();
}

}  // namespace rsp::saip
