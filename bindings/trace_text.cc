#include "bindings/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "rsp/base/hex.h"

namespace bindings {
namespace {

// A line is for people; more is in the files.
constexpr std::size_t kMostDetail = 160, kMostOctets = 32;

std::string shortened(std::string_view text) {
  return text.size() <= kMostDetail ? std::string(text)
                                    : std::string(text.substr(0, kMostDetail)) + "...";
}

std::string shortened(rsp::BytesView octets) {
  if (octets.size() <= kMostOctets) return rsp::to_hex(octets);
  return fmt::format("{}... ({} octets)", rsp::to_hex(octets.first(kMostOctets)), octets.size());
}

std::string parties(const rsp::TraceEvent& event) {
  std::string out(to_string(event.from));
  return event.from == event.to ? out : fmt::format("{} -> {}", out, to_string(event.to));
}

}  // namespace

std::string trace_line(const rsp::TraceRecord& record) {
  const rsp::TraceEvent& event = record.event;
  std::string line =
      fmt::format("{:9.3f} {:6} {}: {}", static_cast<double>(record.at.count()) / 1000,
                  to_string(event.kind), parties(event), event.name);
  if (!event.detail.empty()) line += " " + shortened(event.detail);
  if (!event.bytes.empty()) line += " " + shortened(event.bytes);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

bool trace_has(const rsp::TraceRecord& record, std::string_view text) {
  const rsp::TraceEvent& event = record.event;
  std::string all = fmt::format("{} {}: {} {} {}", to_string(event.kind), parties(event),
                                event.name, event.detail, rsp::to_hex(event.bytes));
  return all.find(text) != std::string::npos;
}

std::string trace_text(std::span<const rsp::TraceRecord> records) {
  std::string out;
  for (const auto& record : records) out += trace_line(record) + "\n";
  return out;
}

}  // namespace bindings
