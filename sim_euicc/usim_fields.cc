#include "sim_euicc/usim_fields.h"

namespace sim {

bool has_service(rsp::BytesView table, unsigned number) {
  std::size_t octet = (number - 1) / 8;
  return octet < table.size() && (table[octet] >> ((number - 1) % 8) & 1) != 0;
}

std::optional<Subscriber> subscriber_of(rsp::BytesView ef_imsi, unsigned mnc_length) {
  constexpr std::size_t kSize = 9, kMost = 8;
  if (ef_imsi.size() < kSize || ef_imsi[0] == 0 || ef_imsi[0] > kMost) return std::nullopt;
  rsp::Bytes digits;
  for (std::size_t i = 1; i <= ef_imsi[0]; ++i) {
    if (i > 1) digits.push_back(ef_imsi[i] & 0x0F);  // the low nibble of the first one is parity
    digits.push_back(ef_imsi[i] >> 4);
  }
  while (!digits.empty() && digits.back() > 9) digits.pop_back();
  if (digits.size() < 3U + mnc_length) return std::nullopt;
  Subscriber subscriber;
  std::uint8_t third = mnc_length == 3 ? digits[5] : 0x0F;
  subscriber.network = {static_cast<std::uint8_t>(digits[1] << 4 | digits[0]),
                        static_cast<std::uint8_t>(third << 4 | digits[2]),
                        static_cast<std::uint8_t>(digits[4] << 4 | digits[3])};
  for (std::size_t i = 3 + mnc_length; i < digits.size(); i += 2) {
    std::uint8_t high = i + 1 < digits.size() ? digits[i + 1] : 0x0F;
    subscriber.msin.push_back(static_cast<std::uint8_t>(high << 4 | digits[i]));
  }
  return subscriber;
}

std::optional<unsigned> mnc_length_of(rsp::BytesView ef_ad) {
  unsigned length = ef_ad.size() >= 4 ? ef_ad[3] & 0x0F : 0;
  if (length != 2 && length != 3) return std::nullopt;
  return length;
}

}  // namespace sim
