// A trace as one HTML page: a sequence diagram whose messages open to show what is in them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rsp/base/trace.h"

namespace hil {

/// One file without anything from elsewhere. Opening and closing messages needs no JavaScript;
/// "expand all" does. A Content-Security-Policy admits the page's own style and script only, so
/// that nothing in a trace can run, and all that comes out of the trace is escaped besides.
std::string to_html(std::string_view title, std::span<const rsp::TraceRecord> records);
/// The same with when it was, and with a word about events that were not kept.
std::string to_html(std::string_view title, const rsp::Trace& trace);

}  // namespace hil
