#include "fake_smdp/store_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace smdp {
namespace {

using rsp::Layer;

constexpr int kApplicationId = 0x534D4450;  // "SMDP"
/// 1: without events. A file of that kind gets their table when it is opened.
constexpr int kFormat = 2;
/// A server that is just ending is given this long to let go of the file.
constexpr int kPatienceInMilliseconds = 2000;

constexpr std::string_view kRestore =
    "restore the file from a copy, or name one that does not exist yet";
constexpr std::string_view kOtherFile =
    "name a file that does not exist yet, or that this program made";
constexpr std::string_view kMayWrite = "is there room, and may you write the file and its folder?";

}  // namespace

rsp::Result<std::shared_ptr<StoreFile>> StoreFile::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  int result =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  std::shared_ptr<StoreFile> store(new StoreFile(handle, file.string()));
  if (result != SQLITE_OK)
    return store->failure(fmt::format("it cannot be opened: {}", sqlite3_errstr(result)),
                          "does its folder exist, and may you write there?");
  RSP_CHECK(store->prepare_tables());
  return store;
}

StoreFile::~StoreFile() { sqlite3_close(handle_); }

rsp::Status StoreFile::prepare_tables() const {
  // SQLite opens what it may not write without a word, for reading.
  if (sqlite3_db_readonly(handle_, "main") == 1)
    return failure("it may not be written", "may you write the file and its folder?");
  sqlite3_busy_timeout(handle_, kPatienceInMilliseconds);
  RSP_CHECK(execute("PRAGMA locking_mode=EXCLUSIVE"));
  RSP_TRY(int application, number("PRAGMA application_id"));
  RSP_TRY(int format, number("PRAGMA user_version"));
  RSP_TRY(int tables, number("SELECT count(*) FROM sqlite_schema"));
  if (tables > 0 && application != kApplicationId)
    return failure("it belongs to another program", kOtherFile);
  if (format > kFormat)
    return failure(fmt::format("it has format {}, of a later version of this program", format),
                   "use that version, or name another file");
  RSP_CHECK(execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
  // A file that was cut off is noticed here and not in the middle of a download.
  {
    RSP_TRY(Statement check, prepare("PRAGMA quick_check(1)"));
    RSP_TRY(bool row, check.step());
    if (row && check.text(0) != "ok") return damaged(check.text(0));
  }
  return transaction([&] {
    return execute(fmt::format(
        "PRAGMA application_id={}; PRAGMA user_version={};"
        "CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, record BLOB NOT NULL, "
        "package BLOB NOT NULL);"
        "CREATE TABLE IF NOT EXISTS events (eid TEXT NOT NULL, event_id TEXT NOT NULL, "
        "rsp_server_address TEXT NOT NULL, requester TEXT NOT NULL, forwarded INTEGER NOT NULL, "
        "PRIMARY KEY (eid, event_id));",
        kApplicationId, kFormat));
  });
}

std::unexpected<rsp::Error> StoreFile::failure(std::string_view why, std::string_view hint) const {
  return rsp::failure({.layer = Layer::kStorage,
                       .path = file_,
                       .text = fmt::format("the store {} cannot be used: {}", file_, why),
                       .hint = std::string(hint)});
}

std::unexpected<rsp::Error> StoreFile::failed() const {
  switch (sqlite3_errcode(handle_)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return failure("another program has it open",
                     "end that program, or name another file; two servers cannot share one");
    case SQLITE_NOTADB:
      return failure("it is no database", kOtherFile);
    case SQLITE_CORRUPT:
      return damaged(sqlite3_errmsg(handle_));
    case SQLITE_READONLY:
      return failure("it may not be written", "may you write the file and its folder?");
    default:
      return failure(sqlite3_errmsg(handle_), kMayWrite);
  }
}

std::unexpected<rsp::Error> StoreFile::damaged(std::string_view what) const {
  return failure(fmt::format("it is damaged: {}", what), kRestore);
}

// --- SQL ---

rsp::Result<StoreFile::Statement> StoreFile::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK)
    return failed();
  return Statement(*this, statement);
}

rsp::Status StoreFile::execute(std::string_view sql) const {
  if (sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return {};
  return failed();
}

rsp::Status StoreFile::transaction(const std::function<rsp::Status()>& body) const {
  RSP_CHECK(execute("BEGIN IMMEDIATE"));
  rsp::Status done = body();
  if (done) done = execute("COMMIT");
  if (!done) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

rsp::Result<int> StoreFile::number(std::string_view sql) const {
  RSP_TRY(Statement statement, prepare(sql));
  RSP_TRY(bool row, statement.step());
  return row ? statement.number(0) : 0;
}

StoreFile::Statement::~Statement() { sqlite3_finalize(statement_); }

StoreFile::Statement::Statement(Statement&& other) noexcept
    : file_(other.file_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

StoreFile::Statement& StoreFile::Statement::bind(std::string_view text) {
  sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}

StoreFile::Statement& StoreFile::Statement::bind(rsp::BytesView octets) {
  // A null pointer would be NULL, which is no empty one.
  if (octets.empty())
    sqlite3_bind_zeroblob(statement_, ++bound_, 0);
  else
    sqlite3_bind_blob64(statement_, ++bound_, octets.data(), octets.size(), SQLITE_STATIC);
  return *this;
}

StoreFile::Statement& StoreFile::Statement::bind(bool value) {
  sqlite3_bind_int(statement_, ++bound_, value ? 1 : 0);
  return *this;
}

rsp::Result<bool> StoreFile::Statement::step() {
  int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return file_->failed();
}

std::string StoreFile::Statement::text(int column) const {
  auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr
             ? std::string()
             : std::string(data,
                           static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

rsp::BytesView StoreFile::Statement::octets(int column) const {
  auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

int StoreFile::Statement::number(int column) const {
  return sqlite3_column_int(statement_, column);
}

}  // namespace smdp
