// Every octet of a download, altered on its way to the card.
//
// The rule: whatever octet of AuthenticateServer, PrepareDownload or the Bound Profile Package is
// altered, the card says so by an error or a status word, and no profile gets installed. (BF21 with
// its last bit turned is BF20, another function, which answers as such.)
//
// Two parts are excepted, because no server signs them: the LPA writes ctxParams1 of
// AuthenticateServer and hashCc of PrepareDownload. An altered one that is still well formed is
// repeated by the card, octet by octet and under its signature, so that the server can judge it. An
// altered MatchingID is no order there (8.2.6/3.8), an altered hashCc is a wrong confirmation code
// (8.2.7/3.8), and deviceInfo is information only. So the one way from an altered octet to a
// profile leads through deviceInfo, and it leads to the profile that was ordered.
#include <fmt/format.h>

#include <iostream>

#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::IsEmpty;

/// The lowest bit, and all of them.
constexpr std::array<std::uint8_t, 2> kMasks{0x01, 0xFF};

/// From where to where an element stands in a message.
struct Range {
  std::size_t begin = 0, end = 0;
  bool contains(std::size_t at) const { return begin <= at && at < end; }
};
template <class Message>
Range range_of(BytesView der, std::string_view path) {
  auto element = rsp::asn1::locate<Message>(der, path).value().back();
  auto begin = static_cast<std::size_t>(element.whole.data() - der.data());
  return {begin, begin + element.whole.size()};
}

/// Counts what became of the cases, and keeps those that went wrong.
class Tally {
 public:
  void count(const std::string& outcome) { ++outcomes_[outcome]; }
  void wrong(std::size_t at, std::uint8_t mask, std::string_view what) {
    wrong_.push_back(fmt::format("octet {} xor {:02X}: {}", at, mask, what));
  }
  ~Tally() {
    std::size_t cases = 0;
    std::string text;
    for (const auto& [outcome, number] : outcomes_) {
      cases += number;
      text += fmt::format("; {} {}", number, outcome);
    }
    std::cout << cases << " cases" << text << "\n";
    EXPECT_THAT(wrong_, IsEmpty());
  }

 private:
  std::map<std::string, std::size_t> outcomes_;
  std::vector<std::string> wrong_;
};

/// A card and a real mock server, with the sessions of both driven step by step.
class AlteredRequest : public ::testing::Test {
 protected:
  AlteredRequest() {
    card.config.max_wrong_confirmation_codes = 1'000'000;
    card.start();
    info = card.call(rsp::GetEuiccInfo1Request{});
    order = &card.add_order("TEST", iccid_digits(1));
    order->confirmation_code_hash = smdp::hash_confirmation_code("1234");
    fresh_order = *order;
    fresh_memory = card.storage;
  }

  /// As if nothing had been before.
  void start_over() {
    *order = fresh_order;
    card.storage = fresh_memory;
    card.power_cycle();
  }
  /// InitiateAuthentication, and the request that an LPA makes of it.
  rsp::AuthenticateServerRequest initiate() {
    auto server =
        card.server->initiate_authentication({card.challenge(), std::string(kHost), info, {}})
            .value();
    transaction_id = server.transaction_id;
    rsp::AuthenticateServerRequest request;
    request.server_signed1 = server.server_signed1;
    request.server_signature1 = server.server_signature1;
    request.euicc_ci_pkid_to_be_used = server.euicc_ci_pkid_to_be_used;
    request.server_certificate = server.server_certificate;
    request.ctx_params1.value = {"TEST", lpa::LpaOptions::default_device_info(), {}};
    return request;
  }
  /// AuthenticateClient, and the request that an LPA makes of it; what the server says where it
  /// refuses.
  std::expected<rsp::PrepareDownloadRequest, std::string> authenticate_client() {
    auto client = card.server->authenticate_client({transaction_id, {card.authenticated}, {}});
    if (!client) return std::unexpected(to_string(client.error()));
    auto hash = rsp::crypto::sha256({smdp::hash_confirmation_code("1234"), transaction_id});
    return rsp::PrepareDownloadRequest{
        client->smdp_signed2, client->smdp_signature2, hash, client->smdp_certificate, {}};
  }
  /// GetBoundProfilePackage and the load of what it gives. "installed", or what the server or the
  /// card says.
  std::string get_and_load() {
    auto package = card.server->get_bound_profile_package({transaction_id, {card.prepared}, {}});
    if (!package) return to_string(package.error());
    auto views = rsp::card::bpp_segments(package->bound_profile_package.der).value();
    std::vector<Bytes> segments;
    for (BytesView segment : views) segments.push_back(rsp::to_bytes(segment));
    return card.load(segments);
  }

