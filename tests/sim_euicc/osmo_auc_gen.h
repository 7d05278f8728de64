// osmo-auc-gen of libosmocore, an authentication centre that is not ours, as a child process.
#pragma once

#include <stdio.h>
#include <sys/wait.h>

#include <map>
#include <sstream>

#include "aka_test_support.h"

namespace sim::testing {

/// What a run of osmo-auc-gen printed: names and values.
using Vector = std::map<std::string, std::string>;

inline Vector parse(const std::string& output) {
  Vector vector;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) vector[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return vector;
}

inline Vector osmo_auc_gen(const std::string& arguments) {
  FILE* pipe = ::popen(("osmo-auc-gen " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string output;
  char buffer[4096];
  for (std::size_t size; (size = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.append(buffer, size);
  int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << arguments << "\n" << output;
  return parse(output);
}

inline bool is_installed() {
  int status = ::system("command -v osmo-auc-gen >/dev/null 2>&1");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

inline Bytes bytes(const Vector& vector, const std::string& name) {
  auto found = vector.find(name);
  EXPECT_TRUE(found != vector.end()) << "osmo-auc-gen gave no " << name;
  return found == vector.end() ? Bytes{} : rsp::from_hex(found->second).value();
}

/// What a USIM answers in the 3G context that has computed the same.
inline Bytes success(const Vector& vector) {
  Bytes out{0xDB};
  for (const char* name : {"RES", "CK", "IK", "Kc"}) {
    Bytes value = bytes(vector, name);
    out.push_back(static_cast<std::uint8_t>(value.size()));
    rsp::append(out, value);
  }
  return out;
}

}  // namespace sim::testing
