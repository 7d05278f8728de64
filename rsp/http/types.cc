#include "rsp/http/types.h"

#include "rsp/base/text.h"
#include "rsp/http/wire.h"

namespace rsp::http {

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (same_text(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace rsp::http
