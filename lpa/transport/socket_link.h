// A card behind a TCP socket, framed as sim_euicc/frontends/vpcd_frames.h says.
#pragma once

#include <memory>
#include <string>

#include "lpa/transport/apdu_transport.h"

namespace lpa {

class SocketLink final : public ApduLink {
 public:
  /// "host:port"; connects at the first reset().
  explicit SocketLink(std::string address);
  ~SocketLink() override;

  rsp::Result<rsp::Bytes> reset(rsp::Deadline deadline) override;
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lpa
