// Moments in certificates.
#pragma once

#include <string>
#include <string_view>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"

namespace rsp::pki {

/// 9999-12-31 23:59:59 UTC: no well-defined end (RFC 5280 4.1.2.5).
Clock::TimePoint no_expiry();

/// The next element as UTCTime or GeneralizedTime in the form of RFC 5280 4.1.2.5: to the second,
/// in UTC.
Result<Clock::TimePoint> take_time(asn1::Reader& reader, std::string_view path);

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
void write_time(asn1::Writer& writer, Clock::TimePoint time);

/// "2027-02-06 13:39:07 UTC".
std::string time_text(Clock::TimePoint time);

}  // namespace rsp::pki
