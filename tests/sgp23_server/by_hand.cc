#include "by_hand.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace sgp23_server {
namespace {

template <auto kFree>
struct Free {
  void operator()(auto* object) const { kFree(object); }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Free<kFree>>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using X509Pointer = Owned<X509, X509_free>;

[[noreturn]] void wrong(const std::string& what) { throw std::runtime_error(what); }

void must(bool good, const char* what) {
  if (!good) wrong(what);
}

X509Pointer certificate_from(BytesView der) {
  const unsigned char* at = der.data();
  X509Pointer out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!out || at != der.data() + der.size()) wrong("this is no X.509 certificate");
  return out;
}

std::string dotted(const ASN1_OBJECT* oid) {
  char text[128];
  OBJ_obj2txt(text, sizeof text, oid, /*no_name=*/1);
  return text;
}

Bytes x963(BytesView secret, BytesView shared_info, std::size_t size) {
  Owned<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, "X963KDF", nullptr));
  Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  auto octets = [](const char* name, BytesView value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                             value.size());
  };
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                             octets(OSSL_KDF_PARAM_SECRET, secret),
                             octets(OSSL_KDF_PARAM_INFO, shared_info), OSSL_PARAM_construct_end()};
  Bytes out(size);
  must(EVP_KDF_derive(context.get(), out.data(), size, parameters) == 1, "X9.63");
  return out;
}

Bytes aes(bool decrypt, const EVP_CIPHER* cipher, BytesView key, const std::uint8_t* iv,
          BytesView in) {
  Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
  Bytes out(in.size());
  int size = 0;
  must(EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), iv, decrypt ? 0 : 1) == 1,
       "AES");
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  must(EVP_CipherUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) ==
               1 &&
           size == static_cast<int>(in.size()),
       "AES");
  return out;
}

Bytes cmac(BytesView key, BytesView message) {
  Owned<EVP_MAC, EVP_MAC_free> mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> context(EVP_MAC_CTX_new(mac.get()));
  char cipher[] = "AES-128-CBC";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                             OSSL_PARAM_construct_end()};
  Bytes out(16);
  std::size_t size = 0;
  must(EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1 &&
           EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
           EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == 16,
       "CMAC");
  return out;
}

Bytes shared_secret(const rsp::crypto::PrivateKey& own, BytesView peer_point) {
  Bytes der = own.to_pkcs8();
  const unsigned char* at = der.data();
  Pkey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  Pkey peer(EVP_PKEY_new());
  must(key != nullptr && EVP_PKEY_copy_parameters(peer.get(), key.get()) == 1 &&
           EVP_PKEY_set1_encoded_public_key(peer.get(), peer_point.data(), peer_point.size()) == 1,
       "otPK.DP is no point on the curve");
  Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  Bytes out(32);
  std::size_t size = out.size();
  must(EVP_PKEY_derive_init(context.get()) == 1 &&
           EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
           EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == 32,
       "ECDH");
  return out;
}

/// The eUICC's end of the protection: the MAC chains from one TLV to the next, and the counter runs
/// over every one of them, 88 too (pitfall H 13).
class Channel {
 public:
  Channel(BytesView chaining_value, BytesView enc, BytesView mac)
      : chain_(rsp::to_bytes(chaining_value)), enc_(rsp::to_bytes(enc)), mac_(rsp::to_bytes(mac)) {}

  Bytes open(const Element& part) {
    if (part.content.size() < 8) wrong("there is no room for a MAC");
    std::size_t size = part.content.size() - 8;
    BytesView data = BytesView(part.content).first(size);
    BytesView with_header = BytesView(part.whole).first(part.whole.size() - 8);
    Bytes mac = cmac(mac_, rsp::concat({chain_, with_header}));
    if (!rsp::equal(BytesView(mac).first(8), BytesView(part.content).last(8)))
      wrong(fmt::format("the MAC of the {} with counter {} is wrong", part.tag, counter_));
    chain_ = mac;
    Bytes counter(16, 0);
    for (int octet = 0; octet < 8; ++octet)
      counter[15 - octet] = static_cast<std::uint8_t>(counter_ >> (8 * octet));
    ++counter_;
    if (part.tag == "88") return rsp::to_bytes(data);
    if (size == 0 || size % 16 != 0) wrong("the ciphertext is not whole blocks");
    Bytes iv = aes(false, EVP_aes_128_ecb(), enc_, nullptr, counter);
    Bytes plain = aes(true, EVP_aes_128_cbc(), enc_, iv.data(), data);
    while (!plain.empty() && plain.back() == 0) plain.pop_back();
    if (plain.empty() || plain.back() != 0x80) wrong("the padding is wrong");
    plain.pop_back();
    if (plain.size() + 16 < size) wrong("the padding is longer than a block");
    return plain;
  }