  Bench card;
  rsp::EuiccInfo1 info;
  smdp::Order* order = nullptr;
  smdp::Order fresh_order;
  MemoryStorage fresh_memory;
  rsp::TransactionId transaction_id;
};

/// What the card answers: a status word, an error code, or nothing where it is content.
template <class Response, class Ok, class Error>
std::expected<Ok, std::string> judged(const Reply& reply, auto Error::*code) {
  if (reply.sw != 0x9000) return std::unexpected(fmt::format("{:04X}", reply.sw));
  auto response = rsp::asn1::decode<Response>(reply.data);
  if (!response) return std::unexpected("answer of another kind");
  if (auto* error = std::get_if<Error>(&response->result))
    return std::unexpected(name_of(error->*code));
  return std::get<Ok>(std::move(response->result));
}
std::expected<rsp::AuthenticateResponseOk, std::string> judged_authenticate(const Reply& reply) {
  return judged<rsp::AuthenticateServerResponse, rsp::AuthenticateResponseOk>(
      reply, &rsp::AuthenticateResponseError::authenticate_error_code);
}
std::expected<rsp::PrepareDownloadResponseOk, std::string> judged_prepare(const Reply& reply) {
  return judged<rsp::PrepareDownloadResponse, rsp::PrepareDownloadResponseOk>(
      reply, &rsp::PrepareDownloadResponseError::download_error_code);
}

TEST_F(AlteredRequest, UnalteredOnesEndInAProfile) {
  ASSERT_EQ(card.authenticate_server(initiate()), "ok");
  ASSERT_EQ(card.prepare_download(*authenticate_client()), "ok");
  EXPECT_EQ(get_and_load(), "installed");
}

TEST_F(AlteredRequest, ForAuthenticateServerIsRefusedOrLeftToTheServer) {
  const auto request = rsp::asn1::encode(initiate());
  const Range context = range_of<rsp::AuthenticateServerRequest>(request, "ctxParams1");
  const Range device = range_of<rsp::AuthenticateServerRequest>(request, "ctxParams1.deviceInfo");
  Tally tally;
  for (std::uint8_t mask : kMasks) {
    for (std::size_t at = 0; at < request.size(); ++at) {
      start_over();
      Bytes altered = rsp::asn1::encode(initiate());
      ASSERT_EQ(altered.size(), request.size());
      altered[at] ^= mask;
      auto answer = judged_authenticate(card.command(altered));
      if (!answer) {
        tally.count(answer.error());
      } else if (!context.contains(at)) {
        tally.wrong(at, mask, "accepted by the card");
      } else {
        const auto& echo = answer->euicc_signed1.value.ctx_params1.der;
        if (!rsp::equal(echo, BytesView(altered).subspan(context.begin)))
          tally.wrong(at, mask, "not repeated");
        if (!signed_by(card.pki.euicc->certificate.der(), {answer->euicc_signed1.der},
                       answer->euicc_signature1)) {
          tally.wrong(at, mask, "not signed");
        }
        card.authenticated = *answer;
        auto prepare = authenticate_client();
        if (!prepare) {
          tally.count("accepted by the card, refused by the server: " + prepare.error());
        } else {
          std::string outcome = card.prepare_download(*prepare);
          if (outcome == "ok") outcome = get_and_load();
          tally.count("accepted by the card and by the server: " + outcome);
          if (!device.contains(at)) tally.wrong(at, mask, "accepted by the server");
        }
      }
      bool ordered = card.euicc->memory().find(iccid(1)) != nullptr;
      if (card.euicc->memory().profiles.size() > (ordered ? 1U : 0U))
        tally.wrong(at, mask, "another profile");
      if (ordered && !device.contains(at)) tally.wrong(at, mask, "a profile");
    }
  }
}

