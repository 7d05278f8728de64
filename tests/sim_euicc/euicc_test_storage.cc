// The card's non-volatile memory: what survives, what is noticed when a file is not as it should
// be, and what happens when a write fails.
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "aka_test_support.h"
#include "euicc_test_support.h"
#include "ota_test_support.h"
#include "rsp/pki/crl_issuer.h"
#include "tests/temp_dir.h"

namespace sim::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using testing_files::TempDir;

/// Statements on a database file, behind the card's back.
void run_sql(const fs::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << (message != nullptr ? message : "");
  sqlite3_free(message);
  sqlite3_close(database);
}

/// A CRL in which nothing is revoked.
rsp::LoadCrlRequest load_crl(const Bench& card, std::int64_t number) {
  auto what = rsp::pki::crl_template(card.clock.now(), number);
  return {{rsp::pki::issue_crl_der(what, card.pki.ci)}, {}};
}

constexpr std::string_view kSelectUsim = "00A4040C10A0000000871002FF01FF018900000100";

/// What a terminal and the operator change in the profile that runs. The name of the first command
/// that does not answer as it should; "" where all do.
std::string use_profile(Bench& card) {
  AuthenticationCentre network(milenage());
  std::string challenge = to_hex(sim::testing::challenge(kRand, network.autn(kRand, sqn_of(1, 0))));
  rsp::UpdateMetadataRequest named;
  named.service_provider_name = std::string("Another");
  ota::testing::Operator sender;
  std::string envelope = to_hex(sender.compact(ota::testing::update_commands(named)).front());
  struct Step {
    std::string_view name;
    std::string command, answer;
  };
  const Step steps[] = {
      {"SELECT", std::string(kSelectUsim), "9000"},
      {"SELECT", "00A4000C026F3C", "9000"},
      {"UPDATE RECORD", "00DC0204B001" + std::string(350, '0'), "9000"},
      {"VERIFY PIN", "00200081083939393939393939", "63C2"},
      {"AUTHENTICATE", "0088008122" + challenge + "00", "DB"},
      {"ENVELOPE", fmt::format("80C20000{:02X}{}", envelope.size() / 2, envelope), "9000"},
  };
  for (const Step& step : steps) {
    if (!card.apdu(step.command).starts_with(step.answer)) return std::string(step.name);
  }
  return "";
}

/// A card whose memory is a file, which has been through everything that is remembered.
void use_up(Bench& card) {
  card.install(1);
  card.install(2);
  card.enable(iccid(1));
  card.enable(iccid(2));
  EXPECT_EQ(use_profile(card), "");
  card.call(rsp::SetNicknameRequest{iccid(1), std::string("mine"), {}});
  card.command("BF3F058003612E62");
  card.remove_notification(1);
  card.call(load_crl(card, 1));
  card.prepare(Dp(card.pki));
}

class SqliteFile : public ::testing::Test {
 protected:
  fs::path file() const { return dir.path() / "card.db"; }
  /// Opens the file anew and powers a card with it.
  void power_up(Bench& card) {
    storage.reset();  // a card is in one place at a time
    auto opened = open_sqlite_storage(file());
    ASSERT_TRUE(opened) << opened.error().message();
    storage = *std::move(opened);
    card.other_storage = storage.get();
    card.server ? card.power_cycle() : card.start();
  }
  TempDir dir;
  std::unique_ptr<Storage> storage;
};

// --- What survives ---

TEST_F(SqliteFile, KeepsEverythingThatTheCardKnows) {
  Bench card;
  power_up(card);
  use_up(card);
  std::string before = exact_text_of(card.euicc->memory());
  std::string notifications = card.command("BF2B00"), profiles = card.command("BF2D00");
  Bytes package = *card.euicc->memory().find(iccid(1))->package;
  power_up(card);
  EXPECT_EQ(exact_text_of(card.euicc->memory()), before);
  EXPECT_EQ(card.command("BF2B00"), notifications);
  EXPECT_EQ(card.command("BF2D00"), profiles);
  EXPECT_EQ(*card.euicc->memory().find(iccid(1))->package, package);
}

