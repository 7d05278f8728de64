// Any octets from a module. Input: an octet with the kind of command, an octet with how many octets
// arrive at once, then what comes in answer to each command, each piece behind two octets with its
// length.
//
// Promises: every command ends, within the bounds of an answer; octets of an answer are only those
// that its digits say; a channel's handle cannot be a command of its own; telnet gives the same
// data however it arrives.
#include "lpa/transport/at_transport.h"
#include "lpa/transport/rfc2217_stream.h"
#include "rsp/base/hex.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/input.h"

using fuzz::require;

namespace {

/// What the input says, piece after piece; silence in between and at the end.
class FuzzedLine final : public lpa::ByteStream {
 public:
  FuzzedLine(fuzz::Input& input, std::size_t piece) : input_(input), piece_(piece) {}

  rsp::Status open(rsp::Deadline) override { return {}; }
  void close() override {}
  bool is_open() const override { return true; }
  const std::string& name() const override { return name_; }
  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline) override {
    std::size_t count = std::min({into.size(), coming_.size(), piece_});
    std::copy_n(coming_.begin(), count, into.begin());
    coming_ = coming_.subspan(count);
    return count;
  }
  rsp::Status write(rsp::BytesView octets, rsp::Deadline) override {
    std::string_view text = rsp::text_of(octets);
    require(text.find('\r') >= text.size() - 1, "one command, one line");
    for (char c : text.substr(0, text.size() - 1))
      require(c >= ' ' && c < 0x7F && c != ';', "a command is what we wrote");
    if (coming_.empty()) coming_ = input_.counted();
    return {};
  }

 private:
  fuzz::Input& input_;
  std::size_t piece_;
  rsp::BytesView coming_;
  std::string name_ = "fuzz";
};

rsp::Deadline soon() { return rsp::Deadline::after(std::chrono::milliseconds(500)); }

void telnet(rsp::BytesView octets) {
  rsp::Bytes whole_reply, reply, data;
  lpa::TelnetFilter at_once(9600), in_pieces(9600);
  rsp::Bytes whole = at_once.take(octets, whole_reply);
  for (std::size_t i = 0; i < octets.size(); ++i)
    rsp::append(data, in_pieces.take(octets.subspan(i, 1), reply));
  require(whole == data && whole_reply == reply, "telnet is the same however it arrives");
  require(whole.size() <= octets.size(), "nothing is made up");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::uint8_t kind = input.octet();
  std::size_t piece = std::max<std::size_t>(input.octet(), 1);
  telnet(input.rest());
  std::string text(rsp::text_of(input.rest()));
  if (auto octets = lpa::hex_of({text}))
    require(octets->size() * 2 <= text.size(), "octets of an answer are those of its digits");
  (void)lpa::iccid_in(text);
  (void)lpa::final_result(text);

  FuzzedLine line(input, piece);
  lpa::AtDialect dialect = lpa::at_dialects()[kind % lpa::at_dialects().size()];
  dialect.ready_deadline = dialect.absent_for = std::chrono::milliseconds(0);
  lpa::AtTransport transport(line, {.dialect = &dialect,
                                    .back_off = std::chrono::milliseconds(1),
                                    .port = {.longest_line = 2048, .most_lines = 64}});
  auto channel = transport.open_channel(*rsp::from_hex("A0000005591010FFFFFFFF8900000100"), soon());
  if (channel) {
    require(channel->cla_channel <= rsp::card::kMaxChannel, "a channel is one that there is");
    auto response = transport.transmit(
        *channel, {0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF3E035C015A"), std::nullopt}, soon());
    if (response) require(response->data.size() <= 2048, "an answer is within its bounds");
    (void)transport.close_channel(*channel, soon());
  }
  (void)lpa::identity(transport.port(), soon());
  (void)lpa::module_iccid(transport.port(), dialect, soon());
  (void)lpa::registration(transport.port(), soon());
  return 0;
}
