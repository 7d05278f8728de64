// What a module is and does, apart from its answers to single commands: the data that dialects and
// quirks are made of.
#pragma once

#include "hil/declare/declare.h"
#include "hil/fake_module/at_exchange.h"

namespace hil {

/// How CCHO names the session that it has opened.
enum class HandleForm { kPrefixed, kBare, kNoSpace, kHex };
constexpr auto enum_names(HandleForm) {
  return rsp::asn1::named<HandleForm>({{HandleForm::kPrefixed, "prefixed"},
                                       {HandleForm::kBare, "bare"},
                                       {HandleForm::kNoSpace, "noSpace"},
                                       {HandleForm::kHex, "hex"}});
}
/// What `=?` gets from the commands for APDUs.
enum class TestForms { kListed, kOk, kError, kSilent };
constexpr auto enum_names(TestForms) {
  return rsp::asn1::named<TestForms>({{TestForms::kListed, "listed"},
                                      {TestForms::kOk, "ok"},
                                      {TestForms::kError, "error"},
                                      {TestForms::kSilent, "silent"}});
}
/// What the module does about REFRESH.
enum class RefreshHandling { kHonoured, kIgnored, kNotFetched };
constexpr auto enum_names(RefreshHandling) {
  return rsp::asn1::named<RefreshHandling>({{RefreshHandling::kHonoured, "honoured"},
                                            {RefreshHandling::kIgnored, "ignored"},
                                            {RefreshHandling::kNotFetched, "notFetched"}});
}
/// How the digits of EF.ICCID are shown.
enum class IccidForm { kDigits, kWithPadding, kLowerCase };
constexpr auto enum_names(IccidForm) {
  return rsp::asn1::named<IccidForm>({{IccidForm::kDigits, "digits"},
                                      {IccidForm::kWithPadding, "withPadding"},
                                      {IccidForm::kLowerCase, "lowerCase"}});
}
/// What +QESIM is.
enum class QesimForm { kNone, kHostRelay, kModemLpa };
constexpr auto enum_names(QesimForm) {
  return rsp::asn1::named<QesimForm>({{QesimForm::kNone, "none"},
                                      {QesimForm::kHostRelay, "hostRelay"},
                                      {QesimForm::kModemLpa, "modemLpa"}});
}

constexpr auto enum_names(LineEnd) {
  return rsp::asn1::named<LineEnd>(
      {{LineEnd::kCrLf, "crlf"}, {LineEnd::kLf, "lf"}, {LineEnd::kCr, "cr"}});
}

/// A line that comes by itself, some time after what it belongs to. {cpin} is what +CPIN? says.
struct TimedLine {
  std::chrono::milliseconds after{0};
  std::string text;
  bool with_sim = false;
  static void fields(auto&& f, auto& m) {
    f("after", m.after, "since the one before; a scale makes it shorter");
    f("text", m.text, "{cpin} in it is what +CPIN? says");
    f("withSim", m.with_sim, "only where there is a SIM that is ready", kOptional);
  }
};

struct ModuleSettings {
  // Identity
  std::string manufacturer = "esimbench", model = "Fake module", revision = "1",
              imei = "004999010640000";
  std::vector<std::string> families;
  std::vector<std::string> missing;
  // Lines
  std::uint32_t longest_line = 4096;
  bool unquoted_hex = false, quotes_required = false, blank_lines = false;
  bool refuses_overlap = false;
  LineEnd line_end = LineEnd::kCrLf;
  TestForms test_forms = TestForms::kListed;
  std::vector<TimedLine> boot, sim_ready;
  // APDUs
  HandleForm handle = HandleForm::kPrefixed;
  std::uint8_t channels = 3;
  std::uint32_t left_open = 0, own_channels = 0;
  bool channel_leak = false;
  bool csim_keeps_to_basic_channel = false, le00_channel_unusable = false,
       csim_channel_status_fails = false, unopened_close_is_ok = false;
  bool gets_response = false, sends_case1 = false;
  std::vector<std::uint8_t> csim_refuses;
  /// With the functions of an LPA (TS 102 221 11.1.19.2.4), as Android wants it of modems.
  rsp::Bytes terminal_capability = {0xA9, 0x08, 0x81, 0x00, 0x82, 0x01, 0x01, 0x83, 0x01, 0x07};
  bool internal_lpa = false;
  // The SIM
  bool sim_in_cfun0 = false, cfun0_drops_port = false, reset_drops_port = false;
  RefreshHandling refresh = RefreshHandling::kHonoured;
  bool stale_iccid = false;
  std::chrono::milliseconds busy_after_refresh{0};
  IccidForm iccid_form = IccidForm::kDigits;
  std::uint32_t esim_slot = 1, slot = 1;
  // The network
  std::string home_network = "00101";
  std::uint32_t unregistered = 2;
  std::chrono::milliseconds registers_after{3000};
  bool stale_mbn = false, other_sim_network = false;
  // Others
  QesimForm qesim = QesimForm::kNone;
  std::string urc_port = "usbat";
  bool clock_unset = false;
  std::uint32_t http_error = 0, tls_error = 0;

