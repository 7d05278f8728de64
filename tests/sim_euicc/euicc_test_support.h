// What the tests of the software eUICC share: a world whose card is spoken to in raw APDUs, and an
// SM-DP+ in the test's own hands, each part of whose messages can be made wrong before it is signed
// or protected.
#pragma once

#include <gmock/gmock.h>

#include "rsp/asn1/edit.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/crypto/bsp.h"
#include "tests/world.h"

namespace sim::testing {

using rsp::Bytes;
using rsp::BytesView;
using rsp::to_hex;
using rsp::operator""_hex;
using rsp::asn1::name_of;
using rsp::crypto::Curve;
using testing_world::kHost;

/// ICCIDs of test profiles, told apart by a number from 0 to 99.
std::string iccid_digits(unsigned number);
rsp::Iccid iccid(unsigned number);

/// Metadata of an operational profile that wants enable, disable and delete to be notified.
rsp::StoreMetadataRequest metadata_for(unsigned number);
/// A profile package with the ICCID that metadata names, and with the owner's IMSI where there is
/// one.
Bytes package_for(const rsp::StoreMetadataRequest& metadata);
/// An operator whose profiles the default rules authorisation table lets have policy rules.
rsp::OperatorId test_operator();

/// A Bound Profile Package before it is protected.
struct BppPlan {
  rsp::InitialiseSecureChannelRequest initialise;  // protect() signs it
  Bytes configure;                                 // BF24
  std::vector<Bytes> metadata;                     // BF25, a piece for each 88
  std::optional<Bytes> keys;                       // BF26, with random keys
  rsp::crypto::BspKeys random_keys;
  std::vector<Bytes> package;  // a piece for each 86
};

/// A Bound Profile Package as whole TLVs.
struct Bpp {
  Bytes initialise;             // BF23
  Bytes configure;              // 87
  std::vector<Bytes> metadata;  // 88
  std::optional<Bytes> keys;    // 87
  std::vector<Bytes> package;   // 86
  /// As an LPA sends them (SGP.22 2.5.5).
  std::vector<Bytes> segments() const;
};

/// An SM-DP+ that does right as long as nothing of it is changed.
struct Dp {
  explicit Dp(const rsp::pki::TestPki& pki);

  rsp::AuthenticateServerRequest authenticate_server(const rsp::Challenge& challenge) const;
  rsp::PrepareDownloadRequest prepare_download(const rsp::AuthenticateResponseOk& euicc) const;
  BppPlan plan(const rsp::StoreMetadataRequest& metadata, BytesView package,
               smdp::KeyMode mode = smdp::KeyMode::kRandomKeys) const;
  /// Signs with the DPpb key, agrees on keys, encrypts.
  Bpp protect(BppPlan plan, BytesView euicc_otpk, const rsp::Eid& eid) const;

  rsp::pki::Identity auth, pb;
  Bytes ci_pkid;
  rsp::crypto::PrivateKey otsk;
  rsp::TransactionId transaction_id{Bytes(16, 0xA5)};
  std::string address{kHost};
  std::optional<std::string> matching_id = "TEST";
  bool confirmation_code_required = false;
  std::optional<Bytes> offered_otpk;       // bppEuiccOtpk
  std::optional<rsp::Octets<32>> hash_cc;  // what the LPA adds
};

/// Response data and status word.
struct Reply {
  Bytes data;
  std::uint16_t sw = 0;
};

/// The card answered nothing at all: it has lost its power.
struct PowerLost {};

/// A world with a card that is called directly, without an LPA between.
class Bench : public testing_world::World {
 public:
  explicit Bench(Curve curve = Curve::kNistP256) : World(curve) {}

  /// Off and on again, with what the card's memory holds.
  void power_cycle();
  /// Where APDUs go, if not straight to the card. Where it answers nothing, PowerLost is thrown.
  rsp::card::Card* road = nullptr;
  /// One APDU and its response.
  Bytes transmit(BytesView command);
  /// One APDU in hexadecimal, and the response with its status word.
  std::string apdu(std::string_view command);

