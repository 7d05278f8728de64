// Exchanges values for others of the same length, in whatever encoding they stand.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "hil/trace/identifiers.h"

namespace hil {

/// All encodings of a set of values at once: one pass, the longest match first.
class Replacer {
 public:
  /// `to` has the length and the kinds of characters of `from.value`.
  void add(const Identifier& from, std::string_view to);
  /// Call it when all are added.
  void finish();

  /// In place. Looks for values as they are, and spelled out in ASCII.
  bool replace(std::span<std::uint8_t> octets) const;
  /// Also inside of base64.
  std::string replace_text(std::string_view text) const;
  /// A JSON document, string by string; any other text as replace_text does.
  std::string replace_body(const std::string& body) const;

 private:
  struct Pattern {
    rsp::Bytes from, to;
    // One so short that it stands anywhere by chance counts only where it is set off from what is
    // around it: behind its own length, or as a word.
    bool guarded;
  };
  void add_octets(rsp::Bytes from, rsp::Bytes to);
  void add_text(std::string_view from, std::string_view to);
  void add_pattern(Pattern pattern);
  bool matches(const Pattern& pattern, rsp::BytesView octets, std::size_t at) const;

  std::vector<Pattern> patterns_;
  std::array<std::vector<std::size_t>, 256> by_first_octet_;
};

}  // namespace hil
