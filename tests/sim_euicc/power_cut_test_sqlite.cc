// A card whose memory is a file, and whose process is killed: at every commit, and at every write
// to the file, half of which may have been done. Opened again, the file holds the card as before
// the interrupted command or as after it.
#include <fmt/format.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "power_cut_support.h"
#include "tests/temp_dir.h"

namespace sim::testing {
namespace {

namespace fs = std::filesystem;

/// How often something has happened in a process that may be dead by now, and when it kills.
struct Counter {
  std::uint64_t count = 0;
  std::uint64_t kill_at = 0;  // 0: never
};

class SharedCounter {
 public:
  SharedCounter()
      : counter_(static_cast<Counter*>(::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (counter_ == MAP_FAILED) throw std::runtime_error("no shared memory");
  }
  ~SharedCounter() { ::munmap(counter_, sizeof(Counter)); }
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;
  Counter* operator->() const { return counter_; }
  Counter* get() const { return counter_; }

 private:
  Counter* counter_;
};

/// Kills its process before or after the commit whose turn it is.
class KillingStorage final : public Storage {
 public:
  KillingStorage(Storage& honest, Counter& counter, Cut::Moment moment)
      : honest_(honest), counter_(counter), moment_(moment) {}
  std::string name() const override { return honest_.name(); }
  rsp::Result<StorageRecords> load() override { return honest_.load(); }
  rsp::Status commit(std::span<const StorageWrite> writes) override {
    bool now = ++counter_.count == counter_.kill_at;
    if (now && moment_ == Cut::Moment::kBefore) ::raise(SIGKILL);
    auto done = honest_.commit(writes);
    if (now) ::raise(SIGKILL);
    return done;
  }

 private:
  Storage& honest_;
  Counter& counter_;
  Cut::Moment moment_;
};

// SQLite's way to the file system, in a child process only, where nothing else is running.
Counter* file_writes = nullptr;

ssize_t write_or_die(int file, const void* octets, std::size_t size, off_t at) {
  if (++file_writes->count != file_writes->kill_at) return ::pwrite(file, octets, size, at);
  (void)!::pwrite(file, octets, size / 2, at);
  ::raise(SIGKILL);
  return -1;
}

void die_at_a_write(Counter& counter) {
  file_writes = &counter;
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  auto replacement = reinterpret_cast<sqlite3_syscall_ptr>(&write_or_die);
  for (const char* name : {"pwrite", "pwrite64"}) system->xSetSystemCall(system, name, replacement);
}

/// Downloads profile 2, enables it, and deletes profile 1, each where that is not done yet: as
/// somebody does whose card has lost its power.
void carry_on(Bench& card) {
  std::optional<Bytes> otpk;
  auto is_there = [&](unsigned number) { return card.euicc->memory().find(iccid(number)); };
  if (!is_there(2)) EXPECT_EQ(download(card, otpk, 2, smdp::KeyMode::kRandomKeys), "installed");
  if (is_there(2)->state != rsp::ProfileState::kEnabled) EXPECT_EQ(card.enable(iccid(2)), "ok");
  if (is_there(1)) EXPECT_EQ(card.remove(iccid(1)), "ok");
}

class KilledProcess : public ::testing::Test {
 protected:
  KilledProcess() {
    {
      auto storage = open_sqlite_storage(folder_.path() / "start.db").value();
      Bench card;
      card.other_storage = storage.get();
      card.start();
      card.install(1);
      card.enable(iccid(1));
      start_ = storage->load().value();
    }
    CutRig rig(start_);
    states_.push_back(powered_text(rig.records()));
    std::uint64_t writes = rig.writes();
    rig.observer = [&] {
      if (rig.writes() > writes) states_.push_back(powered_text(rig.records()));
      writes = rig.writes();
    };
    carry_on(rig.card);
  }

