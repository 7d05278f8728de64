// Identity, echo, error reports, power and clock.
#include <fmt/chrono.h>

#include <ctime>

#include "hil/fake_module/commands.h"
#include "rsp/base/text.h"

namespace hil {
namespace {

AtAnswer attention(AtContext&, const AtCommand&) { return at_ok(); }

AtAnswer identify(AtContext& at, const AtCommand&) {
  return {{at.settings.manufacturer, at.settings.model, "Revision: " + at.settings.revision}};
}

template <std::string ModuleSettings::*kMember>
AtAnswer tell(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  return at_line(at.settings.*kMember);
}

AtAnswer echo(AtContext& at, const AtCommand& command) {
  std::uint32_t value = command.arguments.empty() ? 0 : command.number(0).value_or(2);
  if (value > 1) return at_error();
  at.port.echo = value == 1;
  return at_ok();
}

AtAnswer verbose(AtContext& at, const AtCommand& command) {
  std::uint32_t value = command.arguments.empty() ? 0 : command.number(0).value_or(2);
  if (value > 1) return at_error();
  at.port.verbose = value == 1;
  return at_ok();
}

/// ATS3?, ATS0=0 (V.250 5.3.1). Lines end as they do whatever S3 and S4 say.
AtAnswer s_register(AtContext& at, const AtCommand& command) {
  constexpr std::uint32_t kMost = 255;
  auto number = command.number(0);
  if (!number || *number > kMost) return at_error();
  if (command.form == AtForm::kRead)
    return at_line(fmt::format("{:03}", at.port.registers[*number]));
  if (command.form != AtForm::kSet) return at_ok();
  auto value = command.number(1);
  if (!value || *value > kMost) return at_error();
  at.port.registers[*number] = *value;
  return at_ok();
}

/// Z and &F: a client that sends them has its echo and its error reports as at the beginning (F94).
AtAnswer defaults(AtContext& at, const AtCommand&) {
  at.port = {};
  return at_ok();
}

AtAnswer error_reports(AtContext& at, const AtCommand& command) {
  switch (command.form) {
    case AtForm::kRead:
      return at_line("+CMEE: " + std::to_string(at.port.cmee));
    case AtForm::kTest:
      return at_line("+CMEE: (0-2)");
    default:
      auto value = command.arguments.empty() ? std::optional(0U) : command.number(0);
      if (!value || *value > 2) return at_cme(kCmeIncorrectParameters);
      at.port.cmee = *value;
      return at_ok();
  }
}

AtAnswer functionality(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kRead)
    return at_line("+CFUN: " + std::to_string(at.network.functionality));
  if (command.form == AtForm::kTest) return at_line("+CFUN: (0,1,4),(0,1)");
  auto value = command.number(0);
  auto reset = command.arguments.size() > 1 ? command.number(1) : std::optional(0U);
  // 41 is how an nRF91 takes SoftSIM; for what is asked of it here that is 1.
  if (!value || (*value != 0 && *value != 1 && *value != 4 && *value != 41) || !reset || *reset > 1)
    return at_cme(kCmeIncorrectParameters);
  if (*reset == 1) {
    at.control.restart();
  } else {
    at.control.set_functionality(*value == 41 ? 1 : *value);
  }
  return at_ok();
}

AtAnswer power_down(AtContext& at, const AtCommand&) {
  at.control.power_down();
  return at_ok();
}

/// "26/11/28,23:01:17+00", the time zone in quarters of an hour.
AtAnswer clock(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  if (command.form == AtForm::kSet) {
    std::tm time{};
    if (::strptime(command.text_of(0).c_str(), "%y/%m/%d,%H:%M:%S", &time) == nullptr)
      return at_cme(kCmeIncorrectParameters);
    at.set_date(rsp::Clock::TimePoint(std::chrono::seconds(::timegm(&time))));
    return at_ok();
  }
  auto date = std::chrono::time_point_cast<std::chrono::seconds>(at.date());
  return at_line(fmt::format("+CCLK: \"{:%y/%m/%d,%H:%M:%S}+00\"", date));
}

AtAnswer network_time(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QLTS: (0-2)");
  if (!at.network.registered) return at_line("+QLTS: \"\"");
  auto date = std::chrono::time_point_cast<std::chrono::seconds>(at.date());
  return at_line(fmt::format("+QLTS: \"{:%Y/%m/%d,%H:%M:%S}+00,0\"", date));
}

/// +QURCCFG="urcport","usbat": kept over resets.
AtAnswer urc_configuration(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest)
    return at_line("+QURCCFG: \"urcport\",(\"usbat\",\"usbmodem\",\"uart1\")");
  if (command.text_of(0) != "urcport") return at_cme(kCmeIncorrectParameters);
  if (command.arguments.size() == 1)
    return at_line("+QURCCFG: \"urcport\"," + at_quoted(at.settings.urc_port));
  ModuleSettings changed;
  changed.urc_port = command.text_of(1);
  if (!changed.problem().empty()) return at_cme(kCmeIncorrectParameters);
  at.settings.urc_port = changed.urc_port;
  return at_ok();
}