TEST_F(SqliteFile, KeepsTheOneTimeKey) {
  Bench card;
  power_up(card);
  Dp dp(card.pki);
  card.prepare(dp);
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  power_up(card);
  card.prepare(dp);
  EXPECT_EQ(to_hex(card.prepared.euicc_signed2.value.euicc_otpk), to_hex(*dp.offered_otpk));
}

TEST_F(SqliteFile, KeepsALoadThatHasBegun) {
  Bench card;
  power_up(card);
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  power_up(card);
  EXPECT_EQ(outcome_of(std::get<rsp::ProfileInstallationResult>(card.pending().at(0))),
            "loadProfileElements: installFailedDueToInterruption");
}

TEST_F(SqliteFile, ForgetsWhatWasDeleted) {
  Bench card;
  power_up(card);
  card.install(1);
  card.remove(iccid(1));
  for (std::uint32_t number : {1U, 2U}) card.remove_notification(number);
  power_up(card);
  EXPECT_EQ(text_of(card.euicc->memory()),
            "next number 3, default SM-DP+ '', one-time key none, load none\n");
}

TEST_F(SqliteFile, KeepsTheCredentials) {
  auto written = testing_world::card_credentials(testing_world::test_pki(Curve::kNistP256));
  {
    auto storage = open_sqlite_storage(file()).value();
    EXPECT_FALSE(load_credentials(*storage).value()) << "a new card has none";
    ASSERT_TRUE(store_credentials(*storage, written));
  }
  auto storage = open_sqlite_storage(file()).value();
  auto read = load_credentials(*storage).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->eid, written.eid);
  EXPECT_EQ(read->trusted_cis, written.trusted_cis);
  EXPECT_EQ(read->signing.at(0).euicc, written.signing.at(0).euicc);
  EXPECT_EQ(read->signing.at(0).eum, written.signing.at(0).eum);
  EXPECT_EQ(read->signing.at(0).key.scalar(), written.signing.at(0).key.scalar());
  EXPECT_EQ(read->signing.at(0).ci_pkid, written.signing.at(0).ci_pkid);
}

// --- Files that cannot be a card's memory: the error names the file and a remedy ---

void expect_refused(const rsp::Error& error, const fs::path& file, std::string_view why) {
  EXPECT_EQ(rsp::to_string(error.layer), "storage");
  EXPECT_THAT(error.text, HasSubstr(file.string()));
  EXPECT_THAT(error.text, HasSubstr(std::string(why)));
  EXPECT_NE(error.hint, "");
}

TEST_F(SqliteFile, OfAnotherProgramIsRefused) {
  run_sql(file(), "CREATE TABLE song (title TEXT)");
  auto opened = open_sqlite_storage(file());
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), file(), "another program");
}

TEST_F(SqliteFile, OfALaterFormatIsRefused) {
  ASSERT_TRUE(open_sqlite_storage(file()));
  run_sql(file(), "PRAGMA user_version=3");
  auto opened = open_sqlite_storage(file());
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), file(), "later version");
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsRefused) {
  std::ofstream(file()) << std::string(4096, 'x');
  auto opened = open_sqlite_storage(file());
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), file(), "not a database");
}

TEST_F(SqliteFile, InUseElsewhereIsRefused) {
  auto first = open_sqlite_storage(file());
  ASSERT_TRUE(first);
  auto second = open_sqlite_storage(file());
  ASSERT_FALSE(second);
  expect_refused(second.error(), file(), "another program");
}

TEST_F(SqliteFile, ThatIsDamagedIsRefused) {
  {
    Bench card;
    power_up(card);
    card.install(1);
    storage.reset();
  }
  // Nearly everything after the first page of the database.
  auto size = fs::file_size(file());
  ASSERT_GT(size, 8192U);
  {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(4096);
    stream << std::string(size - 4096, '\x5A');
  }
  auto opened = open_sqlite_storage(file());
  rsp::Error error;
  if (opened) {
    auto records = (*opened)->load();
    ASSERT_FALSE(records);
    error = records.error();
  } else {
    error = opened.error();
  }
  expect_refused(error, file(), "malformed");
}

