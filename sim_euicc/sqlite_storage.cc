#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>
#include <vector>

#include "rsp/crypto/digest.h"
#include "sim_euicc/storage.h"

namespace sim {
namespace {

using rsp::Error;
using rsp::Layer;

/// "eSIM" as SQLite's application_id, so that another program's database is noticed.
constexpr int kApplicationId = 0x6553494D;
/// 1: records without check octets; they are added when such a file is opened.
constexpr int kFormat = 2;

/// What is stored beside a record, so that a file that was damaged behind SQLite's back is noticed.
rsp::crypto::Digest check_octets(std::string_view key, rsp::BytesView value) {
  auto* octets = reinterpret_cast<const std::uint8_t*>(key.data());
  return rsp::crypto::sha256({rsp::BytesView(octets, key.size()), value});
}

class SqliteStorage final : public Storage {
 public:
  SqliteStorage(sqlite3* database, std::string file)
      : database_(database), file_(std::move(file)) {}
  ~SqliteStorage() override {
    for (sqlite3_stmt* statement : {put_, erase_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  SqliteStorage(const SqliteStorage&) = delete;
  SqliteStorage& operator=(const SqliteStorage&) = delete;

  rsp::Status prepare() {
    // A card is in one reader at a time: who opens it has it until it is closed. A short wait lets
    // a command that is just ending end.
    sqlite3_busy_timeout(database_, 2000);
    RSP_CHECK(execute("PRAGMA locking_mode=EXCLUSIVE"));
    RSP_TRY(int application, pragma("application_id"));
    RSP_TRY(int format, pragma("user_version"));
    RSP_TRY(int tables, scalar("SELECT count(*) FROM sqlite_schema"));
    if (tables > 0 && application != kApplicationId) {
      return failure("the database belongs to another program",
                     "name a file that does not exist yet");
    }
    if (format > kFormat) {
      return failure("the card was written by a later version of this program",
                     "use that version, or a new card");
    }
    RSP_CHECK(execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
    RSP_CHECK(
        execute("CREATE TABLE IF NOT EXISTS record (key TEXT PRIMARY KEY, value BLOB NOT NULL, "
                "check_octets BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;"));
    if (tables > 0 && format == 1) RSP_CHECK(upgrade());
    RSP_CHECK(execute(
        fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kApplicationId, kFormat)));
    RSP_CHECK(compile("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)", &put_));
    return compile("DELETE FROM record WHERE key = ?1", &erase_);
  }

  std::string name() const override { return file_; }

  rsp::Result<StorageRecords> load() override {
    sqlite3_stmt* select = nullptr;
    RSP_CHECK(compile("SELECT key, value, check_octets FROM record", &select));
    StorageRecords records;
    std::string damaged;
    int result = SQLITE_ROW;
    while (damaged.empty() && (result = sqlite3_step(select)) == SQLITE_ROW) {
      std::string key = reinterpret_cast<const char*>(sqlite3_column_text(select, 0));
      rsp::BytesView value = blob(select, 1);
      if (!rsp::equal(blob(select, 2), check_octets(key, value))) damaged = key;
      records.emplace(std::move(key),
                      std::make_shared<const rsp::Bytes>(value.begin(), value.end()));
    }
    sqlite3_finalize(select);
    if (!damaged.empty())
      return failure(fmt::format("record {} is damaged: its check octets do not fit", damaged),
                     "restore the file, or begin with a new card");
    if (result != SQLITE_DONE) return failed();
    return records;
  }

  rsp::Status commit(std::span<const StorageWrite> writes) override {
    RSP_CHECK(execute("BEGIN IMMEDIATE"));
    for (const StorageWrite& write : writes) {
      if (auto done = apply(write); !done) {
        sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
        return done;
      }
    }
    auto done = execute("COMMIT");
    if (!done) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
  }

 private:
  static rsp::BytesView blob(sqlite3_stmt* row, int column) {
    auto* octets = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, column));
    return {octets, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
  }

  /// From format 1: the records get their check octets, all or none.
  rsp::Status upgrade() {
    RSP_CHECK(execute("BEGIN IMMEDIATE"));
    RSP_CHECK(execute("ALTER TABLE record ADD COLUMN check_octets BLOB NOT NULL DEFAULT x''"));
    sqlite3_stmt* select = nullptr;
    RSP_CHECK(compile("SELECT key, value FROM record", &select));
    std::vector<StorageWrite> writes;
    while (sqlite3_step(select) == SQLITE_ROW) {
      rsp::BytesView value = blob(select, 1);
      writes.push_back({reinterpret_cast<const char*>(sqlite3_column_text(select, 0)),
                        std::make_shared<const rsp::Bytes>(value.begin(), value.end())});
    }
    sqlite3_finalize(select);
    RSP_CHECK(compile("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)", &put_));
    for (const StorageWrite& write : writes) RSP_CHECK(apply(write));
    sqlite3_finalize(std::exchange(put_, nullptr));
    RSP_CHECK(execute(fmt::format("PRAGMA user_version={}", kFormat)));
    return execute("COMMIT");
  }

  std::unexpected<Error> failure(std::string_view why, std::string_view hint) const {
    return rsp::failure({.layer = Layer::kStorage,
                         .path = file_,
                         .text = fmt::format("the card's memory {} cannot be used: {}", file_, why),
                         .hint = std::string(hint)});
  }
  rsp::Status execute(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return failed();
  }
  std::unexpected<Error> failed() const {
    if (sqlite3_errcode(database_) == SQLITE_BUSY) {
      return failure("another program is using this card",
                     "end that program, or name another card");
    }
    bool damaged =
        sqlite3_errcode(database_) == SQLITE_NOTADB || sqlite3_errcode(database_) == SQLITE_CORRUPT;
    return failure(sqlite3_errmsg(database_), damaged ? "restore the file, or begin with a new card"
                                                      : "is there room, and may you write there?");
  }
  rsp::Status compile(const char* sql, sqlite3_stmt** statement) {
    if (sqlite3_prepare_v2(database_, sql, -1, statement, nullptr) == SQLITE_OK) return {};
    return failed();
  }
  rsp::Result<int> scalar(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    RSP_CHECK(compile(sql.c_str(), &statement));
    int result = sqlite3_step(statement);
    int value = result == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW) return failed();
    return value;
  }
  rsp::Result<int> pragma(std::string_view name) { return scalar(fmt::format("PRAGMA {}", name)); }

  rsp::Status apply(const StorageWrite& write) {
    sqlite3_stmt* statement = write.value ? put_ : erase_;
    sqlite3_bind_text(statement, 1, write.key.data(), static_cast<int>(write.key.size()),
                      SQLITE_STATIC);
    if (write.value) {
      // An empty blob needs a pointer all the same: SQLite takes a null one for NULL.
      const void* data = write.value->empty() ? static_cast<const void*>("") : write.value->data();
      sqlite3_bind_blob64(statement, 2, data, write.value->size(), SQLITE_STATIC);
      auto check = check_octets(write.key, *write.value);
      sqlite3_bind_blob(statement, 3, check.data(), static_cast<int>(check.size()),
                        SQLITE_TRANSIENT);
    }
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (result != SQLITE_DONE) return failed();
    return {};
  }

  sqlite3* database_;
  std::string file_;
  sqlite3_stmt* put_ = nullptr;
  sqlite3_stmt* erase_ = nullptr;
};

}  // namespace

rsp::Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  int result =
      sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto storage = std::make_unique<SqliteStorage>(database, file.string());
  if (result != SQLITE_OK) {
    return rsp::failure({.layer = Layer::kStorage,
                         .path = file.string(),
                         .text = fmt::format("the card's memory {} cannot be opened: {}",
                                             file.string(), sqlite3_errstr(result)),
                         .hint = "does its folder exist, and may you write there?"});
  }
  RSP_CHECK(storage->prepare());
  return storage;
}

}  // namespace sim