TEST_F(AlteredRequest, ForAuthenticateServerEndsTheSessionWhereItIsRefused) {
  // What an honest server has said in another session does not help an LPA that goes on all the
  // same.
  ASSERT_EQ(card.authenticate_server(initiate()), "ok");
  auto prepare = *authenticate_client();
  auto altered = initiate();
  altered.server_signature1.back() ^= 1;
  EXPECT_EQ(card.authenticate_server(altered), "invalidSignature");
  EXPECT_EQ(card.prepare_download(prepare), "noSessionContext");
}

TEST_F(AlteredRequest, ForPrepareDownloadIsRefusedOrLeftToTheServer) {
  ASSERT_EQ(card.authenticate_server(initiate()), "ok");
  const auto request = rsp::asn1::encode(*authenticate_client());
  const Range hash = range_of<rsp::PrepareDownloadRequest>(request, "hashCc");
  Tally tally;
  for (std::uint8_t mask : kMasks) {
    for (std::size_t at = 0; at < request.size(); ++at) {
      start_over();
      if (card.authenticate_server(initiate()) != "ok") tally.wrong(at, mask, "no session");
      Bytes altered = rsp::asn1::encode(*authenticate_client());
      ASSERT_EQ(altered.size(), request.size());
      altered[at] ^= mask;
      auto answer = judged_prepare(card.command(altered));
      if (!answer) {
        tally.count(answer.error());
      } else if (!hash.contains(at)) {
        tally.wrong(at, mask, "accepted by the card");
      } else {
        auto echo = answer->euicc_signed2.value.hash_cc;
        if (!echo || !rsp::equal(*echo, BytesView(altered).subspan(hash.end - 32, 32))) {
          tally.wrong(at, mask, "not repeated");
        }
        card.prepared = *answer;
        std::string outcome = get_and_load();
        tally.count("accepted by the card, refused by the server: " + outcome);
        if (outcome != "8.2.7/3.8") tally.wrong(at, mask, outcome);
      }
      if (!card.euicc->memory().profiles.empty()) tally.wrong(at, mask, "a profile");
    }
  }
}

// --- Bound Profile Packages ---

/// A card that has prepared a download before, and a package for its one-time key. Since the server
/// offers that key, picks its own key and transaction again, the same package is good in each new
/// session.
class AlteredPackage : public ::testing::TestWithParam<smdp::KeyMode> {
 protected:
  AlteredPackage() : dp(card.pki) {
    card.start();
    auto metadata = metadata_for(1);
    auto plan = dp.plan(metadata, package_for(metadata), GetParam());
    segments = card.bind(dp, plan).segments();
    dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
    fresh_memory = card.storage;
  }
  void start_over() {
    card.storage = fresh_memory;
    card.power_cycle();
    card.prepare(dp);
  }

  Bench card;
  Dp dp;
  std::vector<Bytes> segments;
  MemoryStorage fresh_memory;
};

TEST_P(AlteredPackage, UnalteredOnesAreInstalledInEachSession) {
  for (int i = 0; i < 3; ++i) {
    start_over();
    EXPECT_EQ(card.load(segments), "installed");
  }
}

TEST_P(AlteredPackage, IsNeverInstalledAndAlwaysNoticed) {
  Tally tally;
  std::size_t at = 0;  // in the whole package
  for (std::size_t number = 0; number < segments.size(); ++number) {
    for (std::size_t octet = 0; octet < segments[number].size(); ++octet, ++at) {
      for (std::uint8_t mask : kMasks) {
        start_over();
        auto altered = segments;
        altered[number][octet] ^= mask;
        std::string outcome = card.load(altered);
        tally.count(outcome);
        if (outcome == "installed" || outcome == "waiting") tally.wrong(at, mask, outcome);
        // An LPA that does not stop gets no further.
        for (std::size_t rest = number + 1; rest < segments.size(); ++rest) {
          card.command(segments[rest]);
        }
        if (!card.euicc->memory().profiles.empty()) tally.wrong(at, mask, "a profile");
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, AlteredPackage,
                         ::testing::Values(smdp::KeyMode::kSessionKeys, smdp::KeyMode::kRandomKeys),
                         [](const auto& info) {
                           return info.param == smdp::KeyMode::kSessionKeys ? "OfTheSession"
                                                                            : "AtRandom";
                         });

}  // namespace
}  // namespace sim::testing
