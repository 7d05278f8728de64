// A trace for people, one line an event.
#pragma once

#include <span>
#include <string>

#include "rsp/base/trace.h"

namespace bindings {

/// Milliseconds, kind, who to whom, what; without the line's end.
std::string trace_line(const rsp::TraceRecorder::Record& record);
std::string trace_text(std::span<const rsp::TraceRecorder::Record> records);

}  // namespace bindings