  static void fields(auto&& f, auto& m) {
    f("manufacturer", m.manufacturer, "+CGMI", kOptional);
    f("model", m.model, "+CGMM", kOptional);
    f("revision", m.revision, "+CGMR", kOptional);
    f("imei", m.imei, "+CGSN", kOptional);
    f("families", m.families,
      "whose commands there are beside the standard ones: quectel, fibocom, sierra, simcom, telit, "
      "nordic, huawei",
      kOptional);
    f("missing", m.missing, "commands that get ERROR, such as +CCHO", kOptional);
    f("longestLine", m.longest_line, "characters of a command line; a longer one gets ERROR",
      kOptional, Range{16, 65'536});
    f("unquotedHex", m.unquoted_hex, "+CSIM, +CGLA and +CRSM answer without quotes", kOptional);
    f("quotesRequired", m.quotes_required, "+CSIM and +CGLA want quotes around the APDU",
      kOptional);
    f("blankLines", m.blank_lines, "an empty line beside each line of an answer", kOptional);
    f("lineEnd", m.line_end, "what lines of answers and URCs begin and end with", kOptional);
    f("refusesOverlap", m.refuses_overlap,
      "a command that comes before the last one is answered gets +CME ERROR: 100", kOptional);
    f("testForms", m.test_forms,
      "what AT+CCHO=?, +CCHC=?, +CGLA=? and +CSIM=? get: the parameters, OK, ERROR or nothing",
      kOptional);
    f("boot", m.boot, "lines that come when the module starts", kOptional);
    f("simReady", m.sim_ready, "lines that come when the SIM has been powered or reset", kOptional);
    f("handle", m.handle,
      "how +CCHO names a session: `+CCHO: 1`, `1`, `+CCHO:1`, or sixteen "
      "hexadecimal digits",
      kOptional);
    f("channels", m.channels, "logical channels that the module has, in hexadecimal", kOptional);
    f("leftOpen", m.left_open,
      "channels that a killed client has left open, until they are closed or the SIM is reset",
      kOptional, Range{0, 19});
    f("ownChannels", m.own_channels, "channels from 1 on that the module keeps for itself",
      kOptional, Range{0, 18});
    f("channelLeak", m.channel_leak, "+CCHC answers OK and frees nothing", kOptional);
    f("csimKeepsToBasicChannel", m.csim_keeps_to_basic_channel, "MANAGE CHANNEL by +CSIM gets 6881",
      kOptional);
    f("le00ChannelUnusable", m.le00_channel_unusable,
      "a channel opened with Le 00 by +CSIM refuses SELECT", kOptional);
    f("csimChannelStatusFails", m.csim_channel_status_fails,
      "STATUS on a channel opened by +CSIM gets 6F00", kOptional);
    f("unopenedCloseIsOk", m.unopened_close_is_ok, "+CCHC of a session that is not open gets OK",
      kOptional);
    f("getsResponse", m.gets_response, "the module sends GET RESPONSE itself: no 61xx gets out",
      kOptional);
    f("sendsCase1", m.sends_case1,
      "the module's own STATUS is a header alone, and 6Cxx is not followed", kOptional);
    f("csimRefuses", m.csim_refuses, "instructions that +CSIM refuses with +CME ERROR: 3",
      kOptional);
    f("terminalCapability", m.terminal_capability,
      "what the module sends in TERMINAL CAPABILITY; nothing is sent where it is empty", kOptional);
    f("internalLpa", m.internal_lpa,
      "an LPA in the module keeps the ISD-R to itself until it is switched off and the module "
      "reset",
      kOptional);
    f("simInCfun0", m.sim_in_cfun0, "the SIM keeps its power with +CFUN=0", kOptional);
    f("cfun0DropsPort", m.cfun0_drops_port, "+CFUN=0 takes the port away for a while", kOptional);
    f("resetDropsPort", m.reset_drops_port, "a reset takes the port away for a while", kOptional);
    f("refresh", m.refresh, "whether REFRESH is followed, only answered, or not even fetched",
      kOptional);
    f("staleIccid", m.stale_iccid, "ICCID and IMSI stay as they were until the SIM loses its power",
      kOptional);
    f("busyAfterRefresh", m.busy_after_refresh, "ES10 gets 6985 for so long after a REFRESH",
      kOptional);
    f("iccidForm", m.iccid_form, "without the F at its end, with it, or with it in lower case",
      kOptional);
    f("esimSlot", m.esim_slot, "the slot that the card is in", kOptional, Range{1, 2});
    f("slot", m.slot, "the slot that is active; the other one is empty", kOptional, Range{1, 2});
    f("homeNetwork", m.home_network,
      "an IMSI that begins so is at home (+CEREG 1), any other roams (5)", kOptional);
    f("unregistered", m.unregistered, "+CEREG without a profile: 0, 2, or 90 for UICC failure",
      kOptional, Range{0, 90});
    f("registersAfter", m.registers_after, "from a SIM that is ready to the network", kOptional);
    f("staleMbn", m.stale_mbn,
      "another profile does not register before +QMBNCFG=\"AutoSel\",1 and a reset", kOptional);
    f("otherSimNetwork", m.other_sim_network,
      "the module has a network by another SIM, whatever is on the card", kOptional);
    f("qesim", m.qesim, "+QESIM: ERROR, the family that relays HTTP, or the LPA in the modem",
      kOptional);
    f("urcPort", m.urc_port, "where URCs come: usbat (the primary port), usbmodem or uart1",
      kOptional);
    f("clockUnset", m.clock_unset, "the clock is in 1980 until +CCLK= sets it", kOptional);
    f("httpError", m.http_error, "what +QHTTPPOST and +QHTTPGET end with in place of an answer",
      kOptional, Range{0, 999});
    f("tlsError", m.tls_error, "what +QSSLOPEN ends with in place of a connection", kOptional,
      Range{0, 999});
  }
  std::string problem() const;
};

}  // namespace hil
