#include "rsp/pki/time.h"

#include <chrono>

#include "rsp/pki/der.h"

namespace rsp::pki {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr asn1::Tag kUtcTime = asn1::universal(23), kGeneralizedTime = asn1::universal(24);
/// A UTCTime year of 50 is 1950, one of 49 is 2049.
constexpr int kUtcTimePivot = 50;

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = 10 * value + (digit - '0');
  }
  return value;
}

/// The moment of MMDDHHMMSSZ in a year.
std::optional<Clock::TimePoint> moment(int year, std::string_view rest) {
  if (rest.size() != 11 || rest[10] != 'Z') return std::nullopt;
  int part[5];
  for (std::size_t i = 0; i < 5; ++i) {
    auto value = number(rest.substr(2 * i, 2));
    if (!value) return std::nullopt;
    part[i] = *value;
  }
  std::chrono::year_month_day date{std::chrono::year(year),
                                   std::chrono::month(static_cast<unsigned>(part[0])),
                                   std::chrono::day(static_cast<unsigned>(part[1]))};
  if (!date.ok() || part[2] > 23 || part[3] > 59 || part[4] > 59) return std::nullopt;
  return std::chrono::sys_days(date) + hours(part[2]) + minutes(part[3]) + seconds(part[4]);
}

struct Calendar {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<seconds> time;
};

Calendar calendar(Clock::TimePoint time) {
  auto whole = std::chrono::floor<seconds>(time);
  auto day = std::chrono::floor<std::chrono::days>(whole);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<seconds>(whole - day)};
}

void add(std::string& out, long value, std::size_t digits) {
  std::string text = std::to_string(value);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

/// Year, month, day, hour, minute and second, each followed by its separator.
std::string written(const Calendar& at, int year, std::size_t year_digits,
                    const std::array<std::string_view, 6>& separators) {
  std::string out;
  const long parts[] = {
      year,
      static_cast<long>(static_cast<unsigned>(at.date.month())),
      static_cast<long>(static_cast<unsigned>(at.date.day())),
      at.time.hours().count(),
      at.time.minutes().count(),
      at.time.seconds().count(),
  };
  for (std::size_t i = 0; i < 6; ++i) {
    add(out, parts[i], i == 0 ? year_digits : 2);
    out += separators[i];
  }
  return out;
}

constexpr std::array<std::string_view, 6> kAsn1Separators = {"", "", "", "", "", "Z"};

}  // namespace

Clock::TimePoint no_expiry() {
  using namespace std::chrono;
  return sys_days(year(9999) / December / 31) + hours(23) + minutes(59) + seconds(59);
}

Result<Clock::TimePoint> take_time(asn1::Reader& reader, std::string_view path) {
  auto next = reader.next();
  if (!next) return malformed(path, next.error());
  std::string_view text = text_of(next->content);
  bool short_year = next->tag == kUtcTime;
  if (!short_year && next->tag != kGeneralizedTime) {
    return malformed(path, "neither UTCTime nor GeneralizedTime");
  }
  std::size_t digits = short_year ? 2 : 4;
  auto year = number(text.substr(0, std::min(digits, text.size())));
  if (next->constructed || text.size() < digits || !year) return malformed(path, "not a time");
  int full_year = !short_year ? *year : *year < kUtcTimePivot ? 2000 + *year : 1900 + *year;
  auto time = moment(full_year, text.substr(digits));
  if (!time) return malformed(path, "not a moment in the form of RFC 5280");
  return *time;
}

void write_time(asn1::Writer& writer, Clock::TimePoint time) {
  Calendar at = calendar(time);
  int year = static_cast<int>(at.date.year());
  bool fits_utc_time = year >= 1900 + kUtcTimePivot && year < 2000 + kUtcTimePivot;
  if (fits_utc_time) {
    writer.primitive(kUtcTime, view_of(written(at, year % 100, 2, kAsn1Separators)));
  } else {
    writer.primitive(kGeneralizedTime, view_of(written(at, year, 4, kAsn1Separators)));
  }
}

std::string time_text(Clock::TimePoint time) {
  Calendar at = calendar(time);
  return written(at, static_cast<int>(at.date.year()), 4, {"-", "-", " ", ":", ":", " UTC"});
}

}  // namespace rsp::pki
