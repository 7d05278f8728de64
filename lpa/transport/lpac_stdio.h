// A card behind a program that speaks lpac's APDU protocol on its standard streams, as external
// back ends of lpac do. One JSON object a line: {"type":"apdu","payload":{"func":"transmit",
// "param":"HEX"}} out, {"type":"apdu","payload":{"ecode":0,"data":"HEX"}} in.
#pragma once

#include <memory>
#include <string>

#include "rsp/base/trace.h"
#include "rsp/card/transport.h"

namespace lpa {

class LpacStdioTransport final : public rsp::card::CardTransport {
 public:
  /// `command` is for the shell. The program is started by connect(), and ended with this object.
  /// `trace` gets the APDUs.
  explicit LpacStdioTransport(std::string command, rsp::TraceSink* trace = nullptr);
  ~LpacStdioTransport() override;

  /// No ATR: the protocol has none.
  rsp::Result<rsp::Bytes> connect(rsp::Deadline deadline) override;
  rsp::Result<rsp::card::Channel> open_channel(rsp::BytesView aid, rsp::Deadline deadline) override;
  rsp::Status close_channel(rsp::card::Channel channel, rsp::Deadline deadline) override;
  rsp::Result<rsp::card::ResponseApdu> transmit(rsp::card::Channel channel,
                                                const rsp::card::CommandApdu& command,
                                                rsp::Deadline deadline) override;
  rsp::Status reset(rsp::Deadline deadline) override;

 private:
  struct Answer {
    int ecode = 0;
    rsp::Bytes data;
  };
  /// One call; an answer with a negative ecode is an error.
  rsp::Result<Answer> call(std::string_view function, rsp::BytesView parameter,
                           rsp::Deadline deadline);
  class Program;
  std::string command_;
  rsp::TraceSink* trace_;
  std::unique_ptr<Program> program_;
};

}  // namespace lpa
