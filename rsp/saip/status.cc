#include "rsp/saip/status.h"

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"

namespace rsp::saip {
namespace {

constexpr std::size_t kMinMessage = 2, kMaxMessage = 64;

/// As much of a text as a statusMessage takes, cut between UTF-8 characters; nothing where the text
/// is too short.
std::optional<asn1::TextOf<kMinMessage, kMaxMessage>> status_message(std::string_view text) {
  if (text.size() < kMinMessage) return std::nullopt;
  std::size_t size = std::min(text.size(), kMaxMessage);
  auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (size < text.size() && size > kMinMessage && continues(size)) --size;
  return asn1::TextOf<kMinMessage, kMaxMessage>(std::string(text.substr(0, size)));
}

}  // namespace

Bytes encode_response(const EuiccResponse& response) { return asn1::encode(response); }

Result<EuiccResponse> decode_response(BytesView der) { return asn1::decode<EuiccResponse>(der); }

EuiccResponse response_for(const std::vector<PeStatus>& findings) {
  EuiccResponse response;
  for (const PeStatus& finding : findings) {
    response.pe_status.push_back(finding);
    if (finding.consequence == Consequence::kWarns) continue;
    response.profile_installation_aborted.emplace();
    response.status_message = status_message(finding.text);
    return response;
  }
  // Warnings may accompany a success, which comes first so that a reader of one status sees it
  // (E.7).
  response.pe_status.insert(response.pe_status.begin(), PeStatus{});
  return response;
}

}  // namespace rsp::saip