TEST_F(SqliteFile, InAFolderThatIsNotThereIsRefused) {
  fs::path missing = dir.path() / "folder" / "card.db";
  auto opened = open_sqlite_storage(missing);
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), missing, "unable to open");
}

TEST_F(SqliteFile, InAFolderWhereNobodyMayWriteIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec);
  auto opened = open_sqlite_storage(file());
  fs::permissions(dir.path(), fs::perms::owner_all);
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), file(), "unable to open");
}

TEST_F(SqliteFile, ThatIsAFolderIsRefused) {
  auto opened = open_sqlite_storage(dir.path());
  ASSERT_FALSE(opened);
  expect_refused(opened.error(), dir.path(), "unable to open");
}

TEST_F(SqliteFile, WithADamagedRecordIsRefused) {
  Bench card;
  power_up(card);
  use_up(card);
  storage.reset();
  run_sql(file(), "UPDATE record SET value = x'30030201' WHERE key = 'settings'");
  auto opened = open_sqlite_storage(file()).value();
  auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, *opened});
  ASSERT_FALSE(euicc);
  expect_refused(euicc.error(), file(), "settings");
}

/// One record of each kind, damaged or missing.
TEST(DamagedRecord, IsNamed) {
  Bench card;
  card.start();
  use_up(card);
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(3), package_for(metadata_for(3)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  ASSERT_TRUE(store_credentials(card.storage, card.credentials));
  StorageRecords whole = card.storage.records();
  std::set<std::string> kinds;
  for (const auto& [key, value] : whole) {
    kinds.insert(key.substr(0, key.find('/')));
    if (key.starts_with("package/") || key == "credentials")
      continue;  // not looked into at power-on
    StorageRecords records = whole;
    records[key] = std::make_shared<const Bytes>(value->begin(), value->end() - 1);
    MemoryStorage storage(records);
    auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, storage});
    ASSERT_FALSE(euicc) << key;
    EXPECT_THAT(euicc.error().text, HasSubstr(key));
    EXPECT_NE(euicc.error().hint, "");
  }
  EXPECT_EQ(kinds,
            (std::set<std::string>{"codes", "credentials", "crl", "file", "load", "notification",
                                   "ota", "otpk", "package", "profile", "settings", "sqn"}));
}

/// A profile whose EF.SMS was written, and is damaged since.
class DamagedFile : public ::testing::Test {
 protected:
  DamagedFile() {
    card.start();
    card.install(1);
    card.enable(iccid(1));
    EXPECT_EQ(use_profile(card), "");
  }
  /// The card's records with another content of the file.
  StorageRecords damaged(std::size_t octets) {
    StorageRecords records = card.storage.records();
    auto file = std::ranges::find_if(
        records, [](const auto& record) { return record.first.starts_with("file/"); });
    key = file->first;
    FileData data;
    data.content = Bytes(octets, 0x01);
    file->second = share(rsp::asn1::encode(data));
    return records;
  }
  Bench card;
  std::string key;
};

TEST_F(DamagedFile, IsNamedWhereItsProfileRuns) {
  for (std::size_t octets : {1U, 1759U, 1761U}) {
    MemoryStorage storage(damaged(octets));
    auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, storage});
    ASSERT_FALSE(euicc) << octets;
    EXPECT_THAT(euicc.error().text, HasSubstr(key));
    EXPECT_NE(euicc.error().hint, "");
  }
}

TEST_F(DamagedFile, IsAsInstalledWhereItsProfileComesToRun) {
  card.disable(iccid(1));
  MemoryStorage storage(damaged(1));
  card.other_storage = &storage;
  card.power_cycle();
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu(kSelectUsim), "9000");
  EXPECT_EQ(card.apdu("00A4000C026F3C"), "9000");
  EXPECT_EQ(card.apdu("00B20204B0"), "00" + std::string(350, 'F') + "9000");
  EXPECT_EQ(card.apdu("00DC0A04B001" + std::string(350, '0')), "9000");
  EXPECT_EQ(card.apdu("00B20A04B0"), "01" + std::string(350, '0') + "9000");
}

