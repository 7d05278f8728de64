#include "bindings/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "rsp/base/hex.h"

namespace bindings {
namespace {

// As much as an APDU has.
constexpr std::size_t kMostOctets = 264;

std::string shown(rsp::BytesView octets) {
  if (octets.size() <= kMostOctets) return rsp::to_hex(octets);
  return fmt::format("{}... ({} octets)", rsp::to_hex(octets.first(kMostOctets)), octets.size());
}

}  // namespace

std::string trace_line(const rsp::TraceRecorder::Record& record) {
  const rsp::TraceEvent& event = record.event;
  std::string parties(to_string(event.from));
  if (event.from != event.to) parties += fmt::format(" -> {}", to_string(event.to));
  std::string line =
      fmt::format("{:9.3f} {:6} {}: {}", static_cast<double>(record.at.count()) / 1000,
                  to_string(event.kind), parties, event.name);
  if (!event.detail.empty()) line += " " + event.detail;
  if (!event.bytes.empty()) line += " " + shown(event.bytes);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

std::string trace_text(std::span<const rsp::TraceRecorder::Record> records) {
  std::string out;
  for (const auto& record : records) out += trace_line(record) + "\n";
  return out;
}

}  // namespace bindings