 private:
  Bytes chain_, enc_, mac_;
  std::uint64_t counter_ = 1;
};

constexpr std::size_t kMaxSegment = 1020;  // SGP.22 2.5.3

/// The parts of a sequence, opened and put together. All must have the tag.
Bytes open_sequence(Channel& channel, const Element& sequence, std::string_view tag,
                    std::size_t& count) {
  auto parts = elements(sequence.content);
  if (parts.empty()) wrong("the sequence " + sequence.tag + " is empty");
  Bytes out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].tag != tag) wrong(fmt::format("in {} there is a {}", sequence.tag, parts[i].tag));
    std::size_t size = parts[i].whole.size();
    bool last = i + 1 == parts.size();
    if (size > kMaxSegment || (!last && size != kMaxSegment))
      wrong(fmt::format("segment {} of {} has {} octets", i, sequence.tag, size));
    rsp::append(out, channel.open(parts[i]));
  }
  count = parts.size();
  return out;
}

}  // namespace

Bytes tlv(std::string_view tag, std::initializer_list<BytesView> content) {
  Bytes inner = rsp::concat(content);
  Bytes out = rsp::from_hex(tag).value();
  std::size_t size = inner.size();
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 0x100) {
    rsp::append(out, Bytes{0x81, static_cast<std::uint8_t>(size)});
  } else {
    must(size < 0x10000, "too long for a test");
    rsp::append(out, Bytes{0x82, static_cast<std::uint8_t>(size >> 8),
                           static_cast<std::uint8_t>(size & 0xFF)});
  }
  rsp::append(out, inner);
  return out;
}

Bytes text_tlv(std::string_view tag, std::string_view text) { return tlv(tag, rsp::view_of(text)); }

std::vector<Element> elements(BytesView octets) {
  std::vector<Element> out;
  std::size_t at = 0;
  auto next = [&]() -> std::uint8_t {
    if (at >= octets.size()) wrong("the DER ends within an element");
    return octets[at++];
  };
  while (at < octets.size()) {
    std::size_t start = at;
    if ((next() & 0x1F) == 0x1F) {
      while ((next() & 0x80) != 0) {
      }
    }
    Element one;
    one.tag = to_hex(octets.subspan(start, at - start));
    std::size_t size = next();
    if (size >= 0x80) {
      std::size_t octets_of_size = size & 0x7F;
      must(octets_of_size >= 1 && octets_of_size <= 3, "a length that DER does not have");
      size = 0;
      for (std::size_t i = 0; i < octets_of_size; ++i) size = size << 8 | next();
      must(size >= (octets_of_size == 1 ? 0x80U : 1U << (8 * (octets_of_size - 1))),
           "a length that is not the shortest");
    }
    if (octets.size() - at < size) wrong("the DER ends within " + one.tag);
    one.content = rsp::to_bytes(octets.subspan(at, size));
    at += size;
    one.whole = rsp::to_bytes(octets.subspan(start, at - start));
    out.push_back(std::move(one));
  }
  return out;
}

Element element(BytesView octets, std::string_view tag) {
  auto found = elements(octets);
  if (found.size() != 1 || found[0].tag != tag)
    wrong(fmt::format("there should be one {}, and there is: {}", tag, tags_of(found)));
  return std::move(found[0]);
}

std::string tags_of(const std::vector<Element>& elements) {
  std::string out;
  for (const Element& one : elements) out += (out.empty() ? "" : " ") + one.tag;
  return out;
}

Bytes content_of(const std::vector<Element>& elements, std::string_view tag) {
  for (const Element& one : elements) {
    if (one.tag == tag) return one.content;
  }
  wrong(fmt::format("there is no {} among {}", tag, tags_of(elements)));
}

std::string to_base64(BytesView octets) {
  std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), octets.data(),
                             static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Bytes from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.contains('\n')) wrong("this is no line of padded base64");
  Bytes out(text.size() / 4 * 3);
  int size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()));
  must(size == static_cast<int>(out.size()), "this is no base64");
  for (std::size_t at = text.size(); at > 0 && text[at - 1] == '='; --at) out.pop_back();
  return out;
}

Bytes sha256(BytesView octets) {
  Bytes out(32);
  EVP_Digest(octets.data(), octets.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

bool signed_by(BytesView certificate, BytesView message, BytesView signature) {
  if (signature.size() != 64) return false;
  X509Pointer parsed = certificate_from(certificate);
  Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(signature.data(), 32, nullptr),
                 BN_bin2bn(signature.data() + 32, 32, nullptr));
  unsigned char* der = nullptr;
  int size = i2d_ECDSA_SIG(pair.get(), &der);
  Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                   X509_get0_pubkey(parsed.get())) == 1 &&
              EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), message.data(),
                               message.size()) == 1;
  OPENSSL_free(der);
  return good;
}