TEST(DamagedRecord, ACardThatHasLostItsCredentialsIsRefused) {
  Bench card;
  card.start();
  card.install(1);
  auto credentials = load_credentials(card.storage);
  ASSERT_FALSE(credentials);
  EXPECT_THAT(credentials.error().text, HasSubstr("record credentials"));
}

TEST(DamagedRecord, ACardThatWasNotMadeToItsEndIsANewOne) {
  MemoryStorage storage;
  ASSERT_TRUE(store_persona_text(storage, "{}"));
  auto credentials = load_credentials(storage);
  ASSERT_TRUE(credentials);
  EXPECT_FALSE(*credentials);
}

TEST(DamagedRecord, APackageThatDoesNotInstallLeavesACardWithoutFiles) {
  Bench card;
  card.start();
  card.install(1);
  card.enable(iccid(1));
  EXPECT_FALSE(card.euicc->runs_without_files());
  StorageRecords records = card.storage.records();
  for (auto& [key, value] : records) {
    if (key.starts_with("package/")) value = share(Bytes(100, 0xA5));
  }
  MemoryStorage storage(records);
  card.other_storage = &storage;
  card.power_cycle();
  EXPECT_TRUE(card.euicc->runs_without_files());
  EXPECT_THAT(card.profiles(), ::testing::ElementsAre("8988211000000000001 enabled"));
}

TEST(DamagedRecord, OfTheCredentialsIsNamed) {
  MemoryStorage whole;
  auto written = testing_world::card_credentials(testing_world::test_pki(Curve::kNistP256));
  ASSERT_TRUE(store_credentials(whole, written));
  Bytes value = *whole.records().at("credentials");
  Bytes short_one(value.begin(), value.end() - 1);
  Bytes no_certificate = value;
  BytesView euicc = written.signing.at(0).euicc.der();
  std::ranges::search(no_certificate, euicc).front() ^= 1;
  for (const Bytes& damaged : {short_one, no_certificate}) {
    MemoryStorage storage(StorageRecords{{"credentials", std::make_shared<const Bytes>(damaged)}});
    auto credentials = load_credentials(storage);
    ASSERT_FALSE(credentials);
    EXPECT_EQ(rsp::to_string(credentials.error().layer), "storage");
    EXPECT_THAT(credentials.error().text, HasSubstr("record credentials"));
    EXPECT_NE(credentials.error().hint, "");
  }
}

TEST(DamagedRecord, ACrlUnderAnotherNameIsNamed) {
  Bench card;
  card.start();
  card.call(load_crl(card, 1));
  ASSERT_EQ(card.storage.records().size(), 1U);
  SharedOctets value = card.storage.records().begin()->second;
  for (std::string_view key : {"crl/", "crl/1", "crl/00/all/01/1-of-1"}) {
    MemoryStorage storage(StorageRecords{{std::string(key), value}});
    auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, storage});
    ASSERT_FALSE(euicc) << key;
    EXPECT_THAT(euicc.error().text, HasSubstr(key));
  }
}

TEST(DamagedRecord, HalfAProfileIsNoProfile) {
  Bench card;
  card.start();
  card.install(1);
  for (std::string_view half : {"package/", "profile/"}) {
    StorageRecords records = card.storage.records();
    std::erase_if(records, [&](const auto& record) { return record.first.starts_with(half); });
    MemoryStorage storage(records);
    auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, storage});
    ASSERT_FALSE(euicc) << half;
    EXPECT_THAT(euicc.error().text, HasSubstr("half of the profile"));
  }
}

TEST(DamagedRecord, OneThatNobodyKnowsIsRefused) {
  Bench card;
  MemoryStorage storage(StorageRecords{{"song", std::make_shared<const Bytes>("00"_hex)}});
  auto euicc = Euicc::power_up(Persona{}, card.credentials, {card.random, storage});
  ASSERT_FALSE(euicc);
  EXPECT_THAT(euicc.error().text, HasSubstr("song"));
}

