// The known answers of tests/vectors/messages.json, and every message type behind functions that
// are the same for all.
#pragma once

#include <fstream>
#include <map>

#include "rsp/asn1/decoder.h"
#include "rsp/json/asn1_json.h"
#include "rsp/messages/all.h"

namespace rsp {

/// Members in any order.
using Unordered = nlohmann::json;

/// What the codec makes of some octets.
struct Decoded {
  Bytes encoded;
  Unordered value;
};
/// One message type behind functions that are the same for all.
struct Codec {
  Result<Decoded> (*decode)(BytesView der);
  Result<Bytes> (*encode)(const Json& value);
};

template <class M>
Codec codec_of() {
  return {.decode = [](BytesView der) -> Result<Decoded> {
            RSP_TRY(M message, asn1::decode<M>(der));
            return Decoded{asn1::encode(message), Unordered(to_json(message))};
          },
          .encode = [](const Json& value) -> Result<Bytes> {
            RSP_TRY(M message, from_json<M>(value));
            return asn1::encode(message);
          }};
}

inline const std::map<std::string_view, Codec>& codecs() {
  static const auto all = [] {
    std::map<std::string_view, Codec> out;
    AllMessages::for_each([&]<class M>() { out.emplace(M::kName, codec_of<M>()); });
    return out;
  }();
  return all;
}

struct Vector {
  std::string name, message;
  Bytes der;
  Json value;           // null in an invalid vector
  Bytes canonical;      // what the value encodes to
  Bytes again;          // what the decoded message encodes to
  std::string invalid;  // the field that the error names; empty in a valid vector
};

inline const std::vector<Vector>& vectors() {
  static const auto all = [] {
    std::ifstream file(ESIMBENCH_VECTORS "/messages.json");
    std::vector<Vector> out;
    for (const Json& row : Json::parse(file)) {
      Vector vector{.name = row.at("name"),
                    .message = row.at("message"),
                    .der = from_hex(std::string(row.at("der"))).value()};
      if (row.contains("value")) vector.value = row["value"];
      vector.canonical =
          row.contains("canonical") ? from_hex(std::string(row["canonical"])).value() : vector.der;
      vector.again = row.value("kept", false) ? vector.der : vector.canonical;
      vector.invalid = row.value("invalid", "");
      out.push_back(std::move(vector));
    }
    return out;
  }();
  return all;
}

}  // namespace rsp
