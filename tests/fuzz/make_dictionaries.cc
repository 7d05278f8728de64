// Makes the dictionaries of the fuzz targets: tags and names out of the declarations, AIDs and file
// IDs out of a card with a profile, and the commands that the card itself says it knows.
//
// Usage: fuzz_make_dictionaries FOLDER           writes FOLDER/TARGET.dict
//        fuzz_make_dictionaries --check FOLDER   says which of them are not what they would be now
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "rsp/base/hex.h"
#include "rsp/messages/all.h"
#include "rsp/pki/crl.h"
#include "rsp/saip/check.h"
#include "tests/fuzz/support/card.h"

namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::asn1::Tag;

/// Tokens with a name each; the same octets twice have the first one's.
class Dictionary {
 public:
  void add(std::string name, BytesView octets) {
    if (octets.empty() || !known_.emplace(rsp::to_bytes(octets), name).second) return;
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    entries_.emplace_back(std::move(name), rsp::to_bytes(octets));
  }
  void add(const Dictionary& other) {
    for (const auto& [name, octets] : other.entries_) add(name, octets);
  }
  std::string text() const {
    std::string out = "# Made by fuzz_make_dictionaries (docs/fuzzing.md).\n";
    std::map<std::string, int> seen;
    for (const auto& [name, octets] : entries_) {
      int times = seen[name]++;
      out += name + (times == 0 ? "" : "_" + std::to_string(times + 1)) + "=\"";
      for (std::uint8_t octet : octets) out += "\\x" + rsp::to_hex(Bytes{octet});
      out += "\"\n";
    }
    return out;
  }

 private:
  std::map<Bytes, std::string> known_;
  std::vector<std::pair<std::string, Bytes>> entries_;
};

Bytes identifier(Tag tag, bool constructed) {
  Bytes element = constructed ? rsp::asn1::constructed_tlv(tag, {}) : rsp::asn1::tlv(tag, {});
  element.pop_back();  // the length
  return element;
}

/// Whether a field of this type has elements inside.
template <class T>
struct Constructed : std::bool_constant<rsp::asn1::Message<T> || rsp::asn1::DescribedList<T>> {};
template <class T>
struct Constructed<std::optional<T>> : Constructed<T> {};
template <class T>
struct Constructed<rsp::asn1::Signed<T>> : std::true_type {};
template <class T>
struct Constructed<rsp::asn1::Boxed<T>> : Constructed<T> {};
template <class T>
struct Constructed<std::vector<T>> : std::bool_constant<!std::same_as<T, std::uint8_t>> {};
template <class... A>
struct Constructed<std::variant<A...>> : std::true_type {};

/// A visitor of declarations that notes the tag of every field.
class Tags {
 public:
  explicit Tags(Dictionary& out) : out_(out) {}

  template <class M>
  void message() {
    M message{};
    M::fields(*this, message);
  }

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, const T& value, const Spec&... spec) {
    out_.add(std::string(name), identifier(tag, is_constructed<T>()));
    descend(name, value);
    (descend_spec(name, value, spec), ...);
  }
  template <class T, std::size_t N>
  void operator()(std::string_view name, const T& value, const rsp::asn1::OneOf<N>& of) {
    descend_spec(name, value, of);
  }

 private:
  template <class T>
  static constexpr bool is_constructed() {
    return Constructed<T>::value;
  }
  template <rsp::asn1::Message T>
  void descend(std::string_view, const T&) {
    message<T>();
  }
  template <class T>
  void descend(std::string_view, const rsp::asn1::Signed<T>&) {
    message<T>();
  }
  template <class T>
  void descend(std::string_view name, const rsp::asn1::Boxed<T>&) {
    descend(name, T{});
  }
  template <class T>
  void descend(std::string_view name, const std::optional<T>&) {
    descend(name, T{});
  }
  template <rsp::asn1::DescribedList T>
  void descend(std::string_view name, const T&) {
    descend_spec(name, std::vector<typename T::value_type>{}, T::kSpec);
  }
  void descend(std::string_view, const auto&) {}

  template <class T>
  void descend_spec(std::string_view name, const std::vector<T>&, const rsp::asn1::Each& each) {
    out_.add(std::string(name) + "_element", identifier(each.tag, is_constructed<T>()));
    descend(name, T{});
  }
  template <class T>
  void descend_spec(std::string_view name, const std::optional<T>&, const auto& spec) {
    descend_spec(name, T{}, spec);
  }
  template <class... A, std::size_t N>
  void descend_spec(std::string_view name, const std::vector<std::variant<A...>>&,
                    const rsp::asn1::OneOf<N>& of) {
    descend_spec(name, std::variant<A...>{}, of);
  }
  template <class... A, std::size_t N>
  void descend_spec(std::string_view, const std::variant<A...>&, const rsp::asn1::OneOf<N>& of) {
    std::size_t i = 0;
    ((out_.add(std::string(of.alternatives[i].name),
               identifier(of.alternatives[i].tag, is_constructed<A>())),
      descend(of.alternatives[i].name, A{}), ++i),
     ...);
  }
  void descend_spec(std::string_view, const auto&, const auto&) {}

  Dictionary& out_;
};

Dictionary messages() {
  Dictionary out;
  rsp::AllMessages::for_each([&]<class M>() {
    out.add(std::string(M::kName), identifier(M::kTag, true));
    Tags{out}.message<M>();
  });
  return out;
}