/// Sierra: AT!CUSTOM="SIMLPA",0 takes the ISD-R from the LPA in the modem, from the next reset on.
AtAnswer custom(AtContext& at, const AtCommand& command) {
  if (command.text_of(0) != "SIMLPA" || command.number(1).value_or(2) > 1) return at_error();
  at.settings.internal_lpa = command.number(1) == 1U;
  return at_ok();
}

constexpr AtRow kRows[] = {
    {"", "", attention},
    {"E", "", echo},
    {"V", "", verbose},
    {"Q", "", answer_ok},
    {"I", "", identify},
    {"Z", "", defaults},
    {"&F", "", defaults},
    {"&W", "", answer_ok},
    {"&C", "", answer_ok},
    {"&D", "", answer_ok},
    {"S", "", s_register},
    {"+CMEE", "", error_reports},
    {"+CGMI", "", tell<&ModuleSettings::manufacturer>},
    {"+GMI", "", tell<&ModuleSettings::manufacturer>},
    {"+CGMM", "", tell<&ModuleSettings::model>},
    {"+GMM", "", tell<&ModuleSettings::model>},
    {"+CGMR", "", tell<&ModuleSettings::revision>},
    {"+GMR", "", tell<&ModuleSettings::revision>},
    {"+QGMR", "quectel", tell<&ModuleSettings::revision>},
    {"+CGSN", "", tell<&ModuleSettings::imei>},
    {"+GSN", "", tell<&ModuleSettings::imei>},
    {"+CFUN", "", functionality},
    {"+QPOWD", "quectel", power_down},
    {"+CPOF", "simcom", power_down},
    {"+CCLK", "", clock},
    {"+QLTS", "quectel", network_time},
    {"+QURCCFG", "quectel", urc_configuration},
    {"+QINDCFG", "quectel", answer_ok},
    {"+QSCLK", "quectel", answer_ok},
    {"!CUSTOM", "sierra", custom},
    {"!ENTERCND", "sierra", answer_ok},
    {"+IFC", "", answer_ok},
    {"+IPR", "", answer_ok},
    {"+CSCS", "", answer_ok},
};

}  // namespace

AtAnswer answer_ok(AtContext&, const AtCommand&) { return at_ok(); }

std::span<const AtRow> general_commands() { return kRows; }

std::span<const std::span<const AtRow>> at_tables() {
  static const std::span<const AtRow> tables[] = {general_commands(), sim_commands(),
                                                  apdu_commands(),    network_commands(),
                                                  http_commands(),    tls_commands()};
  return tables;
}

const AtRow* find_command(const ModuleSettings& settings, std::string_view name,
                          const SimSlot::Note& note) {
  for (const std::string& missing : settings.missing) {
    if (rsp::same_text(missing, name)) return note("missing " + missing), nullptr;
  }
  for (std::span<const AtRow> table : at_tables()) {
    for (const AtRow& row : table) {
      if (row.name != name) continue;
      if (row.families.empty()) return &row;
      for (const std::string& family : settings.families) {
        if (row.families.contains(family)) return &row;
      }
    }
  }
  return nullptr;
}

}  // namespace hil
