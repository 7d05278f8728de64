// Looking into encoded messages by path: a dump for people, and edits of single fields for fault
// tests.
#pragma once

#include <functional>
#include <span>

#include "rsp/asn1/decoder.h"

namespace rsp::asn1 {

/// The elements around one field, the message first and the field last. The views point into the
/// message's bytes.
using ElementChain = std::vector<Element>;

/// Finds a field by the path that errors and dumps show, without the message's name:
/// "serverSigned1.serverAddress", "sequenceOf86[2]", or "" for the message itself. Error: the
/// message does not decode, or has no such field.
template <TopLevel T>
Result<ElementChain> locate(BytesView der, std::string_view path);
/// The same in a structure that has no tag of its own; `name` is what its paths begin with.
template <class T>
Result<ElementChain> locate_as(Tag tag, std::string_view name, BytesView der,
                               std::string_view path);

/// The bytes with the last element of the chain replaced by `replacement` (which may be empty, or
/// several elements), and the lengths of all elements around it mended.
Bytes replace(BytesView der, const ElementChain& chain, BytesView replacement);

/// Makes the bytes that stand in place of an element.
using Mutation = std::function<Bytes(const Element&)>;
Mutation set_content(Bytes content);
Mutation omit();
Mutation duplicate();
/// Inverts one bit; bit 0 is the highest of the first octet. Wraps around at the end; of no octets,
/// none.
void flip_bit(std::span<std::uint8_t> octets, std::size_t bit);
/// The same in the content of an element.
Mutation flip_bit(std::size_t bit);

/// Changes one field of an encoded message; the result may well be invalid, that is its purpose.
template <TopLevel T>
Result<Bytes> mutate(BytesView der, std::string_view path, const Mutation& mutation) {
  auto chain = locate<T>(der, path);
  if (!chain) return failure(std::move(chain).error());
  return replace(der, *chain, mutation(chain->back()));
}

/// One line an element: indentation by depth, name, tag, and the content of primitive ones in
/// hexadecimal, cut after `max_octets`. Ends with the error where the message does not decode.
template <TopLevel T>
std::string dump(BytesView der, std::size_t max_octets = 48);

// --- Implementation
// -----------------------------------------------------------------------------------------------

namespace internal {

class Locator final : public DecodeObserver {
 public:
  Locator(std::string_view message, std::string_view path)
      : wanted_(std::string(message) + (path.empty() ? "" : ".") + std::string(path)) {}
  void element(const Path& path) override;
  Result<ElementChain> found(const std::optional<Error>& decode_error) const;

 private:
  std::string wanted_;
  ElementChain chain_;
};

class Dumper final : public DecodeObserver {
 public:
  explicit Dumper(std::size_t max_octets) : max_octets_(max_octets) {}
  void element(const Path& path) override;
  std::string text;

 private:
  std::size_t max_octets_;
};

}  // namespace internal

template <class T>
Result<ElementChain> locate_as(Tag tag, std::string_view name, BytesView der,
                               std::string_view path) {
  internal::Locator locator(name, path);
  auto message = decode_as<T>(tag, name, der, &locator);
  return locator.found(message ? std::nullopt : std::optional(message.error()));
}

template <TopLevel T>
Result<ElementChain> locate(BytesView der, std::string_view path) {
  return locate_as<T>(T::kTag, T::kName, der, path);
}

template <TopLevel T>
std::string dump(BytesView der, std::size_t max_octets) {
  internal::Dumper dumper(max_octets);
  auto message = decode<T>(der, &dumper);
  if (!message) dumper.text += "error: " + message.error().text + "\n";
  return dumper.text;
}

}  // namespace rsp::asn1