TEST_F(SqliteFile, ARecordThatWasChangedBehindItsBackIsNamed) {
  {
    auto storage = open_sqlite_storage(file()).value();
    StorageWrite write{"settings", std::make_shared<const Bytes>("3003800101"_hex)};
    ASSERT_TRUE(storage->commit({&write, 1}));
  }
  run_sql(file(), "UPDATE record SET value = x'3003800102' WHERE key = 'settings'");
  auto records = open_sqlite_storage(file()).value()->load();
  ASSERT_FALSE(records);
  expect_refused(records.error(), file(), "record settings is damaged");
}

TEST_F(SqliteFile, OfTheFirstFormatGetsItsCheckOctets) {
  run_sql(file(),
          "CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
          "INSERT INTO record VALUES ('settings', x'3003800101');"
          "PRAGMA application_id=1699957069; PRAGMA user_version=1;");
  {
    auto records = open_sqlite_storage(file()).value()->load();
    ASSERT_TRUE(records);
    EXPECT_EQ(to_hex(*records->at("settings")), "3003800101");
  }
  run_sql(file(), "UPDATE record SET value = x'3003800102'");
  EXPECT_FALSE(open_sqlite_storage(file()).value()->load());
}

// --- Writes that fail ---

/// A memory whose n-th commit fails, counted from zero, or every one as long as it is broken.
class FailingStorage final : public Storage {
 public:
  explicit FailingStorage(std::optional<std::size_t> fails_at = {}) : fails_at_(fails_at) {}
  rsp::Result<StorageRecords> load() override { return good.load(); }
  rsp::Status commit(std::span<const StorageWrite> writes) override {
    if (commits++ == fails_at_ || broken)
      return rsp::failure({.layer = rsp::Layer::kStorage, .text = "worn out"});
    return good.commit(writes);
  }

  MemoryStorage good;
  std::size_t commits = 0;
  bool broken = false;

 private:
  std::optional<std::size_t> fails_at_;
};

/// Every kind of change: a download, switches, and a reset. The name of the function at which the
/// card reported anything but success; "" where it never did.
std::string go_through_everything(Bench& card, unsigned number) {
  auto done = [&](BytesView command) { return card.command(command).sw == 0x9000; };
  auto call = [&](const auto& request) { return done(rsp::asn1::encode(request)); };
  if (!call(rsp::SetDefaultDpAddressRequest{"a.b", {}})) return "SetDefaultDpAddress";

  Dp dp(card.pki);
  card.authenticate(dp);
  Reply reply = card.command(rsp::asn1::encode(dp.prepare_download(card.authenticated)));
  if (reply.sw != 0x9000) return "PrepareDownload";
  auto response = rsp::asn1::decode<rsp::PrepareDownloadResponse>(reply.data).value();
  auto& prepared = std::get<rsp::PrepareDownloadResponseOk>(response.result);
  auto metadata = metadata_for(number);
  auto plan = dp.plan(metadata, package_for(metadata));
  for (const Bytes& segment :
       dp.protect(plan, prepared.euicc_signed2.value.euicc_otpk, card.euicc->eid()).segments()) {
    if (!done(segment)) return "LoadBoundProfilePackage";
  }

  if (!call(load_crl(card, number))) return "LoadCRL";
  if (!call(rsp::EnableProfileRequest{iccid(number), false, {}})) return "EnableProfile";
  if (std::string command = use_profile(card); !command.empty()) return command;
  if (!call(rsp::SetNicknameRequest{iccid(number), std::string("mine"), {}})) return "SetNickname";
  if (!call(rsp::DisableProfileRequest{iccid(number), false, {}})) return "DisableProfile";
  std::uint32_t last = card.euicc->memory().settings.next_sequence_number - 1;
  if (!call(rsp::NotificationSentRequest{last, {}})) return "RemoveNotificationFromList";
  if (!call(rsp::DeleteProfileRequest{iccid(number)})) return "DeleteProfile";
  if (!call(rsp::EuiccMemoryResetRequest{{rsp::kResetDefaultSmdpAddress}, {}}))
    return "eUICCMemoryReset";
  return "";
}

