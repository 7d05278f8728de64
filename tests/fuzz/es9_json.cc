// Any text as a body of ES9+. Input: one octet that picks the function and the direction, then the
// body.
//
// Promise: a body that is read is written as one that is read to the same.
#include "rsp/json/es9_json.h"
#include "tests/fuzz/require.h"

using fuzz::require;

namespace {

template <class Request>
void try_request(std::string_view body) {
  auto request = rsp::parse_es9_request<Request>(body);
  if (!request) {
    require(request.error().layer == rsp::Layer::kDecode, "a bad request is an error of decoding");
    return;
  }
  std::string text = rsp::es9_request_body(*request);
  auto again = rsp::parse_es9_request<Request>(text);
  require(again.has_value(), "what was read is written as a request");
  require(rsp::es9_request_body(*again) == text, "writing is stable");
}

template <class Ok>
void try_response(std::string_view body) {
  auto response = rsp::parse_es9_response<Ok>(body);
  if (!response) {
    require(!response.error().message().empty(), "an error says something");
    return;
  }
  std::string text = rsp::es9_ok_body(*response);
  auto again = rsp::parse_es9_response<Ok>(text);
  require(again.has_value(), "what was read is written as a response");
  require(rsp::es9_ok_body(*again) == text, "writing is stable");
}

template <class... Request>
constexpr auto readers() {
  return std::array{&try_request<rsp::HandleNotificationRequest>, &try_request<Request>...,
                    &try_response<typename Request::Ok>...};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr auto kReaders =
      readers<rsp::InitiateAuthenticationRequest, rsp::AuthenticateClientRequest,
              rsp::GetBoundProfilePackageRequest, rsp::CancelSessionRequestEs9>();
  kReaders[data[0] % kReaders.size()](rsp::text_of({data + 1, size - 1}));
  return 0;
}
