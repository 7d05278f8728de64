// Traces as captures, read back octet by octet. tests/acceptance/test_trace.py has Wireshark's
// word.
#include "hil/testbed/testbed.h"
#include "hil/trace/lua.h"
#include "hil/trace/packets.h"
#include "hil/trace/pcapng.h"
#include "rsp/asn1/tag.h"
#include "rsp/messages/all.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using rsp::BytesView;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// --- A reader that wants everything to be right ---

std::uint32_t le(BytesView octets) {
  std::uint32_t value = 0;
  for (std::size_t i = octets.size(); i-- > 0;) value = value << 8 | octets[i];
  return value;
}

/// The comment among the options of a block; empty if there is none.
std::string comment_of(BytesView options) {
  while (options.size() >= 4 && le(options.first(2)) != 0) {
    std::uint32_t size = le(options.subspan(2, 2));
    if (le(options.first(2)) == 1) return std::string(rsp::text_of(options.subspan(4, size)));
    options = options.subspan(4 + (size + 3) / 4 * 4);
  }
  return {};
}

struct Packet {
  std::uint64_t at = 0;
  Bytes ip;
  std::string comment;

  std::uint8_t protocol() const { return ip[9]; }
  std::uint64_t from_port() const { return rsp::big_endian(BytesView(ip).subspan(20, 2)); }
  std::uint64_t to_port() const { return rsp::big_endian(BytesView(ip).subspan(22, 2)); }
  std::uint8_t from_host() const { return ip[15]; }
  std::uint64_t seq() const { return rsp::big_endian(BytesView(ip).subspan(24, 4)); }
  std::uint64_t ack() const { return rsp::big_endian(BytesView(ip).subspan(28, 4)); }
  std::uint8_t flags() const { return ip[33]; }
  BytesView tcp_payload() const { return BytesView(ip).subspan(20 + (ip[32] >> 4) * 4u); }
  BytesView gsmtap() const { return BytesView(ip).subspan(28); }
  Bytes apdu() const { return rsp::to_bytes(gsmtap().subspan(16)); }
};

struct Capture {
  std::string comment, keys;
  std::vector<Packet> packets;
};

Capture read(const Bytes& file) {
  Capture out;
  BytesView rest = file;
  EXPECT_EQ(le(rest.first(4)), 0x0A0D0D0Au);
  while (!rest.empty()) {
    std::uint32_t type = le(rest.first(4)), size = le(rest.subspan(4, 4));
    EXPECT_TRUE(size % 4 == 0 && size <= rest.size() && size >= 12);
    BytesView body = rest.subspan(8, size - 12);
    EXPECT_EQ(le(rest.subspan(size - 4, 4)), size);
    rest = rest.subspan(size);
    switch (type) {
      case 0x0A0D0D0A:
        EXPECT_EQ(le(body.first(4)), 0x1A2B3C4Du);
        out.comment = comment_of(body.subspan(16));
        break;
      case 1:
        EXPECT_EQ(le(body.first(2)), 101u) << "raw IP";
        break;
      case 10:
        EXPECT_TRUE(out.packets.empty()) << "a reader needs the secrets first";
        EXPECT_EQ(le(body.first(4)), 0x544C534Bu);
        out.keys = rsp::text_of(body.subspan(8, le(body.subspan(4, 4))));
        break;
      case 6: {
        std::uint32_t length = le(body.subspan(12, 4));
        EXPECT_EQ(le(body.subspan(16, 4)), length);
        out.packets.push_back({std::uint64_t{le(body.subspan(4, 4))} << 32 | le(body.subspan(8, 4)),
                               rsp::to_bytes(body.subspan(20, length)),
                               comment_of(body.subspan(20 + (length + 3) / 4 * 4))});
        break;
      }
      default:
        ADD_FAILURE() << "block of type " << type;
    }
  }
  return out;
}

/// RFC 1071: a sum over octets that hold their own checksum is FFFF.
std::uint32_t sum(BytesView octets, std::uint32_t begin = 0) {
  std::uint32_t total = begin;
  for (std::size_t i = 0; i < octets.size(); ++i) total += octets[i] << (i % 2 == 0 ? 8 : 0);
  while (total >> 16 != 0) total = (total & 0xFFFF) + (total >> 16);
  return total;
}
void expect_checksums(const Packet& packet) {
  BytesView ip = packet.ip;
  EXPECT_EQ(rsp::big_endian(ip.subspan(2, 2)), ip.size());
  EXPECT_EQ(sum(ip.first(20)), 0xFFFFu);
  std::uint32_t pseudo =
      sum(ip.subspan(12, 8)) + ip[9] + static_cast<std::uint32_t>(ip.size() - 20);
  EXPECT_EQ(sum(ip.subspan(20), pseudo), 0xFFFFu);
}

