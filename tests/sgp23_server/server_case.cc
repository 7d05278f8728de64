#include "server_case.h"

#include <stdexcept>

#include "rsp/pki/issuer.h"
#include "rsp/saip/profile_maker.h"

namespace sgp23_server {
namespace {

// Operational profile 1 of SGP.23, annex A.
constexpr std::string_view kProvider = "SP Name 1", kProfile = "Operational Profile Name 1";
constexpr std::string_view kIccidDigits = "8929901012345678905";
const Bytes& iccid() {
  static const Bytes value = "989209012143658709F5"_hex;
  return value;
}

Bytes icon_of(std::size_t size) { return Bytes(size, 0x5A); }

/// BF25, as the order's metadata should be on the wire.
Bytes metadata_by_hand(const OrderPlan& plan) {
  auto configuration = [](std::string_view bits) {
    return tlv("30", {tlv("80", rsp::from_hex(bits).value()), text_tlv("81", kHost)});
  };
  Bytes icon;
  if (plan.icon != 0) icon = rsp::concat({"930101"_hex, tlv("94", icon_of(plan.icon))});
  return tlv("BF25",
             {tlv("5A", iccid()), text_tlv("91", kProvider), text_tlv("92", kProfile), icon,
              tlv("B6", {configuration("0640"), configuration("0520"), configuration("0410")})});
}

const Bytes& profile_package() {
  static const Bytes made = [] {
    rsp::saip::ProfileParameters parameters;
    parameters.iccid_digits = kIccidDigits;
    parameters.imsi = "001010000000001";
    return rsp::saip::make_profile(parameters).value();
  }();
  return made;
}

Bytes list_of_key_ids(const std::vector<Bytes>& ids) {
  Bytes out;
  for (const Bytes& id : ids) rsp::append(out, tlv("04", id));
  return out;
}

}  // namespace

rsp::Clock::TimePoint today() {
  using namespace std::chrono;
  return sys_days{year{2026} / January / 15} + hours(12);
}

const TestPki& pki_of(Curve curve) {
  auto make = [](Curve which) {
    rsp::SeededRandom random(1);
    return rsp::pki::make_test_pki(which, today() - std::chrono::days(365), random);
  };
  static const TestPki nist = make(Curve::kNistP256);
  if (curve == Curve::kNistP256) return nist;
  static const TestPki brainpool = make(Curve::kBrainpoolP256r1);
  return brainpool;
}

// --- The eUICC ---

RawEuicc::RawEuicc(const TestPki& pki)
    : certificate(rsp::to_bytes(pki.euicc->certificate.der())),
      eum_certificate(rsp::to_bytes(pki.eum->certificate.der())),
      eid(rsp::from_hex(rsp::pki::kTestEid).value()),
      key(pki.euicc->key),
      ci_for_verification{key_id_of(pki.ci.certificate.der())},
      ci_for_signing(ci_for_verification),
      // tac and deviceCapabilities with GSM, E-UTRAN and the version of CRLs.
      device_info(
          "800435290611A10F"
          "8003060000"
          "85030E0000"
          "8703020202"_hex) {}

RawEuicc RawEuicc::with_eid(const TestPki& pki, std::string_view eid, rsp::Random& random) {
  RawEuicc other(pki);
  auto identity =
      rsp::pki::issue(rsp::pki::euicc_template(eid, today() - std::chrono::days(365)), *pki.eum,
                      rsp::crypto::PrivateKey::generate(other.key.curve()), random);
  other.certificate = rsp::to_bytes(identity.certificate.der());
  other.key = identity.key;
  other.eid = rsp::from_hex(eid).value();
  return other;
}

Bytes RawEuicc::info1() const {
  return tlv("BF20", {tlv("82", svn1), tlv("A9", list_of_key_ids(ci_for_verification)),
                      tlv("AA", list_of_key_ids(ci_for_signing))});
}

Bytes RawEuicc::info2() const {
  // TS 102 226 8.2.1.7.2: installed applications, free non-volatile and volatile memory.
  Bytes resource = "810101"_hex;
  if (free_memory) {
    Bytes octets(4);
    for (int i = 0; i < 4; ++i)
      octets[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(*free_memory >> (24 - 8 * i));
    rsp::append(resource, tlv("82", octets));
  }
  rsp::append(resource, "83021000"_hex);
  return tlv("BF22", {"8103020301"_hex, tlv("82", svn2), "8303010203"_hex, tlv("84", resource),
                      tlv("85", uicc_capability), tlv("88", rsp_capability),
                      tlv("A9", list_of_key_ids(ci_for_verification)),
                      tlv("AA", list_of_key_ids(ci_for_signing)), "8B0102"_hex, "0403010000"_hex,
                      text_tlv("0C", "ZZ-ACCREDITATION-0001"), more_of_info2});
}

Bytes Signed1::der() const {
  Bytes id = matching_id ? text_tlv("80", *matching_id) : Bytes{};
  return tlv("30", {tlv("80", transaction_id), text_tlv("83", server_address),
                    tlv("84", server_challenge), info2, tlv("A0", {id, tlv("A1", device_info)})});
}

Bytes Signed2::der() const {
  Bytes hash = hashed_code ? tlv("04", *hashed_code) : Bytes{};
  return tlv("30", {tlv("80", transaction_id), tlv("5F49", otpk), hash});
}

Bytes success_result() {
  return tlv("A0",
             {tlv("4F", "A0000005591010FFFFFFFF8900001000"_hex), "04093007A0053003800100"_hex});
}

Bytes error_result(unsigned command, unsigned reason) {
  return tlv("A1", {tlv("80", Bytes{static_cast<std::uint8_t>(command)}),
                    tlv("81", Bytes{static_cast<std::uint8_t>(reason)})});
}

// --- Answers ---

std::string Answer::code() const {
  if (status == 204) return body.empty() ? "204" : "204 with a body";
  if (status != 200) return fmt::format("HTTP {}", status);
  if (!json.is_object()) return "no JSON";
  Json execution =
      json.value("header", Json::object()).value("functionExecutionStatus", Json::object());
  std::string executed = execution.value("status", "");
  if (executed == "Executed-Success") return "ok";
  if (executed != "Failed") return "status " + executed;
  Json data = execution.value("statusCodeData", Json::object());
  std::string code = data.value("subjectCode", "?") + "/" + data.value("reasonCode", "?");
  // A failure has no outputs beside it (SGP.22 6.5.1.4).
  return json.size() == 1 ? code : code + " with outputs";
}

std::string Answer::members() const {
  std::string out;
  for (const auto& [name, value] : json.items()) out += (out.empty() ? "" : " ") + name;
  return out;
}

Bytes Answer::binary(const char* member) const {
  return from_base64(json.at(member).get<std::string>());
}

// --- The server ---

ServerCase::ServerCase(Curve curve) : pki(pki_of(curve)), euicc(pki) {
  config.addresses = {std::string(kHost)};
  config.identities = {{pki.dp_auth->certificate.registered_id(),
                        pki.ci.certificate,
                        *pki.dp_auth,
                        pki.dp_pb,
                        {*pki.dp_tls}}};
  if (!config.trusted_cis.add(pki.ci.certificate)) throw std::logic_error("the CI is no CI");
}

smdp::Order& ServerCase::add_order(const OrderPlan& plan) {
  smdp::Order order;
  order.matching_id = plan.matching_id;
  order.state = plan.state;
  if (plan.eid) {
    order.eid.emplace();
    std::ranges::copy(rsp::from_hex(*plan.eid).value(), order.eid->begin());
  }
  if (!plan.code.empty()) {
    order.confirmation_code_hash.emplace();
    std::ranges::copy(sha256(rsp::view_of(plan.code)), order.confirmation_code_hash->begin());
  }
  expected_profile_ = profile_package();
  // The server binds octets, whatever they are.
  if (plan.profile_size != 0) expected_profile_.resize(plan.profile_size, 0xA5);
  order.metadata = smdp::metadata_for(profile_package(), std::string(kProvider),
                                      std::string(kProfile), std::string(kHost))
                       .value();
  if (plan.icon != 0) {
    order.metadata.icon_type = rsp::IconType::kPng;
    order.metadata.icon.emplace(icon_of(plan.icon));
  }
  expected_metadata_ = metadata_by_hand(plan);
  order.profile_package = std::make_shared<const Bytes>(expected_profile_);
  std::optional<rsp::Eid> eid = order.eid;
  if (!orders.add(std::move(order))) throw std::logic_error("there is such an order already");
  return plan.matching_id.empty() ? *orders.find_default(*eid) : *orders.find(plan.matching_id);
}

smdp::Order& ServerCase::order(std::string_view matching_id) {
  rsp::Eid eid;
  std::ranges::copy(euicc.eid, eid.begin());
  smdp::Order* found = matching_id.empty() ? orders.find_default(eid) : orders.find(matching_id);
  if (found == nullptr) throw std::logic_error("there is no such order");
  return *found;
}

smdp::Smdp& ServerCase::server() {
  if (!server_) server_.emplace(config, orders, clock, random);
  return *server_;
}

std::string ServerCase::state(std::string_view matching_id) {
  return std::string(rsp::asn1::name_of(order(matching_id).state));
}

std::string ServerCase::history(std::string_view matching_id) {
  return fmt::format("{}", fmt::join(order(matching_id).history, ", "));
}

std::string ServerCase::journal() {
  std::string out;
  for (const auto& entry : server().journal())
    out += (out.empty() ? "" : ", ") + entry.function + " " + entry.outcome;
  return out;
}

// --- Bodies ---

Json ServerCase::initiate_body(const RawEuicc& card) const {
  return {{"euiccChallenge", to_base64(card.challenge)},
          {"euiccInfo1", to_base64(card.info1())},
          {"smdpAddress", kHost}};
}

Signed1 ServerCase::signed1_of(const Session& session, const RawEuicc& card,
                               std::optional<std::string> matching_id) const {
  return {.transaction_id = session.transaction_id,
          .server_challenge = session.server_challenge,
          .info2 = card.info2(),
          .matching_id = std::move(matching_id),
          .device_info = card.device_info};
}

Json ServerCase::authenticate_body(Session& session, const RawEuicc& card,
                                   const Signed1& signed1) const {
  Bytes der = signed1.der();
  session.euicc_signature1 = card.sign(der);
  Bytes response = tlv("BF38", tlv("A0", {der, tlv("5F37", session.euicc_signature1),
                                          card.certificate, card.eum_certificate}));
  return {{"transactionId", session.transaction},
          {"authenticateServerResponse", to_base64(response)}};
}

Signed2 ServerCase::signed2_of(Session& session, const std::optional<rsp::crypto::PrivateKey>& otsk,
                               std::string_view code) const {
  session.otsk = otsk ? *otsk : rsp::crypto::PrivateKey::generate(euicc.key.curve());
  Signed2 signed2{session.transaction_id, rsp::to_bytes(session.otsk->public_key().point()), {}};
  if (!code.empty()) signed2.hashed_code = hash_of_code(code, session.transaction_id);
  return signed2;
}

Json ServerCase::package_body(const Session& session, const RawEuicc& card,
                              const Signed2& signed2) const {
  Bytes der = signed2.der();
  // euiccSignature2 covers smdpSignature2 too, with its tag and length (SGP.22 5.7.5).
  Bytes signature = card.sign(rsp::concat({der, tlv("5F37", session.smdp_signature2)}));
  return {{"transactionId", session.transaction},
          {"prepareDownloadResponse",
           to_base64(tlv("BF21", tlv("A0", {der, tlv("5F37", signature)})))}};
}

Json ServerCase::cancel_body(const Session& session, const RawEuicc& card, unsigned reason,
                             std::string_view oid) const {
  Bytes der = tlv("30", {tlv("80", session.transaction_id), tlv("81", rsp::from_hex(oid).value()),
                         tlv("82", Bytes{static_cast<std::uint8_t>(reason)})});
  return {{"transactionId", session.transaction},
          {"cancelSessionResponse",
           to_base64(tlv("BF41", tlv("A0", {der, tlv("5F37", card.sign(der))})))}};
}

Bytes ServerCase::result(const Session& session, const RawEuicc& card, BytesView final_result,
                         bool names_profile) const {
  Bytes number = names_profile ? tlv("5A", iccid()) : Bytes{};
  Bytes data =
      tlv("BF27", {tlv("80", session.transaction_id),
                   tlv("BF2F", {"800101"_hex, "81020780"_hex, text_tlv("0C", kHost), number}),
                   tlv("06", rsp::from_hex(kDpOid).value()), tlv("A2", final_result)});
  return tlv("BF37", {data, tlv("5F37", card.sign(data))});
}

Bytes ServerCase::notification(const RawEuicc& card, Event event, unsigned sequence) const {
  auto bit = static_cast<unsigned>(event);
  Bytes bits{static_cast<std::uint8_t>(7 - bit), static_cast<std::uint8_t>(0x80 >> bit)};
  Bytes metadata = tlv("BF2F", {tlv("80", Bytes{static_cast<std::uint8_t>(sequence)}),
                                tlv("81", bits), text_tlv("0C", kHost), tlv("5A", iccid())});
  return tlv("30",
             {metadata, tlv("5F37", card.sign(metadata)), card.certificate, card.eum_certificate});
}

Json ServerCase::notification_body(BytesView pending) {
  return {{"pendingNotification", to_base64(pending)}};
}

// --- Calls ---

Answer ServerCase::send(std::string target, const Json& body) {
  last_body = body;
  auto response = road({"POST",
                        std::move(target),
                        body.dump(),
                        {{"User-Agent", "gsma-rsp-lpad"},
                         {"X-Admin-Protocol", "gsma/rsp/v2.2.2"},
                         {"Content-Type", "application/json;charset=UTF-8"}},
                        std::string(kHost)});
  return {response.status, response.body, Json::parse(response.body, nullptr, false)};
}

Answer ServerCase::post(std::string_view function, const Json& body) {
  return send(fmt::format("/gsma/rsp2/es9plus/{}", function), body);
}

Session ServerCase::begin(const RawEuicc& card) {
  Session session;
  Answer answer = post("initiateAuthentication", initiate_body(card));
  if (answer.code() != "ok") throw std::runtime_error("InitiateAuthentication: " + answer.code());
  judge_initiated(answer, card, session);
  return session;
}

// SGP.22 5.6.1: what is signed, by which certificate, and for which CI.
void ServerCase::judge_initiated(const Answer& answer, const RawEuicc& card,
                                 Session& session) const {
  EXPECT_EQ(answer.members(),
            "euiccCiPKIdToBeUsed header serverCertificate serverSignature1 serverSigned1 "
            "transactionId");
  session.transaction = answer.json.at("transactionId");
  session.transaction_id = rsp::from_hex(session.transaction).value();
  EXPECT_EQ(to_hex(session.transaction_id), session.transaction) << "upper case";
  EXPECT_THAT(session.transaction_id.size(),
              ::testing::AllOf(::testing::Ge(1U), ::testing::Le(16U)));

  Bytes signed1 = answer.binary("serverSigned1");
  auto fields = children(signed1, "30");
  EXPECT_EQ(tags_of(fields), "80 81 83 84");
  EXPECT_EQ(fields[0].content, session.transaction_id);
  EXPECT_EQ(fields[1].content, card.challenge);
  EXPECT_EQ(rsp::text_of(fields[2].content), kHost);
  session.server_challenge = fields[3].content;
  EXPECT_EQ(session.server_challenge.size(), 16U);

  Bytes certificate = answer.binary("serverCertificate");
  EXPECT_EQ(to_hex(certificate), to_hex(pki.dp_auth->certificate.der()));
  EXPECT_THAT(names_in(certificate).policies, ::testing::ElementsAre("2.23.146.1.2.1.4"));
  EXPECT_TRUE(issued_by(certificate, pki.ci.certificate.der()));
  EXPECT_TRUE(
      signed_by(certificate, signed1, element(answer.binary("serverSignature1"), "5F37").content));
  EXPECT_EQ(element(answer.binary("euiccCiPKIdToBeUsed"), "04").content,
            key_id_of(pki.ci.certificate.der()));
}

Answer ServerCase::authenticate(Session& session, const RawEuicc& card,
                                std::optional<std::string> matching_id) {
  Signed1 signed1 = signed1_of(session, card, std::move(matching_id));
  Answer answer = post("authenticateClient", authenticate_body(session, card, signed1));
  if (answer.code() == "ok") judge_authenticated(answer, session);
  return answer;
}

// SGP.22 5.6.3.
void ServerCase::judge_authenticated(const Answer& answer, Session& session) const {
  EXPECT_EQ(answer.members(),
            "header profileMetadata smdpCertificate smdpSignature2 smdpSigned2 transactionId");
  EXPECT_EQ(answer.json.at("transactionId"), session.transaction);
  session.metadata = answer.binary("profileMetadata");
  EXPECT_EQ(to_hex(session.metadata), to_hex(expected_metadata_));

  session.smdp_signed2 = answer.binary("smdpSigned2");
  auto fields = children(session.smdp_signed2, "30");
  EXPECT_THAT(tags_of(fields), ::testing::AnyOf("80 01", "80 01 5F49"));
  EXPECT_EQ(fields[0].content, session.transaction_id);
  EXPECT_THAT(to_hex(fields[1].content), ::testing::AnyOf("00", "FF"));
  session.code_wanted = fields[1].content == Bytes{0xFF};
  session.offered_otpk.reset();
  if (fields.size() == 3) session.offered_otpk = fields[2].content;

  session.smdp_certificate = answer.binary("smdpCertificate");
  session.smdp_signature2 = element(answer.binary("smdpSignature2"), "5F37").content;
  EXPECT_EQ(to_hex(session.smdp_certificate), to_hex(pki.dp_pb->certificate.der()));
  CertificateNames names = names_in(session.smdp_certificate);
  EXPECT_THAT(names.policies, ::testing::ElementsAre("2.23.146.1.2.1.5"));
  // The OID is the one of CERT.DPauth (SGP.22 3.1.3, C.1 rule 11).
  EXPECT_EQ(names.registered_ids, names_in(pki.dp_auth->certificate.der()).registered_ids);
  EXPECT_TRUE(issued_by(session.smdp_certificate, pki.ci.certificate.der()));
  EXPECT_TRUE(signed_by(session.smdp_certificate,
                        rsp::concat({session.smdp_signed2, tlv("5F37", session.euicc_signature1)}),
                        session.smdp_signature2));
}

Session ServerCase::authenticated(std::optional<std::string> matching_id) {
  Session session = begin();
  Answer answer = authenticate(session, std::move(matching_id));
  if (answer.code() != "ok") throw std::runtime_error("AuthenticateClient: " + answer.code());
  return session;
}

Answer ServerCase::package(Session& session, const RawEuicc& card, std::string_view code,
                           std::optional<rsp::crypto::PrivateKey> otsk) {
  Signed2 signed2 = signed2_of(session, otsk, code);
  return post("getBoundProfilePackage", package_body(session, card, signed2));
}

// SGP.22 5.6.2 and 2.5.4.
OpenedPackage ServerCase::opened(const Answer& answer, const Session& session) {
  if (answer.code() != "ok") throw std::runtime_error("GetBoundProfilePackage: " + answer.code());
  EXPECT_EQ(answer.members(), "boundProfilePackage header transactionId");
  EXPECT_EQ(answer.json.at("transactionId"), session.transaction);
  OpenedPackage out = open_package(answer.binary("boundProfilePackage"), *session.otsk, euicc.eid);
  EXPECT_EQ(to_hex(out.transaction_id), session.transaction);
  EXPECT_TRUE(signed_by(session.smdp_certificate, out.signed_part, out.signature)) << "smdpSign";
  EXPECT_THAT(out.host_id.size(), ::testing::AllOf(::testing::Ge(1U), ::testing::Le(16U)));
  EXPECT_EQ(to_hex(out.configure), "BF2407B8058003" + std::string(kDpOid));
  EXPECT_EQ(to_hex(out.metadata), to_hex(session.metadata));
  EXPECT_EQ(to_hex(out.profile), to_hex(expected_profile_));
  return out;
}

Session ServerCase::downloaded(std::string_view code) {
  Session session = authenticated();
  Answer answer = package(session, code);
  if (answer.code() != "ok") throw std::runtime_error("GetBoundProfilePackage: " + answer.code());
  return session;
}

}  // namespace sgp23_server
