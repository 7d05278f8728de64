#include "rsp/crypto/foreign_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {

ForeignKey generate_p384_key() {
  PkeyPtr key(EVP_EC_gen("P-384"));
  Bytes point(97);
  std::size_t size = 0;
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<PKCS8_PRIV_KEY_INFO_free>> info;
  if (key && EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                             point.size(), &size) == 1)
    info.reset(EVP_PKEY2PKCS8(key.get()));
  int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr) : 0;
  if (length <= 0) throw std::runtime_error("OpenSSL: cannot make a key of P-384");
  Bytes pkcs8(static_cast<std::size_t>(length));
  unsigned char* at = pkcs8.data();
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at);
  return {std::move(point), std::move(pkcs8)};
}

}  // namespace rsp::crypto
