#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/qr/qr_code.h"

namespace rsp::qr {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kCode = "LPA:1$testsmdpplus1.example.com$MATCHING-ID-0001";

QrCode code_of(std::string_view text, Correction correction = Correction::kLow) {
  return QrCode::encode(text, correction).value();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Characters of UTF-8.
std::size_t width(std::string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// A finder pattern: a dark ring of 7 around a light one around a dark square of 3.
void expect_finder(const QrCode& code, std::ptrdiff_t top, std::ptrdiff_t left) {
  for (std::ptrdiff_t row = 0; row < 7; ++row) {
    for (std::ptrdiff_t column = 0; column < 7; ++column) {
      auto ring = std::max(std::abs(row - 3), std::abs(column - 3));
      EXPECT_EQ(code.is_dark(top + row, left + column), ring != 2) << row << "," << column;
    }
  }
}

TEST(QrCodeMatrix, OfAnActivationCodeIsVersion3) {
  // Measured with qrencode 4.1.1 as a program of its own.
  EXPECT_EQ(code_of(kCode).version(), 3);
  EXPECT_EQ(code_of(kCode).side(), 29U);
  EXPECT_EQ(code_of(kCode, Correction::kMedium).side(), 33U);
  EXPECT_EQ(code_of(kCode, Correction::kQuartile).side(), 33U);
  EXPECT_EQ(code_of(kCode, Correction::kHigh).side(), 37U);
}

TEST(QrCodeMatrix, HasFindersInThreeCornersAndTimingBetweenThem) {
  QrCode code = code_of(kCode);
  expect_finder(code, 0, 0);
  expect_finder(code, 0, 22);
  expect_finder(code, 22, 0);
  for (std::ptrdiff_t i = 8; i < 21; ++i) {
    EXPECT_EQ(code.is_dark(6, i), i % 2 == 0) << i;
    EXPECT_EQ(code.is_dark(i, 6), i % 2 == 0) << i;
  }
}

TEST(QrCodeMatrix, IsLightAround) {
  QrCode code = code_of(kCode);
  EXPECT_TRUE(code.is_dark(0, 0));
  EXPECT_FALSE(code.is_dark(-1, 0));
  EXPECT_FALSE(code.is_dark(0, -1));
  EXPECT_FALSE(code.is_dark(29, 0));
  EXPECT_FALSE(code.is_dark(0, 29));
}

TEST(QrCodeMatrix, HoldsTheLongestActivationCode) {
  EXPECT_TRUE(QrCode::encode(std::string(255, 'x'), Correction::kHigh));
}

TEST(QrCodeMatrix, RefusesWhatItCannotHold) {
  EXPECT_THAT(QrCode::encode(std::string(3000, 'x')).error().text, HasSubstr("3000 octets"));
  EXPECT_EQ(QrCode::encode("").error().layer, Layer::kInput);
  EXPECT_THAT(QrCode::encode(std::string_view("a\0b", 3)).error().text, HasSubstr("zero octet"));
}

TEST(QrCodeText, Has17LinesOf33Columns) {
  auto lines = lines_of(to_text(code_of(kCode)));
  ASSERT_EQ(lines.size(), 17U);
  for (const std::string& line : lines) EXPECT_EQ(width(line), 33U);
  EXPECT_EQ(lines_of(to_text(code_of(kCode, Correction::kMedium))).size(), 19U);
  EXPECT_EQ(lines_of(to_text(code_of(kCode, Correction::kHigh))).size(), 21U);
}

TEST(QrCodeText, ShowsEachModuleInItsHalf) {
  QrCode code = code_of(kCode);
  auto lines = lines_of(to_text(code));
  EXPECT_EQ(lines[0], [] {
    std::string border;
    for (int i = 0; i < 33; ++i) border += "█";
    return border;
  }());
  // The finder's first two rows: a dark line above dark, five light ones and dark.
  EXPECT_THAT(lines[1], StartsWith("██ ▄▄▄▄▄ █"));
  EXPECT_THAT(lines[2], StartsWith("██ █   █ █"));
}

TEST(QrCodeText, ForATerminalSaysItsColoursAndTakesThemBack) {
  auto plain = lines_of(to_text(code_of(kCode)));
  auto coloured = lines_of(to_terminal(code_of(kCode)));
  ASSERT_EQ(coloured.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i)
    EXPECT_EQ(coloured[i], "\033[38;5;231;48;5;16m" + plain[i] + "\033[0m");
}

TEST(QrCodeText, HasTheBorderThatIsAskedFor) {
  auto lines = lines_of(to_text(code_of(kCode), kQuietZone));
  EXPECT_EQ(lines.size(), 19U);
  EXPECT_EQ(width(lines[0]), 37U);
}

TEST(QrCodeSvg, HasOneUnitAModuleAndTheQuietZone) {
  std::string svg = to_svg(code_of(kCode));
  EXPECT_THAT(svg, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 37 37\""));
  // The upper edge of the finder in the upper left corner.
  EXPECT_THAT(svg, HasSubstr("d=\"M4 4h7v1h-7z"));
}

TEST(QrCodePng, HasTheSizeThatItsHeaderSays) {
  Bytes png = to_png(code_of(kCode), 3).value();
  EXPECT_EQ(to_hex(BytesView(png).first(8)), "89504E470D0A1A0A");
  EXPECT_EQ(big_endian(BytesView(png).subspan(16, 4)), 37U * 3);
  EXPECT_EQ(big_endian(BytesView(png).subspan(20, 4)), 37U * 3);
  EXPECT_LT(png.size(), 3000U);
}

TEST(QrCodePng, RefusesAScaleOutOfBounds) {
  EXPECT_EQ(to_png(code_of(kCode), 0).error().layer, Layer::kInput);
  EXPECT_EQ(to_png(code_of(kCode), 65).error().layer, Layer::kInput);
}

}  // namespace
}  // namespace rsp::qr
