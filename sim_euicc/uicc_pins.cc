// VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN (ETSI TS 102 221, 9.5 and 11.1.9 to 11.1.13).
#include <algorithm>

#include "sim_euicc/uicc.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::card::StatusWord;

constexpr StatusWord kBlocked{0x6983}, kPinDisabled{0x6984};
constexpr std::size_t kPinLength = 8;
// PE-PINCodes pinAttributes: bit 1 enabled, bit 2 may be changed, bit 3 may be disabled. Not
// verified: the ASN.1 module does not say it; with this PIN1, PIN2 and ADM keys of TS.48 (6, 3 and
// 3) are what 3GPP TS 31.102 has them be.
constexpr std::uint8_t kEnabled = 0x01, kMayBeChanged = 0x02, kMayBeDisabled = 0x04;

StatusWord attempts(std::uint8_t left) {
  return StatusWord(static_cast<std::uint16_t>(0x63C0 | std::min<std::uint8_t>(left, 15)));
}

/// As it was installed.
bool is_enabled(const ImagePin& pin) { return (pin.attributes & kEnabled) != 0; }

/// Local references have bit 8: they belong to the application, others to the whole UICC.
bool is_local(std::uint8_t reference) { return (reference & 0x80) != 0; }

}  // namespace

std::optional<Uicc::Pin> Uicc::find_pin(std::uint8_t reference, FileIndex directory,
                                        const Transaction& tx) const {
  std::uint32_t set = is_local(reference) ? image_->files()[directory].pin_set
                                          : image_->files()[kMasterFile].pin_set;
  if (set >= image_->pin_sets().size()) return std::nullopt;
  const PinSet& pins = image_->pin_sets()[set];
  auto found = std::ranges::find(pins, reference, &ImagePin::reference);
  if (found == pins.end()) return std::nullopt;
  Pin pin{{set, reference, found->value, found->attempts_left, is_enabled(*found)}, &*found};
  if (const ProfileData* data = changes(tx)) {
    for (const PinData& changed : data->codes.pins) {
      if (changed.pin_set == set && changed.reference == reference) pin.data = changed;
    }
  }
  return pin;
}

void Uicc::store(const Pin& pin, Transaction& tx) const {
  if (!running_) return;
  const ProfileData* data = changes(tx);
  CodesData codes = data == nullptr ? CodesData{} : data->codes;
  std::erase_if(codes.pins, [&](const PinData& old) {
    return old.pin_set == pin.data.pin_set && old.reference == pin.data.reference;
  });
  const ImagePin& installed = *pin.image;
  bool as_installed = pin.data.value == installed.value &&
                      pin.data.attempts_left == installed.attempts_left &&
                      pin.data.enabled == is_enabled(installed);
  if (!as_installed) codes.pins.push_back(pin.data);
  tx.put_codes(*running_, std::move(codes));
}

std::uint8_t Uicc::puk_attempts(std::uint8_t reference, const Transaction& tx) const {
  if (const ProfileData* data = changes(tx)) {
    for (const PukData& changed : data->codes.puks)
      if (changed.reference == reference) return changed.attempts_left;
  }
  auto found = std::ranges::find(image_->puks(), reference, &ImagePuk::reference);
  return found == image_->puks().end() ? 0 : found->attempts_left;
}

void Uicc::store_puk_attempts(std::uint8_t reference, std::uint8_t left, Transaction& tx) const {
  if (!running_) return;
  const ProfileData* data = changes(tx);
  CodesData codes = data == nullptr ? CodesData{} : data->codes;
  std::erase_if(codes.puks, [&](const PukData& old) { return old.reference == reference; });
  codes.puks.push_back({reference, left});
  tx.put_codes(*running_, std::move(codes));
}

// A PIN that is disabled counts as presented (9.5.2); an ADM key never does by itself, since it
// cannot be disabled.
bool Uicc::key_satisfied(std::uint8_t reference, FileIndex directory, const Transaction& tx) const {
  auto pin = find_pin(reference, directory, tx);
  if (!pin) return false;
  return !pin->data.enabled || verified_.contains(pin->key());
}

// 3GPP TS 31.102 7.1.1: what needs the user's PIN, where the UICC has one.
bool Uicc::pin1_satisfied(FileIndex application, const Transaction& tx) const {
  constexpr std::uint8_t kPin1 = 0x01;
  return !find_pin(kPin1, application, tx) || key_satisfied(kPin1, application, tx);
}

