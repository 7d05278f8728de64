// A trace as a capture that Wireshark opens, although nobody captured anything.
#pragma once

#include "rsp/base/trace.h"

namespace hil {

/// One pcapng file of raw IP packets. docs/traces.md says how to read it.
///
/// Card: each APDU with its response is one GSMTAP packet from the LPA to the card, as the T=0
/// protocol would carry it (CLA INS P1 P2 P3, data, response, SW). A reset is a GSMTAP packet with
/// the ATR, under its own sub type; Wireshark 4.0 takes that for an APDU and says so in a comment
/// that stands beside it, while esimbench.lua shows it for what it is.
///
/// HTTP: TLS records are a TCP connection each, and the secrets that open them are in the file. A
/// message of which no records were traced is plain HTTP on port 80, made out of its event.
///
/// Steps, faults and other notes are the comment of the packet that follows them, of the last one
/// if none does, or of the file if there is none at all.
rsp::Bytes to_pcapng(const rsp::Trace& trace);

}  // namespace hil
