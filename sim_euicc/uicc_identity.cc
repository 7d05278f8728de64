// GET IDENTITY: the subscriber's identity concealed for his home network (3GPP TS 31.102, 7.5;
// TS 33.501, 6.12 and Annex C).
#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "rsp/crypto/suci.h"
#include "sim_euicc/uicc.h"
#include "sim_euicc/usim_fields.h"

namespace sim {
namespace {

using rsp::asn1::context;
using rsp::card::CommandApdu;

constexpr std::uint16_t kImsi = 0x6F07, kAdministrativeData = 0x6FAD, kServiceTable = 0x6F38,
                        kDfSaip = 0x5FD0, kCalculationInformation = 0x4F01, kDf5gs = 0x5FC0,
                        kRoutingIndicator = 0x4F0A;
constexpr std::uint8_t kSuciContext = 0x01;
constexpr unsigned kSuciByUsim = 125;  // of EF.UST

/// An entry of EF.SUCI_Calc_Info: a scheme, and which of the keys it takes (TS 31.102 4.4.11.8).
struct Scheme {
  std::uint8_t identifier = 0;  // 0: null scheme; 1 and 2: profiles A and B
  std::uint8_t key_index = 0;   // from 1 on
};
struct HomeNetworkKey {
  std::uint8_t identifier = 0;
  rsp::Bytes key;
};
struct CalculationInformation {
  std::vector<Scheme> schemes;  // in order of preference
  std::vector<HomeNetworkKey> keys;
};

std::vector<HomeNetworkKey> parse_keys(rsp::BytesView list) {
  std::vector<HomeNetworkKey> keys;
  rsp::asn1::Reader reader(list);
  while (auto item = reader.next()) {
    if (item->tag == context(0) && item->content.size() == 1)
      keys.push_back({item->content[0], {}});
    if (item->tag == context(1) && !keys.empty()) keys.back().key = rsp::to_bytes(item->content);
  }
  return keys;
}

CalculationInformation parse_information(rsp::BytesView content) {
  CalculationInformation information;
  rsp::asn1::Reader reader(content);
  while (auto item = reader.next()) {
    if (item->tag == context(0)) {
      for (std::size_t i = 0; i + 1 < item->content.size(); i += 2)
        information.schemes.push_back({item->content[i], item->content[i + 1]});
    } else if (item->tag == context(1)) {
      information.keys = parse_keys(item->content);
    }
  }
  return information;
}

/// What comes out of a scheme, with the scheme and the key that were taken.
struct Concealed {
  std::uint8_t scheme = 0, key = 0;
  rsp::Bytes output;
};

/// By the first scheme that this card knows and has a key for; by the null scheme where there is
/// none.
Concealed conceal(const CalculationInformation& information, const Subscriber& subscriber,
                  rsp::Random& random) {
  for (const Scheme& scheme : information.schemes) {
    if (scheme.identifier == 0) break;
    if (scheme.identifier > 2 || scheme.key_index == 0 ||
        scheme.key_index > information.keys.size())
      continue;
    const HomeNetworkKey& key = information.keys[scheme.key_index - 1U];
    auto ephemeral = random.octets<32>();
    auto output =
        rsp::crypto::suci_scheme_output(static_cast<rsp::crypto::SuciProfile>(scheme.identifier),
                                        key.key, ephemeral, subscriber.msin);
    if (output) return {scheme.identifier, key.identifier, *std::move(output)};
  }
  return {0, 0, subscriber.msin};
}

}  // namespace

Answer Uicc::get_identity(const CommandApdu& command, Selection& at, Transaction& tx) {
  if (command.p1 != 0 || command.p2 != kSuciContext) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto file = [&](FileIndex directory, std::uint16_t id) {
    FileIndex found = directory == kNoFile ? kNoFile : image_->child(directory, id);
    return found == kNoFile ? rsp::Bytes{} : content(found, tx);
  };
  FileIndex usim = at.application;
  if (!has_service(file(usim, kServiceTable), kSuciByUsim))
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (!pin1_satisfied(usim, tx)) return refuse(rsp::card::kSecurityNotSatisfied);
  unsigned mnc_length = mnc_length_of(file(usim, kAdministrativeData)).value_or(2);
  auto subscriber = subscriber_of(file(usim, kImsi), mnc_length);
  if (!subscriber) return refuse(rsp::card::kConditionsNotSatisfied);

  auto information = parse_information(file(image_->child(usim, kDfSaip), kCalculationInformation));
  Concealed concealed = conceal(information, *subscriber, random_);
  rsp::Bytes routing = file(image_->child(usim, kDf5gs), kRoutingIndicator);
  routing.resize(2, 0xFF);
  if (routing == rsp::Bytes{0xFF, 0xFF}) routing = {0xF0, 0xFF};  // no routing indicator is 0

  // The type of identity 1, SUCI, of the SUPI format 0, IMSI.
  rsp::Bytes identity{0x01};
  rsp::append(identity, subscriber->network);
  rsp::append(identity, routing);
  identity.push_back(concealed.scheme);
  identity.push_back(concealed.key);
  rsp::append(identity, concealed.output);
  rsp::asn1::Writer writer;
  writer.constructed(context(1), [&] { writer.raw(identity); });  // A1: the SUCI data object
  return {writer.take()};
}

}  // namespace sim