/// What each end of each TCP connection has sent. Fails the test where numbers do not follow.
struct Streams {
  struct Stream {
    std::string client, server;
    std::size_t fins = 0;
  };
  std::map<std::uint64_t, Stream> by_port;  // of the client

  explicit Streams(const std::vector<Packet>& packets) {
    std::map<std::pair<std::uint64_t, bool>, std::uint64_t> next;
    for (const Packet& packet : packets) {
      if (packet.protocol() != 6) continue;
      bool client = packet.from_port() >= 40'000;
      std::uint64_t port = client ? packet.from_port() : packet.to_port();
      bool syn = (packet.flags() & 0x02) != 0, fin = (packet.flags() & 0x01) != 0;
      std::uint64_t& mine = next[{port, client}];
      EXPECT_EQ(packet.seq(), mine);
      if ((packet.flags() & 0x10) != 0) EXPECT_EQ(packet.ack(), (next[{port, !client}]));
      mine += packet.tcp_payload().size() + (syn || fin ? 1 : 0);
      Stream& stream = by_port[port];
      stream.fins += fin;
      (client ? stream.client : stream.server) += rsp::text_of(packet.tcp_payload());
    }
  }
};

constexpr std::chrono::sys_time<std::chrono::microseconds> kStart{
    std::chrono::microseconds(1'700'000'000'000'000)};

Capture capture_of(Records records) {
  return read(to_pcapng({.start = kStart, .records = std::move(records)}));
}
Capture capture_of(std::vector<TraceEvent> events) {
  return capture_of(records_of(std::move(events)));
}

TraceEvent tls(Party from, std::string connection, std::string detail, Bytes bytes) {
  return {TraceKind::kTls,
          from,
          from == Party::kLpa ? Party::kServer : Party::kLpa,
          std::move(connection),
          std::move(detail),
          std::move(bytes)};
}
TraceEvent fault(std::string name, std::string detail) {
  return {TraceKind::kFault, Party::kTest, Party::kServer, std::move(name), std::move(detail), {}};
}

// --- The card ---

TEST(Pcapng, AnApduAndItsResponseAreOnePacket) {
  auto capture = capture_of({c_apdu("81E2910006BF3E035C015A"_x), r_apdu("6115"_x)});
  ASSERT_THAT(capture.packets, SizeIs(1));
  const Packet& packet = capture.packets[0];
  EXPECT_EQ(packet.protocol(), 17);
  EXPECT_EQ(packet.to_port(), 4729u);
  EXPECT_EQ(rsp::to_hex(packet.gsmtap().first(16)), "02040400000000000000000000000000");
  EXPECT_EQ(rsp::to_hex(packet.apdu()), "81E2910006BF3E035C015A6115");
  EXPECT_EQ(packet.at, 1'700'000'000'001'000u) << "start, and the millisecond of the response";
  EXPECT_EQ(packet.comment, "");
}

TEST(Pcapng, ApdusAreAsT0CarriesThem) {
  auto capture = capture_of({c_apdu("00708002"_x), r_apdu("9000"_x),          // no P3
                             c_apdu("00A4040002ABCD00"_x), r_apdu("9000"_x),  // Lc and Le
                             c_apdu("01C0000002"_x), r_apdu("ABCD9000"_x)});
  std::vector<std::string> apdus;
  for (const Packet& packet : capture.packets) apdus.push_back(rsp::to_hex(packet.apdu()));
  EXPECT_THAT(apdus, ElementsAre("00708002009000", "00A4040002ABCD9000", "01C0000002ABCD9000"));
}

TEST(Pcapng, ACommandWithoutAResponseSaysSo) {
  auto capture = capture_of(
      {c_apdu("0070000001"_x), c_apdu("0070000001"_x), r_apdu("019000"_x), c_apdu("0070000001"_x)});
  ASSERT_THAT(capture.packets, SizeIs(3));
  EXPECT_THAT(capture.packets[0].comment, HasSubstr("no response"));
  EXPECT_EQ(capture.packets[1].comment, "");
  EXPECT_THAT(capture.packets[2].comment, HasSubstr("no response"));
}

TEST(Pcapng, AnAtrHasItsOwnSubTypeAndAWarning) {
  auto capture =
      capture_of({{TraceKind::kPower, Party::kEuicc, Party::kLpa, "reset", "ATR", "3B9F96"_x},
                  {TraceKind::kPower, Party::kEuicc, Party::kEuicc, "power off", "", {}}});
  ASSERT_THAT(capture.packets, SizeIs(1));
  EXPECT_EQ(capture.packets[0].gsmtap()[12], 1);
  EXPECT_EQ(rsp::to_hex(capture.packets[0].apdu()), "3B9F96");
  EXPECT_EQ(capture.packets[0].comment,
            "power: reset, this is the ATR and no APDU\npower: power off");
}

TEST(Pcapng, AnApduThatIsNoneIsKept) {
  auto capture = capture_of({c_apdu("00"_x), r_apdu("90"_x), r_apdu("6F00"_x),
                             c_apdu(Bytes(100'000, 0xAA)), r_apdu("9000"_x)});
  ASSERT_THAT(capture.packets, SizeIs(3));
  EXPECT_EQ(rsp::to_hex(capture.packets[0].apdu()), "0090");
  EXPECT_EQ(rsp::to_hex(capture.packets[1].apdu()), "6F00");
  EXPECT_EQ(capture.packets[2].comment, "note: cut, it has 100002 octets");
}

// --- HTTP ---

TEST(Pcapng, RecordsOfTlsAreATcpConnectionWithItsSecrets) {
  auto capture = capture_of({tls(Party::kLpa, "connection 1", "opened", {}),
                             tls(Party::kLpa, "connection 1", "", "160301"_x),
                             {TraceKind::kKeys, Party::kLpa, Party::kServer, "", "LINE 1", {}},
                             tls(Party::kServer, "connection 1", "", Bytes(40'000, 0x17)),
                             {TraceKind::kKeys, Party::kLpa, Party::kServer, "", "LINE 2", {}},
                             tls(Party::kLpa, "connection 1", "closed", {})});
  EXPECT_EQ(capture.keys, "LINE 1\nLINE 2\n");
  std::vector<int> flags;
  for (const Packet& packet : capture.packets) {
    flags.push_back(packet.flags());
    EXPECT_TRUE(packet.from_port() == 443 || packet.to_port() == 443);
  }
  EXPECT_THAT(flags, ElementsAre(0x02, 0x12, 0x10, 0x18, 0x18, 0x18, 0x11, 0x11, 0x10));
  Streams streams(capture.packets);
  ASSERT_THAT(streams.by_port, SizeIs(1));
  const auto& stream = streams.by_port.begin()->second;
  EXPECT_EQ(stream.client, "\x16\x03\x01");
  EXPECT_EQ(stream.server, std::string(40'000, '\x17'));
  EXPECT_EQ(stream.fins, 2u);
}

TEST(Pcapng, ConnectionsAreApartAlsoWhenTheirNumbersBeginAgain) {
  auto capture = capture_of(
      {tls(Party::kLpa, "connection 1", "opened", {}), tls(Party::kLpa, "connection 1", "", "AA"_x),
       tls(Party::kLpa, "connection 2", "opened", {}), tls(Party::kLpa, "connection 2", "", "BB"_x),
       tls(Party::kLpa, "connection 1", "", "AA"_x), tls(Party::kLpa, "connection 1", "opened", {}),
       tls(Party::kLpa, "connection 1", "", "CC"_x),
       tls(Party::kLpa, "connection 3", "closed", {})});
  std::vector<std::string> sent;
  for (const auto& [port, stream] : Streams(capture.packets).by_port) sent.push_back(stream.client);
  EXPECT_THAT(sent, ElementsAre("\xAA\xAA", "\xBB", "\xCC"));
}

TEST(Pcapng, HttpWithoutRecordsIsMadeFromItsEvents) {
  auto capture = capture_of({http_request("ES9+.InitiateAuthentication", "{\"a\":1}"),
                             http_response("ES9+.InitiateAuthentication 200", "{}"),
                             http_request("POST /gsma/rsp2/es9plus/handleNotification", "{}"),
                             http_response("204", "")});
  Streams streams(capture.packets);
  ASSERT_THAT(streams.by_port, SizeIs(1));
  const auto& stream = streams.by_port.begin()->second;
  EXPECT_EQ(stream.client,
            "POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: smdp.invalid\r\n"
            "Content-Type: application/json;charset=UTF-8\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
            "POST /gsma/rsp2/es9plus/handleNotification HTTP/1.1\r\nHost: smdp.invalid\r\n"
            "Content-Type: application/json;charset=UTF-8\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(stream.server,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\n"
            "Content-Length: 2\r\n\r\n{}HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(stream.fins, 2u);
  EXPECT_EQ(capture.packets[0].to_port(), 80u);
  EXPECT_THAT(capture.packets[0].comment, StartsWith("note: HTTP made from events"));
}

TEST(Pcapng, ABodyOfOctetsGoesAsItIs) {
  TraceEvent request = http_request("POST /gsma/rsp2/asn1", "what it says, in words");
  request.bytes = "BF3900"_x;
  auto capture = capture_of({request, http_response("200", "")});
  EXPECT_THAT(Streams(capture.packets).by_port.begin()->second.client,
              AllOf(HasSubstr("application/x-gsma-rsp-asn1\r\nContent-Length: 3\r\n"),
                    testing::EndsWith("\r\n\r\n\xBF\x39" + std::string(1, '\0'))));
}

std::size_t posts_in(const Capture& capture) {
  std::size_t count = 0;
  for (const auto& [port, stream] : Streams(capture.packets).by_port) {
    for (auto at = stream.client.find("POST /"); at != std::string::npos;
         at = stream.client.find("POST /", at + 1))
      ++count;
  }
  return count;
}

TEST(Pcapng, AnExchangeThatBothEndsRecordedIsThereOnce) {
  TracedWorld traced(ServerTrace::kOn);
  ASSERT_TRUE(traced.world.lpa->download(traced.world.activation_code()));
  EXPECT_EQ(posts_in(read(to_pcapng(traced.recorder.trace()))), 3u);
}

TEST(Pcapng, AnExchangeThatRecordsCarriedIsNotShownAgain) {
  auto carried = [](std::vector<TraceEvent> between) {
    std::vector<TraceEvent> events{http_request("ES9+.CancelSession", "{}"),
                                   tls(Party::kLpa, "connection 1", "opened", {}),
                                   tls(Party::kLpa, "connection 1", "", "1703"_x)};
    events.insert(events.end(), between.begin(), between.end());
    events.push_back(tls(Party::kServer, "connection 1", "", "1703"_x));
    events.push_back(http_response("ES9+.CancelSession 200", "{}"));
    return posts_in(capture_of(std::move(events)));
  };
  EXPECT_EQ(carried({}), 0u);
  EXPECT_EQ(carried({http_request("POST /gsma/rsp2/es9plus/cancelSession", "{}"),
                     http_response("200", "{}")}),
            0u);
  EXPECT_EQ(carried({http_request("POST /gsma/rsp2/es9plus/cancelSession", "{\"altered\":1}"),
                     http_response("200", "{\"other\":1}")}),
            0u);
}

TEST(Pcapng, ARequestWithoutAnAnswerIsShownWhereItArrived) {
  auto lost = capture_of({http_request("ES9+.CancelSession", "{}"),
                          http_response("ES9+.CancelSession failed", "no route"),
                          c_apdu("0070000001"_x), r_apdu("019000"_x)});
  EXPECT_EQ(posts_in(lost), 0u);
  ASSERT_THAT(lost.packets, SizeIs(1));
  EXPECT_EQ(lost.packets[0].comment,
            "http: ES9+.CancelSession {}\nhttp: ES9+.CancelSession failed no route");
  auto arrived = capture_of({http_request("ES9+.CancelSession", "{}"),
                             http_request("POST /gsma/rsp2/es9plus/cancelSession", "{}"),
                             http_response("ES9+.CancelSession failed", "cut off")});
  EXPECT_EQ(posts_in(arrived), 1u);
  EXPECT_EQ(Streams(arrived.packets).by_port.begin()->second.fins, 2u);
}

TEST(Pcapng, NothingInANameBreaksOutOfTheRequestLine) {
  auto capture = capture_of(
      {http_request("POST /x HTTP/1.1\r\nEvil: 1\r\n\r\n", ""), http_response("200", "")});
  EXPECT_THAT(Streams(capture.packets).by_port.begin()->second.client,
              StartsWith("POST /x HTTP/1.1??Evil: 1???? HTTP/1.1\r\nHost: "));
}

// --- Comments ---

TEST(Pcapng, StepsAndFaultsAreTheCommentOfThePacketThatFollows) {
  auto capture =
      capture_of({step(Party::kTest, "lpa.download", "AC"), fault("status", "8.2.6/3.8"),
                  c_apdu("0070000001"_x), r_apdu("019000"_x), step(Party::kTest, "then", "")});
  ASSERT_THAT(capture.packets, SizeIs(1));
  EXPECT_EQ(capture.packets[0].comment,
            "step: lpa.download AC\nfault: status 8.2.6/3.8\nstep: then");
}

TEST(Pcapng, WithoutAnyPacketTheyAreTheCommentOfTheFile) {
  auto capture = capture_of({step(Party::kTest, "nothing", "happened")});
  EXPECT_THAT(capture.packets, IsEmpty());
  EXPECT_EQ(capture.comment, "step: nothing happened");
  EXPECT_EQ(capture_of(Records{}).comment, "");
}

TEST(Pcapng, TheFileSaysHowMuchIsMissing) {
  auto capture = read(to_pcapng({.start = kStart, .records = {}, .dropped = 7}));
  EXPECT_EQ(capture.comment, "7 more events were not kept: the recorder was full");
}

TEST(Pcapng, CommentsAreUtf8AndFit) {
  auto capture = capture_of({step(Party::kTest, "\xFF\x1B[31m", std::string(200'000, '\xFE')),
                             c_apdu("0070000001"_x), r_apdu("019000"_x)});
  ASSERT_THAT(capture.packets, SizeIs(1));
  EXPECT_THAT(capture.packets[0].comment, StartsWith("step: \xEF\xBF\xBD [31m \xEF\xBF\xBD"));
  EXPECT_LT(capture.packets[0].comment.size(), 65'536u);
}

// --- Whole traces ---

TEST(Pcapng, OfADownloadEveryPacketIsRightAndEveryApduIsThere) {
  auto capture = capture_of(download());
  std::size_t apdus = 0;
  for (const Packet& packet : capture.packets) {
    expect_checksums(packet);
    apdus += packet.protocol() == 17 && packet.gsmtap()[12] == 0;
  }
  EXPECT_EQ(apdus, only(download(), TraceKind::kApdu).size() / 2);
  EXPECT_EQ(posts_in(capture), 4u);
}

TEST(Pcapng, OfATestbedOnEitherRoad) {
  for (Road road : {Road::kInProcess, Road::kHttps}) {
    auto testbed = Testbed::create({.road = road}).value();
    smdp::Order* order = testbed->add_order({}).value();
    testbed->step("when", "lpa.download");
    ASSERT_TRUE(testbed->lpa().download(testbed->activation_code(*order)));
    auto capture = read(to_pcapng(testbed->trace().trace()));
    for (const Packet& packet : capture.packets) expect_checksums(packet);
    EXPECT_EQ(posts_in(capture), road == Road::kInProcess ? 3u : 0u);
    EXPECT_EQ(capture.keys.empty(), road == Road::kInProcess);
    EXPECT_TRUE(std::ranges::any_of(capture.packets, [](const Packet& packet) {
      return packet.comment.find("step: when lpa.download") != std::string::npos;
    }));
  }
}

TEST(UdpPacket, HasNoChecksumOfZero) {
  // Some payload sums up to nothing; that is written as FFFF.
  Endpoint end{{127, 0, 0, 1}, 1};
  for (unsigned value = 0; value <= 0xFFFF; ++value) {
    Bytes payload{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    Bytes packet = udp_packet(end, end, payload);
    ASSERT_NE(rsp::big_endian(BytesView(packet).subspan(26, 2)), 0u);
  }
}

// --- The script for Wireshark ---

TEST(WiresharkScript, HasTheTablesOfTheDeclarations) {
  std::string script = wireshark_script();
  EXPECT_THAT(script, Not(HasSubstr("--%")));
  EXPECT_THAT(script, AllOf(HasSubstr("[\"BF38\"] = \"ES10b.AuthenticateServer\",\n"),
                            HasSubstr("[\"BF36\"] = \"InitialiseSecureChannel\",\n"),
                            HasSubstr("[\"86\"] = \"LoadProfileElements\",\n"),
                            HasSubstr("[0x6985] = \"conditions of use not satisfied\",\n"),
                            HasSubstr("[0x61] = \"more data: GET RESPONSE\",\n"),
                            HasSubstr("local RESULT = \"BF37\"\n")));
}

}  // namespace
}  // namespace hil::testing_trace
