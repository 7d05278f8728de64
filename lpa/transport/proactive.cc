#include "lpa/transport/proactive.h"

#include "rsp/asn1/reader.h"

namespace lpa {

rsp::Bytes terminal_profile() {
  // TS 102 223 5.2: profile download, and REFRESH among the proactive commands of the third octet.
  rsp::Bytes profile(9, 0);
  profile[0] = 0x01;
  profile[2] = 0x80;
  return profile;
}

rsp::Bytes terminal_response(rsp::BytesView proactive_command) {
  // D0 with its length, which may have one octet more, and the command details in front: 81 03.
  if (proactive_command.size() < 2 || proactive_command[0] != 0xD0) return {};
  std::size_t header = proactive_command[1] == 0x81 ? 3 : 2;
  if (proactive_command.size() < header + 5) return {};
  rsp::BytesView details = proactive_command.subspan(header, 5);
  bool known = (details[0] & 0x7F) == 0x01 && details[1] == 0x03;
  if (!known) return {};
  rsp::Bytes answer = rsp::to_bytes(details);
  // From the terminal to the UICC; performed successfully.
  rsp::append(answer, rsp::Bytes{0x82, 0x02, 0x82, 0x81, 0x83, 0x01, 0x00});
  return answer;
}

}  // namespace lpa
