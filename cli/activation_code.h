// smdp activation-code, and codes as QR codes for whoever reads along.
#pragma once

#include "cli/command.h"

namespace cli {

/// The QR code of a text in half blocks, in colours of its own where `descriptor` is a terminal and
/// NO_COLOR is not set. Error: Layer::kInput for a text that no QR code holds.
rsp::Result<std::string> qr_for_people(const std::string& text, int descriptor);

void add_activation_code(App& app, CLI::App& smdp_app);

}  // namespace cli
