// A trace as newline-delimited JSON: one object an event, for jq, grep and other people's tools.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rsp/base/result.h"
#include "rsp/base/trace.h"

namespace hil {

/// {"n":1,"t":523,"layer":"es10","from":"LPA","to":"eUICC","name":"ES10c.GetEID","detail":"...","hex":"BF3E035C015A"}
///
/// n counts from 1, t is microseconds since the recorder was made, layer is the kind of the event.
/// name, detail and hex are left out where an event has none. Octets that are no UTF-8 become
/// U+FFFD, so that each line is JSON whatever a peer sent; hex always has all bytes.
std::string to_ndjson(std::span<const rsp::TraceRecord> records);

/// The same behind a line about the whole, which has "format" where events have "n":
///
/// {"format":"esimbench trace 1","start":"2026-03-01T12:00:00.000000Z","dropped":0}
std::string to_ndjson(const rsp::Trace& trace);

/// Reads what to_ndjson wrote, with or without the first line, also where lines were taken out or
/// members added. `file` is for errors.
///
/// Error: input, with "file:line" as its path, where a line is no object, lacks a member or has a
/// wrong one; and for more than `limits` allow.
rsp::Result<rsp::Trace> from_ndjson(std::string_view text, std::string_view file,
                                    rsp::TraceLimits limits = {});

}  // namespace hil
