// A trace as newline-delimited JSON: one object an event, for jq, grep and other people's tools.
#pragma once

#include <span>
#include <string>

#include "rsp/base/trace.h"

namespace hil {

/// {"n":1,"t":523,"layer":"es10","from":"LPA","to":"eUICC","name":"ES10c.GetEID","detail":"...","hex":"BF3E035C015A"}
///
/// n counts from 1, t is microseconds since the recorder was made, layer is the kind of the event.
/// name, detail and hex are left out where an event has none. Octets that are no UTF-8 become
/// U+FFFD, so that each line is JSON whatever a peer sent; hex always has all bytes.
std::string to_ndjson(std::span<const rsp::TraceRecorder::Record> records);

}  // namespace hil
