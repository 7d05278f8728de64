#include "sim_euicc/uicc.h"

#include <algorithm>

namespace sim {

using rsp::card::CommandApdu;

/// One row of the command table. Class and instruction as ETSI TS 102 221 table 10.5 has them.
struct Uicc::Command {
  enum class Class : std::uint8_t { kInterindustry, kProprietary };
  std::uint8_t ins;
  Class cla;
  Handler run;
};

std::span<const Uicc::Command> Uicc::commands() {
  using enum Command::Class;
  static constexpr Command kCommands[] = {
      {0xA4, kInterindustry, &Uicc::select},        {0xF2, kProprietary, &Uicc::status},
      {0xB0, kInterindustry, &Uicc::read_binary},   {0xD6, kInterindustry, &Uicc::update_binary},
      {0xB2, kInterindustry, &Uicc::read_record},   {0xDC, kInterindustry, &Uicc::update_record},
      {0xA2, kInterindustry, &Uicc::search_record}, {0x32, kProprietary, &Uicc::increase},
      {0xCB, kProprietary, &Uicc::retrieve_data},   {0xDB, kProprietary, &Uicc::set_data},
      {0x20, kInterindustry, &Uicc::verify_pin},    {0x24, kInterindustry, &Uicc::change_pin},
      {0x26, kInterindustry, &Uicc::disable_pin},   {0x28, kInterindustry, &Uicc::enable_pin},
      {0x2C, kInterindustry, &Uicc::unblock_pin},   {0x04, kInterindustry, &Uicc::deactivate_file},
      {0x44, kInterindustry, &Uicc::activate_file}, {0x84, kInterindustry, &Uicc::get_challenge},
      {0x88, kInterindustry, &Uicc::authenticate},  {0x78, kProprietary, &Uicc::get_identity},
  };
  return kCommands;
}

void Uicc::run(std::optional<rsp::Aid> profile, std::shared_ptr<const ProfileImage> image) {
  running_ = std::move(profile);
  // The image decodes them anew each time it is asked, and a reset mostly finds the same one.
  if (image_ != image) {
    image_ = std::move(image);
    security_domains_.clear();
    for (const auto& domain : image_->security_domains())
      security_domains_.push_back(domain.instance.instance_aid);
  }
  verified_.clear();
}

Answer Uicc::handle(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto row = std::ranges::find(commands(), command.ins, &Command::ins);
  if (row == commands().end()) return refuse(rsp::card::kInstructionNotSupported);
  bool interindustry = row->cla == Command::Class::kInterindustry;
  if (interindustry != rsp::card::is_iso_class(command.cla))
    return refuse(rsp::card::kClassNotSupported);
  if (command.ins != 0xDB) at.object_received.clear();
  return (this->*row->run)(command, at, tx);
}

}  // namespace sim
