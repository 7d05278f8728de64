#include "rsp/qr/qr_code.h"

#include <fmt/format.h>
#include <png.h>
#include <qrencode.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace rsp::qr {
namespace {

std::unexpected<Error> refused(std::string text) {
  return failure({.layer = Layer::kInput, .step = "QR code", .text = std::move(text)});
}

QRecLevel level_of(Correction correction) {
  switch (correction) {
    case Correction::kMedium:
      return QR_ECLEVEL_M;
    case Correction::kQuartile:
      return QR_ECLEVEL_Q;
    case Correction::kHigh:
      return QR_ECLEVEL_H;
    default:
      return QR_ECLEVEL_L;
  }
}

/// Lines of half blocks, each between two texts.
std::string half_blocks(const QrCode& code, std::size_t border, std::string_view before,
                        std::string_view after) {
  auto first = -static_cast<std::ptrdiff_t>(border);
  auto end = static_cast<std::ptrdiff_t>(code.side() + border);
  std::string text;
  for (std::ptrdiff_t row = first; row < end; row += 2) {
    text += before;
    for (std::ptrdiff_t column = first; column < end; ++column) {
      bool upper_light = !code.is_dark(row, column);
      // An odd number of rows leaves half a line below the border, which stays as the ground is.
      bool lower_light = row + 1 < end && !code.is_dark(row + 1, column);
      text += upper_light ? lower_light ? "█" : "▀" : lower_light ? "▄" : " ";
    }
    text += after;
    text += '\n';
  }
  return text;
}

}  // namespace

Result<QrCode> QrCode::encode(std::string_view text, Correction correction) {
  if (text.empty()) return refused("there is no text to make a code of");
  if (text.contains('\0')) return refused("the text has a zero octet");
  // Runs of digits and of capital letters take less than octets do; the library finds them.
  using Encoded = std::unique_ptr<QRcode, decltype(&QRcode_free)>;
  Encoded encoded(
      QRcode_encodeString(std::string(text).c_str(), 0, level_of(correction), QR_MODE_8, 1),
      &QRcode_free);
  if (encoded == nullptr) {
    if (errno == ERANGE)
      return refused(fmt::format("{} octets are more than a code holds", text.size()));
    return refused(std::strerror(errno));
  }
  QrCode code;
  code.version_ = encoded->version;
  code.side_ = static_cast<std::size_t>(encoded->width);
  code.dark_.resize(code.side_ * code.side_);
  for (std::size_t i = 0; i < code.dark_.size(); ++i) code.dark_[i] = (encoded->data[i] & 1) != 0;
  return code;
}

bool QrCode::is_dark(std::ptrdiff_t row, std::ptrdiff_t column) const {
  auto side = static_cast<std::ptrdiff_t>(side_);
  if (row < 0 || column < 0 || row >= side || column >= side) return false;
  return dark_[static_cast<std::size_t>(row * side + column)];
}

std::string to_text(const QrCode& code, std::size_t border) {
  return half_blocks(code, border, "", "");
}

std::string to_terminal(const QrCode& code, std::size_t border) {
  // 16 and 231 of the 256 colours are black and white in every colour scheme, unlike 0 and 15.
  return half_blocks(code, border, "\033[38;5;231;48;5;16m", "\033[0m");
}

std::string to_svg(const QrCode& code, std::size_t border) {
  std::size_t side = code.side() + 2 * border;
  std::string path;
  for (std::size_t row = 0; row < code.side(); ++row) {
    for (std::size_t column = 0; column < code.side(); ++column) {
      auto dark = [&](std::size_t at) {
        return code.is_dark(static_cast<std::ptrdiff_t>(row), static_cast<std::ptrdiff_t>(at));
      };
      if (!dark(column)) continue;
      std::size_t begin = column;
      while (dark(column + 1)) ++column;
      std::size_t run = column + 1 - begin;
      path += fmt::format("M{} {}h{}v1h-{}z", begin + border, row + border, run, run);
    }
  }
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" width="{1}" height="{1}" )"
      R"(shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/>)"
      R"(<path fill="#000" d="{2}"/></svg>)"
      "\n",
      side, side * 8, path);
}

Result<Bytes> to_png(const QrCode& code, std::size_t scale, std::size_t border) {
  if (scale < 1 || scale > 64)
    return refused(fmt::format("a module has 1 to 64 pixels a side, not {}", scale));
  std::size_t side = (code.side() + 2 * border) * scale;
  Bytes pixels(side * side);
  auto module_at = [&](std::size_t pixel) {
    return static_cast<std::ptrdiff_t>(pixel / scale) - static_cast<std::ptrdiff_t>(border);
  };
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x)
      pixels[y * side + x] = code.is_dark(module_at(y), module_at(x)) ? 0x00 : 0xFF;
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  if (png_image_write_get_memory_size(image, size, 0, pixels.data(), 0, nullptr) == 0)
    return refused(image.message);
  Bytes png(size);
  if (png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    return refused(image.message);
  png.resize(size);
  return png;
}

}  // namespace rsp::qr
