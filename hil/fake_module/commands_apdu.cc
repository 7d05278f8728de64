// APDUs by AT: +CSIM, +CRSM, +CCHO, +CGLA, +CCHC (3GPP TS 27.007 8.17, 8.18, 8.43, 8.45).
#include <fmt/format.h>

#include "hil/fake_module/commands.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/card/store_data.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;

AtAnswer failed(const rsp::Error& error) { return at_cme(std::stoi(error.code)); }

/// What =? gets, by the settings; `listed` is what the standard says.
AtAnswer test_form(AtContext& at, std::string listed) {
  switch (at.settings.test_forms) {
    case TestForms::kListed:
      return listed.empty() ? at_ok() : at_line(std::move(listed));
    case TestForms::kOk:
      return at_ok();
    case TestForms::kError:
      at.note("testForms");
      return at_error();
    case TestForms::kSilent:
      at.note("testForms");
      return {.final = {AtFinal::Kind::kNone}};
  }
  return at_ok();
}

/// <length>,"<hex>" from that argument on. Error: the code.
rsp::Result<Bytes> apdu_of(AtContext& at, const AtCommand& command, std::size_t index) {
  auto refuse = [] { return rsp::failure({.code = std::to_string(kCmeIncorrectParameters)}); };
  auto length = command.number(index);
  if (!length || command.arguments.size() != index + 2) return refuse();
  const AtArgument& hex = command.arguments[index + 1];
  if (at.settings.quotes_required && !hex.quoted) {
    at.note("quotesRequired");
    return refuse();
  }
  auto octets = rsp::from_hex(hex.text);
  if (!octets || octets->size() < 4 || hex.text.size() != *length) return refuse();
  return octets;
}

AtAnswer apdu_line(AtContext& at, std::string_view prefix, rsp::BytesView response) {
  std::string hex = rsp::to_hex(response);
  std::size_t length = hex.size();
  if (at.settings.unquoted_hex) {
    at.note("unquotedHex");
  } else {
    hex = at_quoted(hex);
  }
  return at_line(fmt::format("{}: {},{}", prefix, length, hex));
}

AtAnswer csim(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return test_form(at, "");
  if (command.form != AtForm::kSet) return at_error();
  // Telit: AT+CSIM=1 and =0 lock and unlock the SIM.
  if (command.arguments.size() == 1 && command.number(0).value_or(2) <= 1) return at_ok();
  auto apdu = apdu_of(at, command, 0);
  if (!apdu) return failed(apdu.error());
  if (std::ranges::find(at.settings.csim_refuses, (*apdu)[1]) != at.settings.csim_refuses.end()) {
    at.note("csimRefuses");
    return at_cme(kCmeNotAllowed);
  }
  auto response = at.sim.transmit(*apdu);
  if (!response) return at_cme(kCmeNoSim);
  if (response->empty()) return at_cme(kCmeSimFailure);
  return apdu_line(at, "+CSIM", *response);
}

AtAnswer open_channel(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return test_form(at, "");
  if (command.form != AtForm::kSet || command.arguments.size() != 1) return at_error();
  auto aid = rsp::from_hex(command.text_of(0));
  if (!aid) return at_cme(kCmeIncorrectParameters);
  auto session = at.sim.open_session(*aid);
  if (!session) return failed(session.error());
  switch (at.settings.handle) {
    case HandleForm::kBare:
      at.note("handle");
      return at_line(*session);
    case HandleForm::kNoSpace:
      at.note("handle");
      return at_line("+CCHO:" + *session);
    default:
      return at_line("+CCHO: " + *session);
  }
}

AtAnswer close_channel(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return test_form(at, "");
  if (command.form != AtForm::kSet || command.arguments.size() != 1) return at_error();
  auto closed = at.sim.close_session(command.text_of(0));
  return closed ? at_ok() : failed(closed.error());
}

AtAnswer in_channel(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return test_form(at, "");
  if (command.form != AtForm::kSet) return at_error();
  auto apdu = apdu_of(at, command, 1);
  if (!apdu) return failed(apdu.error());
  auto response = at.sim.transmit_in(command.text_of(0), *apdu);
  if (!response) return failed(response.error());
  if (response->empty()) return at_cme(kCmeSimFailure);
  return apdu_line(at, "+CGLA", *response);
}

