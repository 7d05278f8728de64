// The file in which a mock server keeps what has to outlast it: orders, and events of an SM-DS.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace smdp {

/// A database of SQLite. Who opens it has it alone until it is closed, since what is in it is in
/// memory as well. Each error is of Layer::kStorage and names the file and a remedy.
class StoreFile {
 public:
  /// Opens the file, and makes it where it does not exist. Error: it cannot be opened or written,
  /// is in use, is no database, damaged, another program's, or of a later version of this one.
  static rsp::Result<std::shared_ptr<StoreFile>> open(const std::filesystem::path& file);
  ~StoreFile();
  StoreFile(const StoreFile&) = delete;
  StoreFile& operator=(const StoreFile&) = delete;

  /// One statement of SQL, prepared.
  class Statement {
   public:
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    /// Values for ?1, ?2 and so on. What they point to must outlive the statement.
    Statement& bind(std::string_view text);
    Statement& bind(rsp::BytesView octets);
    Statement& bind(bool value);
    /// Whether there is a row; its columns are valid until the next step.
    rsp::Result<bool> step();
    std::string text(int column) const;
    rsp::BytesView octets(int column) const;
    int number(int column) const;

   private:
    friend StoreFile;
    Statement(const StoreFile& file, sqlite3_stmt* statement)
        : file_(&file), statement_(statement) {}
    const StoreFile* file_;
    sqlite3_stmt* statement_;
    int bound_ = 0;
  };
  rsp::Result<Statement> prepare(std::string_view sql) const;
  rsp::Status execute(std::string_view sql) const;
  /// Everything that `body` writes, or nothing of it where it fails or the process ends in between.
  rsp::Status transaction(const std::function<rsp::Status()>& body) const;
  /// That something in it is not what this program wrote.
  std::unexpected<rsp::Error> damaged(std::string_view what) const;

 private:
  StoreFile(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
  rsp::Status prepare_tables() const;
  rsp::Result<int> number(std::string_view sql) const;
  std::unexpected<rsp::Error> failure(std::string_view why, std::string_view hint) const;
  /// What SQLite says of its last call.
  std::unexpected<rsp::Error> failed() const;

  sqlite3* handle_;
  std::string file_;
};

}  // namespace smdp
