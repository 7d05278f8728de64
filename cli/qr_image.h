// Activation codes out of pictures.
#pragma once

#include <filesystem>

#include "rsp/base/result.h"

namespace cli {

/// The activation code in a picture of a QR code, as text. The program zbarimg does the reading.
/// Error: Layer::kInput for a picture that cannot be read, or without exactly one activation code;
/// Layer::kStorage with the package's name where zbarimg is not installed.
rsp::Result<std::string> read_qr_image(const std::filesystem::path& file);

}  // namespace cli