Uicc::Expected<Uicc::Pin> Uicc::pin_of(const CommandApdu& command, const Selection& at,
                                       std::size_t length, const Transaction& tx) const {
  if (command.p1 != 0) return std::unexpected(rsp::card::kIncorrectP1P2);
  auto pin = find_pin(command.p2, at.directory, tx);
  if (!pin) return std::unexpected(rsp::card::kReferencedDataNotFound);
  if (command.data.size() != length && !command.data.empty())
    return std::unexpected(rsp::card::kWrongLength);
  return *std::move(pin);
}

std::optional<Answer> Uicc::present(Pin& pin, rsp::BytesView value, Transaction& tx) {
  if (pin.data.attempts_left == 0) return refuse(kBlocked);
  if (!rsp::equal(value, pin.data.value)) {
    verified_.erase(pin.key());
    --pin.data.attempts_left;
    store(pin, tx);
    return refuse(attempts(pin.data.attempts_left));
  }
  // Written whatever it was before, as a wrong one is: where nothing can be written, and a wrong
  // one not be counted, the answer does not tell which it was.
  pin.data.attempts_left = pin.image->max_attempts;
  store(pin, tx);
  verified_.insert(pin.key());
  return std::nullopt;
}

Answer Uicc::verify_pin(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto pin = pin_of(command, at, kPinLength, tx);
  if (!pin) return refuse(pin.error());
  // Without a value it only asks how many attempts are left.
  if (command.data.empty()) return refuse(attempts(pin->data.attempts_left));
  if (!pin->data.enabled) return refuse(kPinDisabled);
  return present(*pin, command.data, tx).value_or(Answer{});
}

Answer Uicc::change_pin(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto pin = pin_of(command, at, 2 * kPinLength, tx);
  if (!pin) return refuse(pin.error());
  if (command.data.empty()) return refuse(attempts(pin->data.attempts_left));
  if (!pin->data.enabled) return refuse(kPinDisabled);
  if ((pin->image->attributes & kMayBeChanged) == 0)
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (auto failed = present(*pin, rsp::BytesView(command.data).first(kPinLength), tx))
    return *failed;
  std::ranges::copy(rsp::BytesView(command.data).subspan(kPinLength), pin->data.value.begin());
  store(*pin, tx);
  return {};
}

Answer Uicc::disable_pin(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto pin = pin_of(command, at, kPinLength, tx);
  if (!pin) return refuse(pin.error());
  if (command.data.empty()) return refuse(attempts(pin->data.attempts_left));
  if (!pin->data.enabled) return refuse(kPinDisabled);
  if ((pin->image->attributes & kMayBeDisabled) == 0)
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (auto failed = present(*pin, command.data, tx)) return *failed;
  pin->data.enabled = false;
  store(*pin, tx);
  return {};
}

Answer Uicc::enable_pin(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto pin = pin_of(command, at, kPinLength, tx);
  if (!pin) return refuse(pin.error());
  if (command.data.empty()) return refuse(attempts(pin->data.attempts_left));
  if (pin->data.enabled) return refuse(kPinDisabled);  // the state is not the one to leave
  if (auto failed = present(*pin, command.data, tx)) return *failed;
  pin->data.enabled = true;
  store(*pin, tx);
  return {};
}

Answer Uicc::unblock_pin(const CommandApdu& command, Selection& at, Transaction& tx) {
  auto pin = pin_of(command, at, 2 * kPinLength, tx);
  if (!pin) return refuse(pin.error());
  if (!pin->image->puk) return refuse(rsp::card::kReferencedDataNotFound);
  std::uint8_t reference = *pin->image->puk;
  auto puk = std::ranges::find(image_->puks(), reference, &ImagePuk::reference);
  if (puk == image_->puks().end()) return refuse(rsp::card::kReferencedDataNotFound);
  std::uint8_t left = puk_attempts(reference, tx);
  if (command.data.empty()) return refuse(attempts(left));
  if (left == 0) return refuse(kBlocked);
  if (!rsp::equal(rsp::BytesView(command.data).first(kPinLength), puk->value)) {
    store_puk_attempts(reference, static_cast<std::uint8_t>(left - 1), tx);
    return refuse(attempts(static_cast<std::uint8_t>(left - 1)));
  }

  if (left != puk->max_attempts) store_puk_attempts(reference, puk->max_attempts, tx);
  std::ranges::copy(rsp::BytesView(command.data).subspan(kPinLength), pin->data.value.begin());
  pin->data.attempts_left = pin->image->max_attempts;
  pin->data.enabled = true;
  store(*pin, tx);
  verified_.insert(pin->key());
  return {};
}

}  // namespace sim
