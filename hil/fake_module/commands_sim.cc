// The SIM as a module tells of it: state, PIN, ICCID and IMSI, slots, and what +QESIM says.
#include <fmt/format.h>

#include "hil/fake_module/commands.h"

namespace hil {
namespace {

std::string_view pin_text(const AtContext& at) {
  switch (at.sim.state()) {
    case SimState::kReady:
      return "READY";
    case SimState::kPin:
      return "SIM PIN";
    case SimState::kPuk:
      return "SIM PUK";
    default:
      return "NOT INSERTED";
  }
}

AtAnswer pin(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  if (!at.sim.answers()) return at_cme(kCmeNoSim);
  if (command.form == AtForm::kRead) return at_line(fmt::format("+CPIN: {}", pin_text(at)));
  bool blocked = at.sim.state() == SimState::kPuk;
  if (!blocked && at.sim.state() != SimState::kPin) return at_cme(kCmeNotAllowed);
  if (blocked && command.arguments.size() == 1) return at_cme(kCmePuk);
  auto is_code = [](const AtArgument& argument) {
    return argument.text.size() >= 4 && argument.text.size() <= 8 &&
           argument.text.find_first_not_of("0123456789") == argument.text.npos;
  };
  if (command.arguments.size() != (blocked ? 2 : 1) ||
      !std::ranges::all_of(command.arguments, is_code))
    return at_cme(kCmeIncorrectParameters);
  auto sw = blocked ? at.sim.unblock_pin(command.text_of(0), command.text_of(1))
                    : at.sim.verify_pin(command.text_of(0));
  return sw.success() ? at_ok() : at_cme(kCmeWrongPassword);
}

/// "+QCCID: 8988..." for each of the names that there are.
AtAnswer iccid(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  if (!at.sim.answers()) return at_cme(kCmeNoSim);
  std::string digits = at.sim.iccid();
  if (digits.empty()) return at_cme(kCmeSimFailure);
  return at_line(fmt::format("{}: {}", command.name, digits));
}

AtAnswer imsi(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  if (!at.sim.answers()) return at_cme(kCmeNoSim);
  if (at.sim.state() == SimState::kPin) return at_cme(kCmePin);
  if (at.sim.state() == SimState::kPuk) return at_cme(kCmePuk);
  if (at.sim.imsi().empty()) return at_cme(kCmeSimFailure);
  return at_line(at.sim.imsi());
}

/// Bits: 1 PIN done, 2 SMS, 4 phone book.
AtAnswer initial_status(AtContext& at, const AtCommand&) {
  return at_line(fmt::format("+QINISTAT: {}", at.sim.state() == SimState::kReady ? 7 : 0));
}

AtAnswer sim_status(AtContext& at, const AtCommand& command) {
  if (command.form != AtForm::kRead) return at_ok();
  return at_line(fmt::format("+QSIMSTAT: 0,{}", at.sim.powered() ? 1 : 0));
}

/// The other slot is empty. Takes effect with the next +CFUN or reset.
AtAnswer slot(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QUIMSLOT: (1,2)");
  if (command.form == AtForm::kRead) return at_line(fmt::format("+QUIMSLOT: {}", at.settings.slot));
  auto wanted = command.number(0);
  if (!wanted || *wanted < 1 || *wanted > 2) return at_cme(kCmeIncorrectParameters);
  at.settings.slot = *wanted;
  return at_ok();
}

AtAnswer telit_status(AtContext& at, const AtCommand& command) {
  if (command.form != AtForm::kRead) return at_ok();
  return at_line(fmt::format("#QSS: 0,{}", at.sim.powered() ? 1 : 0));
}

AtAnswer qesim(AtContext& at, const AtCommand& command) {
  if (command.form != AtForm::kSet || at.settings.qesim == QesimForm::kNone) return at_error();
  const std::string& operation = command.text_of(0);
  if (at.settings.qesim == QesimForm::kModemLpa && operation == "lpa_enable") {
    if (command.arguments.size() == 1)
      return at_line(fmt::format("+QESIM: \"lpa_enable\",{}", at.settings.internal_lpa ? 1 : 0));
    auto on = command.number(1);
    if (!on || *on > 1) return at_error();
    at.settings.internal_lpa = *on == 1;  // from the next reset on
    return at_ok();
  }
  // Users of both families report ERROR to most of their operations; no public description of
  // their answers is exact enough to be followed.
  return at_error();
}

constexpr AtRow kRows[] = {
    {"+CPIN", "", pin},
    {"+QCCID", "quectel", iccid},
    {"+CCID", "quectel fibocom", iccid},
    {"+ICCID", "simcom fibocom", iccid},
    {"+CICCID", "simcom", iccid},
    {"^ICCID", "huawei", iccid},
    {"!ICCID", "sierra", iccid},
    {"#CCID", "telit", iccid},
    {"%XICCID", "nordic", iccid},
    {"+CIMI", "", imsi},
    {"+QINISTAT", "quectel", initial_status},
    {"+QSIMSTAT", "quectel", sim_status},
    {"+QSIMDET", "quectel", answer_ok},
    {"+QUIMSLOT", "quectel", slot},
    {"+QDSIM", "quectel", answer_ok},
    {"+QESIM", "quectel", qesim},
    {"#QSS", "telit", telit_status},
};

}  // namespace

std::span<const AtRow> sim_commands() { return kRows; }

}  // namespace hil
