// QR codes (ISO/IEC 18004) as pictures, for activation codes above all (SGP.22 v2, 4.1).
#pragma once

#include <string>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace rsp::qr {

/// How much of a code may be dirty or covered: about 7, 15, 25 and 30 %.
enum class Correction { kLow, kMedium, kQuartile, kHigh };

/// A square of dark and light modules, without the light border that readers need around it.
class QrCode {
 public:
  /// The smallest code that holds the text. Error: Layer::kInput for an empty text, one with a zero
  /// octet, and one that no code can hold.
  static Result<QrCode> encode(std::string_view text, Correction correction = Correction::kLow);

  /// 1 to 40; a code has 17 + 4 * version modules a side.
  int version() const { return version_; }
  std::size_t side() const { return side_; }
  /// What is outside counts as border and is light.
  bool is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const;

 private:
  QrCode() = default;
  int version_ = 0;
  std::size_t side_ = 0;
  std::vector<bool> dark_;  // row by row
};

/// Light modules around a code. The standard asks for four; screens are read with two.
inline constexpr std::size_t kScreenBorder = 2, kQuietZone = 4;

/// UTF-8 half blocks, two rows of modules a line, each line with its line feed. Blocks are the
/// light modules: right where text is light on a dark ground, inverted elsewhere.
std::string to_text(const QrCode& code, std::size_t border = kScreenBorder);
/// The same with escape sequences that say white on black, so that it is right whatever the
/// terminal's colours are.
std::string to_terminal(const QrCode& code, std::size_t border = kScreenBorder);
/// An SVG document; one module is one user unit.
std::string to_svg(const QrCode& code, std::size_t border = kQuietZone);
/// A PNG in grey, `scale` pixels (1 to 64) a module. Error: Layer::kInput for another scale.
Result<Bytes> to_png(const QrCode& code, std::size_t scale = 8, std::size_t border = kQuietZone);

}  // namespace rsp::qr
