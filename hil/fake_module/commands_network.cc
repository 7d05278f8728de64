// Registration, packet data contexts and signal: as much as a client asks before it goes on.
#include <fmt/format.h>

#include "hil/fake_module/commands.h"

namespace hil {
namespace {

AtAnswer registration_status(AtContext& at, const AtCommand& command) {
  std::uint32_t& report = at.network.reports[command.name];
  if (command.form == AtForm::kTest) return at_line(command.name + ": (0-2)");
  std::uint32_t stat = registration(at);
  if (command.form == AtForm::kRead) {
    bool where = report >= 2 && (stat == 1 || stat == 5);
    return at_line(fmt::format("{}: {},{}{}", command.name, report, stat,
                               where ? ",\"0001\",\"00000001\",7" : ""));
  }
  auto value = command.arguments.empty() ? std::optional(0U) : command.number(0);
  if (!value || *value > 5) return at_cme(kCmeIncorrectParameters);
  report = *value;
  return at_ok();
}

AtAnswer context(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+CGDCONT: (1-15),\"IPV4V6\",,,(0-2),(0-4)");
  if (command.form == AtForm::kRead) {
    AtAnswer answer;
    for (const auto& [id, text] : at.network.contexts)
      answer.lines.push_back(fmt::format("+CGDCONT: {},{}", id, text));
    return answer;
  }
  auto id = command.number(0);
  if (!id || *id < 1 || *id > 15) return at_cme(kCmeIncorrectParameters);
  if (command.arguments.size() == 1) {
    at.network.contexts.erase(*id);
  } else {
    at.network.contexts[*id] = fmt::format("{},{},\"0.0.0.0\",0,0", at_quoted(command.text_of(1)),
                                           at_quoted(command.text_of(2)));
  }
  return at_ok();
}

AtAnswer activate(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+CGACT: (0,1)");
  if (command.form == AtForm::kRead) {
    AtAnswer answer;
    for (const auto& [id, text] : at.network.contexts)
      answer.lines.push_back(fmt::format("+CGACT: {},{}", id, at.network.active[id] ? 1 : 0));
    return answer;
  }
  auto state = command.number(0), id = command.number(1);
  if (!state || *state > 1 || !id || !at.network.contexts.contains(*id))
    return at_cme(kCmeIncorrectParameters);
  if (*state == 1 && !at.network.registered) return at_cme(kCmeNotAllowed);
  at.network.active[*id] = *state == 1;
  return at_ok();
}

AtAnswer attach(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+CGATT: (0,1)");
  if (command.form == AtForm::kRead)
    return at_line(fmt::format("+CGATT: {}", at.network.registered && at.network.attached ? 1 : 0));
  auto state = command.number(0);
  if (!state || *state > 1) return at_cme(kCmeIncorrectParameters);
  at.network.attached = *state == 1;
  return at_ok();
}

AtAnswer network_operator(AtContext& at, const AtCommand& command) {
  if (command.form != AtForm::kRead) return at_ok();
  if (!at.network.registered) return at_line("+COPS: 0");
  return at_line(fmt::format("+COPS: 0,2,{},7", at_quoted(at.settings.home_network)));
}

AtAnswer signal(AtContext& at, const AtCommand&) {
  return at_line(at.network.functionality == 1 ? "+CSQ: 24,99" : "+CSQ: 99,99");
}

AtAnswer address(AtContext& at, const AtCommand& command) {
  std::uint32_t id = command.number(0).value_or(1);
  auto active = at.network.active.find(id);
  if (active == at.network.active.end() || !active->second) return at_ok();
  return at_line(fmt::format("+CGPADDR: {},\"192.0.2.1\"", id));
}

/// +QMBNCFG="AutoSel",1 makes a new profile's network known, from the next reset on (F79).
AtAnswer carrier_configuration(AtContext& at, const AtCommand& command) {
  if (command.text_of(0) == "AutoSel" && command.number(1) == 1U) at.settings.stale_mbn = false;
  return at_ok();
}

constexpr AtRow kRows[] = {
    {"+CREG", "", registration_status},
    {"+CGREG", "", registration_status},
    {"+CEREG", "", registration_status},
    {"+CGDCONT", "", context},
    {"+CGACT", "", activate},
    {"+CGPADDR", "", address},
    {"+CGATT", "", attach},
    {"+COPS", "", network_operator},
    {"+CSQ", "", signal},
    {"+CEER", "", answer_ok},
    {"+QMBNCFG", "quectel", carrier_configuration},
    {"+QCFG", "quectel", answer_ok},
    {"+QICSGP", "quectel", answer_ok},
    {"+QIACT", "quectel", answer_ok},
};

}  // namespace

std::uint32_t registration(const AtContext& at) {
  if (at.network.registered) return *at.network.registered;
  if (at.network.functionality != 1) return 0;
  return at.settings.unregistered;
}

std::span<const AtRow> network_commands() { return kRows; }

}  // namespace hil
