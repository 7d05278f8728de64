// Errors in what a file holds.
#pragma once

#include <filesystem>

#include "rsp/base/result.h"

namespace cli {

/// The error with the file's name before its step.
inline rsp::Error in_file(rsp::Error error, const std::filesystem::path& file) {
  error.step = file.string() + (error.step.empty() ? "" : ", " + error.step);
  return error;
}

}  // namespace cli
