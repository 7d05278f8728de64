// Any ENVELOPE to a profile's security domain, and any script in a packet that is protected with
// the right keys. Input: an octet whose two lowest bits pick the form, then
//   0  ENVELOPEs, each behind two octets with its length
//   1  SPI, KIc, KID, TAR, and secured data: the packet is protected as its header says
//   2  a script for the security domain, in a packet that is all right
//   3  octets of a response packet, on the platform's side
//
// Promises: an ENVELOPE is answered with a status word; a counter only goes up; what is to be
// fetched are proactive commands; and a script never gives more than a result may have.
#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "sim_euicc/ota/ota_receiver.h"
#include "sim_euicc/ota/remote_script.h"
#include "sim_euicc/ota/update_metadata.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/input.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;
using rsp::operator""_hex;
namespace ota = sim::ota;
namespace scp80 = rsp::crypto::scp80;

namespace {

const ota::OtaSecurityDomain& made_domain() {
  static const ota::OtaSecurityDomain made = [] {
    auto package =
        rsp::saip::make_package({.iccid_digits = "8900112233445566778", .imsi = "001010123456789"});
    return ota::mno_security_domain(package.value(), "A0000005591010FFFFFFFF8900001200"_hex)
        .value()
        .value();
  }();
  return made;
}

/// Metadata behind the rules of update_metadata(), and files that answer with some octets.
class Sink final : public ota::CommandSink {
 public:
  rsp::card::StatusWord update_metadata(const rsp::UpdateMetadataRequest& request) override {
    auto updated = ota::update_metadata(metadata_, request);
    if (!updated) return updated.error();
    metadata_ = *updated;
    return rsp::card::kOk;
  }
  rsp::card::ResponseApdu execute(BytesView, const rsp::card::CommandApdu& command) override {
    return {Bytes(command.p2, 0xAA), rsp::card::kOk};
  }

 private:
  rsp::StoreMetadataRequest metadata_;
};

class Receiver {
 public:
  void receive(BytesView envelope) {
    auto outcome = receiver_.receive(envelope, domain_, sink_);
    require(outcome.envelope.sw.value() >= 0x6100, "an ENVELOPE is answered with a status word");
    for (const Bytes& command : outcome.proactive_commands)
      require(!command.empty() && command[0] == 0xD0, "what is fetched is a proactive command");
    if (!outcome.counter) return;
    auto& version = domain_.key_versions.at(outcome.counter->key_version);
    require(outcome.counter->counter <= scp80::kBlockedCounter, "a counter has five octets");
    version.counter = outcome.counter->counter;
  }
  /// A packet in as many short messages as it needs.
  void receive_packet(BytesView packet) {
    auto envelopes = ota::sms_pp_download(packet);
    if (!envelopes) return;
    for (const Bytes& envelope : *envelopes) receive(envelope);
  }
  const scp80::KeySet& keys() const { return domain_.key_versions.at(1).keys; }

 private:
  ota::OtaSecurityDomain domain_ = made_domain();
  Sink sink_;
  ota::OtaReceiver receiver_;
};

scp80::CommandHeader good_header() {
  return {.security = scp80::decode_spi({0x16, 0x39}),
          .kic = 0x12,
          .kid = 0x12,
          .tar = {0xB2, 0x01, 0x00}};
}

scp80::CommandHeader header_of(fuzz::Input& input) {
  scp80::CommandHeader header;
  header.security = scp80::decode_spi({input.octet(), input.octet()});
  header.kic = input.octet();
  header.kid = input.octet();
  for (std::uint8_t& octet : header.tar) octet = input.octet();
  return header;
}

void send_packet(Receiver& receiver, const scp80::CommandHeader& header, std::uint64_t counter,
                 BytesView data) {
  auto packet = scp80::protect_command({header, counter, rsp::to_bytes(data)}, receiver.keys());
  if (packet) receiver.receive_packet(*packet);
}

void read_response(BytesView packet, const scp80::KeySet& keys) {
  auto response = scp80::unprotect_response(packet, good_header(), keys);
  if (!response) require(!response.error().text.empty(), "an error says something");
  static_cast<void>(ota::read_script_result(packet));
  static_cast<void>(ota::response_in_deliver_report(packet));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Receiver receiver;
  std::uint8_t form = input.octet() & 3;
  if (form == 0) {
    while (!input.empty()) receiver.receive(input.counted());
  } else if (form == 1) {
    auto header = header_of(input);
    send_packet(receiver, header, 1 + input.octet(), input.rest());
  } else if (form == 2) {
    send_packet(receiver, good_header(), 1, input.rest());
    auto result = ota::run_script(input.rest(), [](const rsp::card::CommandApdu& command) {
      return rsp::card::ResponseApdu{Bytes(command.p2, 0x55), rsp::card::kOk};
    });
    require(result.size() <= ota::kMaxScriptResult + 16, "a result has an end");
  } else {
    read_response(input.rest(), receiver.keys());
  }
  return 0;
}