  /// Carries on in a process of its own on a fresh copy of the file. Whether it was killed.
  bool run_child(const std::function<void()>& arm, Cut::Moment moment) {
    for (const char* suffix : {"", "-wal", "-journal", "-shm"})
      fs::remove(file().string() + suffix);
    fs::copy_file(folder_.path() / "start.db", file());
    ::pid_t child = ::fork();
    if (child == 0) {
      arm();
      auto storage = open_sqlite_storage(file()).value();
      KillingStorage killing(*storage, *commits_.get(), moment);
      Bench card;
      card.other_storage = &killing;
      card.start();
      carry_on(card);
      ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    EXPECT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << status;
    return killed;
  }

  /// Opens the file after a kill. Which of the states it is in; and all goes on well from there.
  std::size_t check_file() {
    NotificationHistory history;
    history.observe(start_);
    auto opened = open_sqlite_storage(file());
    if (!opened) {
      ADD_FAILURE() << opened.error().message();
      return 0;
    }
    Storage& storage = **opened;
    history.observe(storage.load().value());
    bool interrupted = storage.load().value().contains("load");
    Bench card;
    card.other_storage = &storage;
    card.start();
    std::string text = text_of(card.euicc->memory());
    auto found = std::ranges::find(states_, text);
    EXPECT_NE(found, states_.end()) << text;
    EXPECT_EQ(interruptions(text), interrupted ? 1U : 0U);
    card.power_cycle();
    EXPECT_EQ(text_of(card.euicc->memory()), text) << "after one more power-on";
    history.observe(storage.load().value());
    carry_on(card);
    card.power_cycle();
    history.observe(storage.load().value());
    EXPECT_EQ(canonical(text_of(card.euicc->memory())), canonical(states_.back()));
    return static_cast<std::size_t>(found - states_.begin());
  }

  fs::path file() const { return folder_.path() / "card.db"; }

  testing_files::TempDir folder_;
  StorageRecords start_;
  std::vector<std::string> states_;  // after a power-on, before each commit and after the last
  SharedCounter commits_, writes_;
};

TEST_F(KilledProcess, AtEachCommitLeavesTheCardBeforeOrAfterIt) {
  std::size_t commits = states_.size() - 1, points = 0;
  ASSERT_GE(commits, 5U) << "key pair, load begun, profile, enabling, deleting";
  for (std::size_t at = 1; at <= commits; ++at) {
    for (auto moment : {Cut::Moment::kBefore, Cut::Moment::kAfter}) {
      Cut cut{Cut::Place::kWrite, at, moment};
      SCOPED_TRACE(cut.text());
      commits_->count = 0;
      commits_->kill_at = at;
      EXPECT_TRUE(run_child([] {}, moment));
      EXPECT_EQ(check_file(), moment == Cut::Moment::kBefore ? at - 1 : at);
      ++points;
    }
  }
  RecordProperty("cut_points", std::to_string(points));
  fmt::print("download, enable, delete on a file: {} commits, {} cut points\n", commits, points);
}

TEST_F(KilledProcess, HalfwayThroughEachWriteToTheFileLeavesTheCardBeforeOrAfterACommit) {
  commits_->kill_at = writes_->kill_at = 0;
  auto arm = [&] { die_at_a_write(*writes_.get()); };
  EXPECT_FALSE(run_child(arm, Cut::Moment::kBefore));
  std::uint64_t writes = writes_->count;
  ASSERT_GE(writes, 10U) << "a commit writes a page and its header at least";
  std::size_t last = 0;
  for (std::uint64_t at = 1; at <= writes; ++at) {
    SCOPED_TRACE(fmt::format("write {} to the file", at));
    writes_->count = 0;
    writes_->kill_at = at;
    EXPECT_TRUE(run_child(arm, Cut::Moment::kBefore));
    std::size_t state = check_file();
    EXPECT_GE(state, last) << "something that was done is undone";
    last = state;
  }
  EXPECT_EQ(last, states_.size() - 2) << "half of the very last write is the last commit undone";
  RecordProperty("cut_points", std::to_string(writes));
  fmt::print("download, enable, delete on a file: {} writes to the file torn\n", writes);
}

}  // namespace
}  // namespace sim::testing