std::string stored(Storage& storage) {
  return exact_text_of(Memory::open(storage, {}).value().state());
}

TEST(FailingWrite, IsReportedAndChangesNothingWhicheverItIs) {
  FailingStorage good;
  {
    Bench card;
    card.other_storage = &good;
    card.start();
    ASSERT_EQ(go_through_everything(card, 1), "");
    EXPECT_EQ(stored(good), exact_text_of(card.euicc->memory()));
  }
  std::vector<std::string> failed;
  for (std::size_t at = 0; at < good.commits; ++at) {
    FailingStorage storage(at);
    Bench card;
    card.other_storage = &storage;
    card.start();
    failed.push_back(go_through_everything(card, 1));
    EXPECT_EQ(storage.commits, at + 1) << "the card went on after " << failed.back();
    std::string before = stored(storage);
    EXPECT_EQ(exact_text_of(card.euicc->memory()), before) << failed.back();
    EXPECT_EQ(card.apdu("01C0000000"), "6985") << failed.back() << " left an answer to be fetched";
    // With power and memory back, the card is as it was, and all goes well.
    card.power_cycle();
    if (!before.contains("load begun\n")) {
      EXPECT_EQ(exact_text_of(card.euicc->memory()), before) << failed.back();
    }
    EXPECT_EQ(go_through_everything(card, 2), "") << "after a failed " << failed.back();
  }
  EXPECT_THAT(failed, ::testing::ElementsAre(
                          "SetDefaultDpAddress", "PrepareDownload", "LoadBoundProfilePackage",
                          "LoadBoundProfilePackage", "LoadCRL", "EnableProfile", "UPDATE RECORD",
                          "VERIFY PIN", "AUTHENTICATE", "ENVELOPE", "SetNickname", "DisableProfile",
                          "RemoveNotificationFromList", "DeleteProfile", "eUICCMemoryReset"));
}

TEST(FailingWrite, IsAMemoryFailure) {  // ISO 7816-4 table 6: 6581
  FailingStorage storage(0);
  Bench card;
  card.other_storage = &storage;
  card.start();
  EXPECT_EQ(card.command("BF3F058003612E62"), "6581");
  EXPECT_EQ(card.command("BF3F058003612E62"), "BF3F038001009000");
}

TEST(FailingWrite, LeavesNoAnswerToBeFetched) {  // the answer would say "ok"
  FailingStorage storage(0);
  Bench card;
  card.other_storage = &storage;
  card.start();
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  EXPECT_EQ(card.apdu("80E2910008BF3F058003612E62"), "6581");
  EXPECT_EQ(card.apdu("00C0000006"), "6985");
}

TEST(FailingWrite, EndsTheSession) {
  FailingStorage storage(0);  // the one-time key of PrepareDownload
  Bench card;
  card.other_storage = &storage;
  card.start();
  Dp dp(card.pki);
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  EXPECT_EQ(card.command(to_hex(rsp::asn1::encode(request))), "6581");
  EXPECT_EQ(card.prepare_download(request), "noSessionContext");
}

// What a card has in its volatile memory goes with the changes that could not be kept.

/// Two profiles, the first of which runs, and a memory that can be broken.
class BrokenMemory : public ::testing::Test {
 protected:
  void start(Quirks quirks = {}) {
    card.persona.quirks = quirks;
    card.other_storage = &storage;
    card.start();
    card.install(1);
    card.install(2);
    card.enable(iccid(1));
  }
  std::string enable_by_refresh(unsigned number) {
    return card.command("BF3111A00C5A0A" + to_hex(iccid(number)) + "8101FF");
  }
  FailingStorage storage;
  Bench card;
};

TEST_F(BrokenMemory, ASwitchThatWasNotRecordedIsNotWaitedFor) {
  start({.es10_waits_for_refresh = true});
  storage.broken = true;
  EXPECT_EQ(enable_by_refresh(2), "6581");
  storage.broken = false;
  EXPECT_THAT(card.command("BF3E035C015A"), ::testing::EndsWith("9000"));
}