  /// One ES10 command or segment in STORE DATA blocks on the channel of the ISD-R, which is opened
  /// first where it is not, and all of the answer. Stops at a block that is refused.
  Reply command(BytesView octets, std::size_t block_size = 255);
  /// The same in hexadecimal, the status word at the end.
  std::string command(std::string_view octets, std::size_t block_size = 255);
  /// The same for a message; a test failure where it does not answer 9000 and its response.
  template <class Request>
  typename Request::Response call(const Request& request) {
    Reply reply = command(rsp::asn1::encode(request));
    // Also with a proactive command waiting, it is done.
    EXPECT_TRUE(rsp::card::StatusWord(reply.sw).success()) << Request::kFunction << reply.sw;
    auto response = rsp::asn1::decode<typename Request::Response>(reply.data);
    EXPECT_TRUE(response) << Request::kFunction << " answered " << to_hex(reply.data);
    return response ? *std::move(response) : typename Request::Response{};
  }

  // Sessions. Results by their names in the specification; "ok" and "installed" where all is well.
  rsp::Challenge challenge();
  std::string authenticate_server(const rsp::AuthenticateServerRequest& request);
  std::string prepare_download(const rsp::PrepareDownloadRequest& request);
  /// The error, or "ok" with what the card signed in `cancelled`.
  std::string cancel_session(
      const rsp::TransactionId& transaction_id,
      rsp::CancelSessionReason reason = rsp::CancelSessionReason::kPostponed);
  /// A session up to AuthenticateServer, up to PrepareDownload: as all should be.
  void authenticate(const Dp& dp);
  void prepare(const Dp& dp);
  /// Sends segments until the card answers something but an empty 9000, as an LPA does.
  /// "installed", what went wrong as "storeMetadata: pprNotAllowed", a status word that is no
  /// success, or "waiting" where all has been sent.
  std::string load(const std::vector<Bytes>& segments);
  /// prepare(), and a package protected for its one-time key.
  Bpp bind(const Dp& dp, const BppPlan& plan);
  /// A whole download that must succeed.
  rsp::Aid install(const rsp::StoreMetadataRequest& metadata);
  rsp::Aid install(unsigned number) { return install(metadata_for(number)); }

  // What the last call in a session answered.
  rsp::AuthenticateResponseOk authenticated;
  rsp::PrepareDownloadResponseOk prepared;
  rsp::CancelSessionResponseOk cancelled;
  std::optional<rsp::ProfileInstallationResult> result;
  Bytes result_der;

  // Profiles and notifications, results by their names.
  std::string enable(const rsp::ProfileIdentifier& profile);
  std::string disable(const rsp::ProfileIdentifier& profile);
  std::string remove(const rsp::ProfileIdentifier& profile);
  std::string memory_reset(const rsp::asn1::BitString& options);
  /// "89882110000000000010 enabled" for each profile, in the order of their AIDs.
  std::vector<std::string> profiles();
  /// "1 install", "2 enable" and so on: what waits.
  std::vector<std::string> notifications();
  rsp::PendingNotificationList pending();
  std::string remove_notification(std::uint32_t number);

 private:
  std::optional<std::string> channel_;  // class digit of the ISD-R's channel, "1"
};

/// A test with a default card.
class EuiccTest : public ::testing::Test {
 protected:
  EuiccTest() { card.start(); }
  Bench card;
};

/// Whether a signature over parts is good by a certificate's key.
::testing::AssertionResult signed_by(BytesView certificate, rsp::crypto::MessageParts parts,
                                     BytesView signature);
/// Tag, length and value of a signature, as signatures are chained.
Bytes signature_tlv(BytesView signature);

/// "storeMetadata: pprNotAllowed", or "installed".
std::string outcome_of(const rsp::ProfileInstallationResult& result);

/// Everything that a card remembers, in a form by which two states are compared.
std::string text_of(const NonVolatile& memory);

/// The same with what no two cards have in common: keys, notifications with their signatures, and
/// the counters of commands over the air, which also count those that are refused.
std::string exact_text_of(const NonVolatile& memory);

/// All notifications are acknowledged, so that they take no memory any more.
void remove_notifications(Bench& card);

}  // namespace sim::testing
