// A trace for people, one line an event.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rsp/base/trace.h"

namespace bindings {

/// Milliseconds, kind, who to whom, what, all of it shortened; without the line's end.
std::string trace_line(const rsp::TraceRecord& record);
/// Whether a text is anywhere in "kind from -> to: name detail bytes", at full length.
bool trace_has(const rsp::TraceRecord& record, std::string_view text);
std::string trace_text(std::span<const rsp::TraceRecord> records);

}  // namespace bindings