template <class... Body>
void profile_elements(Dictionary& out, const std::variant<Body...>*) {
  auto one = [&]<class B>() {
    if constexpr (rsp::asn1::Message<B>) Tags{out}.message<B>();
  };
  (one.template operator()<Body>(), ...);
}

/// Tags of profile elements, templates, and the elements of a made profile without content.
Dictionary packages() {
  Dictionary out;
  profile_elements(out, static_cast<const decltype(rsp::saip::ProfileElement::body)*>(nullptr));
  for (std::uint32_t number = 0; number <= 32; ++number)
    out.add("profileElement_" + std::to_string(number),
            identifier(rsp::asn1::context(number), true));
  for (const rsp::asn1::Oid& oid : rsp::saip::known_templates())
    out.add("template_" + rsp::asn1::to_string(oid),
            rsp::asn1::tlv(rsp::asn1::kObjectIdentifier, oid.content));
  return out;
}

/// CLA INS P1 of every command that a card knows, as the card answers it.
void add_commands(Dictionary& out) {
  auto answer = [](Bytes apdu) {
    fuzz::Card& card = fuzz::card_in(fuzz::Start::kInstalled, 0);
    Bytes response = card.transmit(apdu);
    return response[response.size() - 2] << 8 | response.back();
  };
  for (int cla : {0x00, 0x80}) {
    for (int ins = 0; ins < 256; ++ins) {
      auto octet = [](int value) { return static_cast<std::uint8_t>(value); };
      int sw = answer({octet(cla), octet(ins), 0, 0});
      if (sw == 0x6D00 || sw == 0x6E00) continue;
      std::string name = "command_" + rsp::to_hex(Bytes{octet(cla), octet(ins)});
      out.add(name, Bytes{octet(cla), octet(ins)});
    }
  }
}

void add_applications(Dictionary& out) {
  fuzz::Card& card = fuzz::card_in(fuzz::Start::kInstalled, 0);
  auto aid = [&](std::string name, BytesView value) {
    out.add(name, rsp::concat({Bytes{static_cast<std::uint8_t>(value.size())}, value}));
  };
  aid("isd_r", card.euicc().persona().isd_r_aid);
  aid("ecasd", rsp::from_hex("A0000005591010FFFFFFFF8900000200").value());
  for (const auto& [isd_p, profile] : card.euicc().memory().profiles) {
    aid("isd_p", isd_p);
    out.add("iccid", profile.metadata.iccid);
    auto image = sim::ProfileImage::install(profile.package, {});
    for (sim::FileIndex file = 0; image && file < image->files().size(); ++file) {
      std::uint16_t id = image->files()[file].id;
      Bytes octets{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
      out.add("file_" + rsp::to_hex(octets), octets);
      if (!image->aid(file).empty()) aid("adf", image->aid(file));
    }
  }
}

void add_objects(Dictionary& out) {
  for (auto [name, hex] : {std::pair{"sms_pp_download", "D1"},
                           {"event_download", "D6"},
                           {"menu_selection", "D3"},
                           {"device_identities", "82028381"},
                           {"terminal_response_ok", "810301010082028281830100"},
                           {"terminal_capability_lpa", "A903830107"},
                           {"get_response", "00C0000000"},
                           {"store_data_last", "81E29100"},
                           {"store_data_more", "81E21100"},
                           {"key_reference_pin1", "0001"},
                           {"key_reference_adm1", "000A"},
                           {"aka_3g", "0081"}})
    out.add(name, rsp::from_hex(hex).value());
}

std::map<std::string, Dictionary> dictionaries() {
  Dictionary declared = messages(), elements = packages();
  Dictionary apdus;
  add_commands(apdus);
  add_applications(apdus);
  add_objects(apdus);
  Dictionary session = apdus;
  session.add(declared);
  Dictionary loads = declared;
  loads.add(elements);
  Dictionary lists;
  for (auto extension :
       {rsp::pki::CrlExtension::kAuthorityKeyId, rsp::pki::CrlExtension::kCrlNumber,
        rsp::pki::CrlExtension::kDeltaCrlIndicator,
        rsp::pki::CrlExtension::kIssuingDistributionPoint,
        rsp::pki::CrlExtension::kTotalPartialCrlNumber, rsp::pki::CrlExtension::kPartialCrlNumber})
    lists.add(std::string(rsp::pki::to_string(extension)),
              rsp::asn1::tlv(rsp::asn1::kObjectIdentifier, rsp::pki::oid_of(extension).content));
  return {{"apdu_stream", session},
          {"es10_request", declared},
          {"tlv_and_messages", declared},
          {"bpp_segments", declared},
          {"tlv", declared},
          {"bpp", loads},
          {"upp", elements},
          {"crl", lists},
          {"ota_packet", apdus}};
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int count, char** arguments) {
  bool check = count == 3 && std::string_view(arguments[1]) == "--check";
  if (count != 2 && !check) {
    std::fprintf(stderr, "usage: %s [--check] FOLDER\n", arguments[0]);
    return 2;
  }
  std::filesystem::path folder = arguments[count - 1];
  int stale = 0;
  for (const auto& [target, dictionary] : dictionaries()) {
    auto file = folder / (target + ".dict");
    if (check && content_of(file) != dictionary.text()) {
      std::fprintf(stderr, "%s is not what the declarations say; make it anew: %s %s\n",
                   file.c_str(), arguments[0], folder.c_str());
      ++stale;
    }
    if (!check) std::ofstream(file, std::ios::binary) << dictionary.text();
  }
  return stale == 0 ? 0 : 1;
}