TEST_F(BrokenMemory, ATerminalResponseThatCouldNotBeCarriedOutComesAgain) {
  start();
  EXPECT_EQ(card.apdu("801000000400008000"), "9000");
  EXPECT_EQ(enable_by_refresh(2), "BF3103800100910B");
  card.apdu("801200000B");
  storage.broken = true;
  constexpr std::string_view kDone = "801400000C810301010482028281830100";
  EXPECT_EQ(card.apdu(kDone), "6581");
  EXPECT_EQ(card.apdu("01A4000C023F00"), "9000") << "its channel is still open";
  storage.broken = false;
  EXPECT_EQ(card.apdu(kDone), "9000");
  EXPECT_EQ(card.apdu("01A4000C023F00"), "6881");
  EXPECT_EQ(card.euicc->memory().enabled_profile()->metadata.iccid, iccid(2));
}

TEST_F(BrokenMemory, ARecordThatWasNotWrittenDoesNotMoveThePointer) {
  start();
  EXPECT_EQ(card.apdu(kSelectUsim), "9000");
  EXPECT_EQ(card.apdu("00A4000C026F3C"), "9000");
  storage.broken = true;
  EXPECT_EQ(card.apdu("00DC0002B001" + std::string(350, '0')), "6581");
  EXPECT_EQ(card.apdu("00B20004B0"), "6A83") << "there is no current record";
}

TEST_F(BrokenMemory, APinThatCannotBeCountedIsNotCompared) {  // TS 102 221 9.5
  start();
  EXPECT_EQ(card.apdu(kSelectUsim), "9000");
  storage.broken = true;
  EXPECT_EQ(card.apdu("00200081083939393939393939"), "6581");
  EXPECT_EQ(card.apdu("002000810830303030FFFFFFFF"), "6581") << "the answer does not tell";
  storage.broken = false;
  EXPECT_EQ(card.apdu("00200081"), "63C3");
  EXPECT_EQ(card.apdu("002000810830303030FFFFFFFF"), "9000");
}

TEST_F(BrokenMemory, AReceiptOfWhatWasNotDoneIsNotSent) {
  start();
  EXPECT_EQ(card.apdu("801000000400008000"), "9000");
  storage.broken = true;
  rsp::UpdateMetadataRequest named;
  named.service_provider_name = std::string("Another");
  ota::testing::Operator sender;
  std::string envelope = to_hex(sender.compact(ota::testing::update_commands(named)).front());
  EXPECT_EQ(card.apdu(fmt::format("80C20000{:02X}{}", envelope.size() / 2, envelope)), "6581");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000") << "nothing waits";
}

TEST(FailingWrite, AtPowerOnLeavesAnInterruptedLoadToTheNextPowerOn) {
  FailingStorage storage(2);  // one-time key, load begun, and then its result
  Bench card;
  card.other_storage = &storage;
  card.start();
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::IsEmpty());
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::ElementsAre("1 install"));
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::ElementsAre("1 install"));
}

TEST_F(SqliteFile, ACommitThatFailsHalfwayChangesNothing) {
  Bench card;
  power_up(card);
  card.install(1);
  std::string before = text_of(card.euicc->memory());
  storage.reset();
  // Enabling writes "notification/...", "profile/..." and "settings", in this order.
  run_sql(file(),
          "CREATE TRIGGER worn_out BEFORE INSERT ON record WHEN NEW.key = 'settings' "
          "BEGIN SELECT RAISE(ABORT, 'worn out'); END");
  power_up(card);
  auto enable = rsp::asn1::encode(rsp::EnableProfileRequest{iccid(1), false, {}});
  EXPECT_EQ(card.command(enable).sw, 0x6581);
  EXPECT_EQ(text_of(card.euicc->memory()), before);
  power_up(card);
  EXPECT_EQ(text_of(card.euicc->memory()), before);
  storage.reset();
  run_sql(file(), "DROP TRIGGER worn_out");
  power_up(card);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
}

}  // namespace
}  // namespace sim::testing
