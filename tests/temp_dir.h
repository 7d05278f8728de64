// A folder for the files of one test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "rsp/base/bytes.h"

namespace testing_files {

/// Taken away after the test with all that is in it.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "esimbench-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Makes the folders that the name goes through.
  std::filesystem::path write(const std::filesystem::path& name, rsp::BytesView content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << rsp::text_of(content);
    return path_ / name;
  }
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const {
    return write(name, rsp::view_of(text));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace testing_files