/// The path to a file, from the master file on, as +CRSM has it in its last argument.
rsp::card::StatusWord select(AtContext& at, std::uint32_t file, const Bytes& path) {
  Bytes id{static_cast<std::uint8_t>(file >> 8), static_cast<std::uint8_t>(file)};
  Bytes whole = rsp::concat({path, id});
  at.sim.command({0x00, rsp::card::kSelectIns, 0x00, 0x0C, {0x3F, 0x00}, {}});
  // Without a path the module knows where the file is: 2Fxx in the MF, others in the USIM.
  if (path.empty() && id[0] != 0x2F)
    at.sim.command({0x00, rsp::card::kSelectIns, 0x00, 0x0C, {0x7F, 0xFF}, {}});
  rsp::card::StatusWord sw;
  for (std::size_t i = 0; i + 2 <= whole.size(); i += 2) {
    sw = at.sim
             .command({0x00, rsp::card::kSelectIns, 0x00,
                       static_cast<std::uint8_t>(i + 2 == whole.size() ? 0x04 : 0x0C),
                       Bytes(whole.begin() + static_cast<std::ptrdiff_t>(i),
                             whole.begin() + static_cast<std::ptrdiff_t>(i) + 2),
                       std::uint16_t{256}})
             .sw;
    if (!sw.success()) return sw;
  }
  return sw;
}

AtAnswer restricted_access(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  if (!at.sim.answers()) return at_cme(kCmeNoSim);
  constexpr std::uint32_t kStatus = 242, kGetResponse = 192, kUpdateBinary = 214,
                          kUpdateRecord = 220, kReadBinary = 176, kReadRecord = 178;
  auto instruction = command.number(0);
  auto parameter = [&](std::size_t index) { return command.number(index).value_or(0); };
  auto data = rsp::from_hex(command.text_of(5));
  auto path = rsp::from_hex(command.text_of(6));
  if (command.form != AtForm::kSet || !instruction || !data || !path || parameter(1) > 0xFFFF ||
      parameter(2) > 255 || parameter(3) > 255 || parameter(4) > 255 || data->size() > 255)
    return at_cme(kCmeIncorrectParameters);
  static constexpr std::uint32_t known[] = {kStatus,       kGetResponse, kUpdateBinary,
                                            kUpdateRecord, kReadBinary,  kReadRecord};
  if (std::ranges::find(known, *instruction) == std::end(known)) return at_cme(kCmeNotSupported);
  auto tell = [&](const ResponseApdu& response) {
    std::string hex = rsp::to_hex(response.data);
    if (!at.settings.unquoted_hex) hex = at_quoted(hex);
    return at_line(fmt::format("+CRSM: {},{}{}", response.sw.sw1(), response.sw.sw2(),
                               response.data.empty() ? "" : "," + hex));
  };
  if (*instruction != kStatus) {
    auto selected = select(at, parameter(1), *path);
    if (!selected.success()) return tell({{}, selected});
  }
  CommandApdu apdu{0x00, static_cast<std::uint8_t>(*instruction),
                   static_cast<std::uint8_t>(parameter(2)),
                   static_cast<std::uint8_t>(parameter(3))};
  std::uint16_t le = parameter(4) == 0 ? 256 : static_cast<std::uint16_t>(parameter(4));
  switch (*instruction) {
    case kReadBinary:
    case kReadRecord:
      apdu.le = le;
      break;
    case kGetResponse:  // of the SELECT that there has just been: the template of the file
      apdu = {
          0x00,
          rsp::card::kSelectIns,
          0x00,
          0x04,
          {static_cast<std::uint8_t>(parameter(1) >> 8), static_cast<std::uint8_t>(parameter(1))},
          std::uint16_t{256}};
      break;
    case kStatus:
      apdu.cla = 0x80;
      apdu.le = le;
      break;
    default:
      apdu.data = *data;
  }
  return tell(at.sim.command(apdu));
}

constexpr AtRow kRows[] = {
    {"+CSIM", "", csim},       {"+CCHO", "", open_channel},      {"+CCHC", "", close_channel},
    {"+CGLA", "", in_channel}, {"+CRSM", "", restricted_access},
};

}  // namespace

std::span<const AtRow> apdu_commands() { return kRows; }

}  // namespace hil
