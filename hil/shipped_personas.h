// The files of the folder personas/ as texts within the program.
#pragma once

#include <span>
#include <string_view>

namespace hil {

struct ShippedPersona {
  std::string_view name, text;
};
extern const std::span<const ShippedPersona> kShippedPersonas;

}  // namespace hil
