// A card in a reader, over PC/SC.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lpa/transport/apdu_transport.h"

namespace lpa {

/// The readers that pcscd knows. Error: Layer::kTransport with PC/SC's own code.
rsp::Result<std::vector<std::string>> pcsc_readers();

/// Has the card for itself: two programs that take turns select each other's files (field fault
/// F84).
class PcscLink final : public ApduLink {
 public:
  /// `reader`: its name, or a part of it that no other has; empty: the first reader with a card.
  explicit PcscLink(std::string reader);
  ~PcscLink() override;

  /// Connects, or takes the card's power away and gives it back. Errors: Layer::kTransport with
  /// SCARD_E_SHARING_VIOLATION and the like as codes.
  rsp::Result<rsp::Bytes> reset(rsp::Deadline deadline) override;
  /// A command that goes on beyond its deadline is waited for by the next call, as nobody can take
  /// it back.
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lpa
