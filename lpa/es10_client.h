// ES10 as the LPA calls it: requests become STORE DATA commands on one logical channel, answers
// become messages.
#pragma once

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/trace.h"
#include "rsp/card/transport.h"
#include "rsp/messages/es10a.h"
#include "rsp/messages/es10b.h"
#include "rsp/messages/es10c.h"

namespace lpa {

/// ISD-R AIDs of products that have one of their own (field fault F53).
std::span<const std::string_view> known_isd_r_aids();

struct Es10Options {
  rsp::Bytes isd_r_aid = default_isd_r_aid();
  /// Tried in turn where the card does not know that one.
  std::vector<rsp::Bytes> further_isd_r_aids;
  /// Octets of data in one STORE DATA command, 1 to 255. Some modems' AT lines hold less than the
  /// most (field fault F28).
  std::size_t block_size = 255;
  /// How long a card may answer 6985 to the first command on a channel: some do so for ten seconds
  /// after a profile switch (field fault F40).
  std::chrono::milliseconds settling{0};
  /// For one ES10 command with all its APDUs. Real cards take seconds for key agreement.
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  /// Ends waiting early; may be null.
  rsp::Interrupt* interrupt = nullptr;

  static rsp::Bytes default_isd_r_aid();
};

/// Keeps the channel to the ISD-R open from open() to close(); a whole BPP must go over one channel
/// (field fault F48).
class Es10Client {
 public:
  Es10Client(rsp::card::CardTransport& transport, Es10Options options)
      : transport_(transport), options_(std::move(options)) {}
  ~Es10Client();
  Es10Client(const Es10Client&) = delete;
  Es10Client& operator=(const Es10Client&) = delete;

  /// Connects to the card and selects the ISD-R, unless that is done already. Of several AIDs the
  /// one that the card knows stays the first.
  rsp::Status open();
  void close();
  /// The channel is gone, and nobody needs to close it; the next call connects and opens anew.
  void forget_channel() {
    channel_.reset();
    connected_ = false;
  }
  /// Resets the card, after a profile switch; the next call opens the channel anew.
  rsp::Status reset();

  /// One function of ES10a, b or c. Errors: Layer::kApdu for a status word that is no success,
  /// kDecode for an answer that is not what the function returns, and what the transport reports.
  /// Result codes in the answer are the caller's business.
  template <class Request>
  rsp::Result<typename Request::Response> call(const Request& request) {
    auto answer = command(Request::kFunction, rsp::asn1::encode(request));
    if (!answer) return rsp::failure(std::move(answer).error());
    auto response = rsp::asn1::decode<typename Request::Response>(*answer);
    if (!response) return rsp::failure(at_step(std::move(response).error(), Request::kFunction));
    return response;
  }

  /// Any octets as one command, however many blocks it takes. Errors: as of call().
  rsp::Result<rsp::Bytes> send(std::string_view step, rsp::BytesView octets) {
    return command(step, octets);
  }
  /// One segment of a BPP; the answer is empty until the load ends, early or at its end.
  rsp::Result<rsp::Bytes> load_segment(rsp::BytesView segment);

  /// APDUs sent so far, GET RESPONSE included.
  std::size_t apdu_count() const { return apdu_count_; }

 private:
  rsp::Deadline deadline() const {
    return rsp::Deadline::after(options_.timeout, options_.interrupt);
  }
  /// The same, again and again as long as the card needs to settle.
  rsp::Result<rsp::card::ResponseApdu> blocks_when_settled(rsp::BytesView octets,
                                                           rsp::Deadline deadline);
  rsp::Result<rsp::card::Channel> select_isd_r(rsp::Deadline deadline);
  rsp::Result<rsp::Bytes> command(std::string_view step, rsp::BytesView octets);
  /// All blocks of one command. A first block that proves too long for the road has the card none
  /// the wiser, so that the command begins again with smaller ones.
  rsp::Result<rsp::card::ResponseApdu> blocks(rsp::BytesView octets, rsp::Deadline deadline);
  /// One command with everything that 61xx and 6Cxx ask for.
  rsp::Result<rsp::card::ResponseApdu> exchange(rsp::card::CommandApdu command,
                                                rsp::Deadline deadline);

  rsp::card::CardTransport& transport_;
  Es10Options options_;
  std::optional<rsp::card::Channel> channel_;
  bool settled_ = false;  // a command has been carried out on it
  bool connected_ = false;
  std::size_t apdu_count_ = 0;
};

}  // namespace lpa
