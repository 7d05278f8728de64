#include "rsp/messages/status_code.h"

namespace rsp {

std::string to_string(const StatusCode& code) { return code.subject + "/" + code.reason; }

}  // namespace rsp