bool issued_by(BytesView certificate, BytesView issuer) {
  X509Pointer subject = certificate_from(certificate), above = certificate_from(issuer);
  return X509_verify(subject.get(), X509_get0_pubkey(above.get())) == 1;
}

CertificateNames names_in(BytesView certificate) {
  X509Pointer parsed = certificate_from(certificate);
  CertificateNames out;
  Owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free> policies(static_cast<CERTIFICATEPOLICIES*>(
      X509_get_ext_d2i(parsed.get(), NID_certificate_policies, nullptr, nullptr)));
  for (int i = 0; policies && i < sk_POLICYINFO_num(policies.get()); ++i)
    out.policies.push_back(dotted(sk_POLICYINFO_value(policies.get(), i)->policyid));
  Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(parsed.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_RID) out.registered_ids.push_back(dotted(name->d.registeredID));
    if (name->type == GEN_DNS) {
      out.dns_names.emplace_back(
          reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
          static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
  }
  return out;
}

Bytes key_id_of(BytesView certificate) {
  X509Pointer parsed = certificate_from(certificate);
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(parsed.get());
  must(id != nullptr, "the certificate has no subjectKeyIdentifier");
  return {ASN1_STRING_get0_data(id), ASN1_STRING_get0_data(id) + ASN1_STRING_length(id)};
}

Bytes hash_of_code(std::string_view code, BytesView transaction_id) {
  return sha256(rsp::concat({sha256(rsp::view_of(code)), transaction_id}));
}

OpenedPackage open_package(BytesView package, const rsp::crypto::PrivateKey& euicc_otsk,
                           BytesView eid) {
  auto sequences = children(package, "BF36");
  std::string tags = tags_of(sequences);
  if (tags != "BF23 A0 A1 A3" && tags != "BF23 A0 A1 A2 A3") wrong("the package is " + tags);
  OpenedPackage out;
  out.initialise = sequences[0].whole;
  auto fields = elements(sequences[0].content);
  if (tags_of(fields) != "82 80 A6 5F49 5F37") wrong("BF23 is " + tags_of(fields));
  if (to_hex(fields[0].content) != "01") wrong("remoteOpId is not installBoundProfilePackage");
  out.transaction_id = fields[1].content;
  auto reference = elements(fields[2].content);
  // keyType 88 is AES, keyLen 10 is 16 octets (SGP.22 5.5.1).
  if (tags_of(reference) != "80 81 84" || to_hex(reference[0].content) != "88" ||
      to_hex(reference[1].content) != "10")
    wrong("the control reference template is " + to_hex(fields[2].content));
  out.host_id = reference[2].content;
  out.smdp_otpk = fields[3].content;
  out.signature = fields[4].content;
  out.signed_part = rsp::concat({fields[0].whole, fields[1].whole, fields[2].whole, fields[3].whole,
                                 tlv("5F49", euicc_otsk.public_key().point())});

  auto length = [](BytesView value) { return Bytes{static_cast<std::uint8_t>(value.size())}; };
  Bytes info = rsp::concat({"8810"_hex, length(out.host_id), out.host_id, length(eid), eid});
  Bytes keys = x963(shared_secret(euicc_otsk, out.smdp_otpk), info, 48);
  BytesView view(keys);
  Channel channel(view.first(16), view.subspan(16, 16), view.subspan(32, 16));
  std::size_t one = 0;
  out.configure = open_sequence(channel, sequences[1], "87", one);
  if (one != 1) wrong("ConfigureISDP is more than one segment");
  out.metadata = open_sequence(channel, sequences[2], "88", out.metadata_segments);
  if (sequences.size() == 5) {
    out.replace_keys = open_sequence(channel, sequences[3], "87", one);
    if (one != 1) wrong("ReplaceSessionKeys is more than one segment");
    auto replaced = children(*out.replace_keys, "BF26");
    if (tags_of(replaced) != "80 81 82") wrong("ReplaceSessionKeys is " + tags_of(replaced));
    for (const Element& key : replaced) must(key.content.size() == 16, "a key has not 16 octets");
    channel = Channel(replaced[0].content, replaced[1].content, replaced[2].content);
  }
  out.profile = open_sequence(channel, sequences.back(), "86", out.profile_segments);
  for (std::size_t i = 1; i < sequences.size(); ++i)
    rsp::append(out.protected_part, sequences[i].whole);
  return out;
}

}  // namespace sgp23_server
