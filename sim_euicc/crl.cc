// ES10b.LoadCRL (SGP.22 5.7.12), and what the CRLs on the card are used for.
//
// Several CRLs of one CI can be on the card at once: one for each scope (issuingDistributionPoint,
// RFC 5280 5.2.5), a delta CRL beside its base, and the parts of one that is not complete yet
// beside the one that it will replace.
#include "sim_euicc/crl.h"

#include "rsp/asn1/encoder.h"
#include "sim_euicc/isd_r.h"

namespace sim {
namespace {

using rsp::LoadCrlError;
using rsp::pki::ChainProblem;
using rsp::pki::Crl;

bool same_scope(const Crl& a, const Crl& b) {
  const auto &left = a.extensions(), &right = b.extensions();
  auto scope_of = [](const rsp::pki::CrlExtensions& extensions) {
    return extensions.distribution_point ? extensions.distribution_point->der : rsp::BytesView();
  };
  return rsp::equal(left.authority_key_id, right.authority_key_id) &&
         rsp::equal(scope_of(left), scope_of(right));
}

/// cRLNumber, without which none is loaded.
const rsp::pki::CrlNumber& number_of(const Crl& crl) { return *crl.extensions().number; }

/// CRLs of the same scope that are on the card.
std::vector<const Crl*> relatives(const Crl& crl, const NonVolatile& state) {
  std::vector<const Crl*> out;
  for (const auto& [key, loaded] : state.crls) {
    if (same_scope(loaded, crl)) out.push_back(&loaded);
  }
  return out;
}

bool in_same_set(const Crl& a, const Crl& b) {
  return a.is_delta() == b.is_delta() && number_of(a) == number_of(b);
}

/// The parts that would still be missing with this one loaded, in order.
std::vector<std::int64_t> missing_parts(const Crl& crl, const std::vector<const Crl*>& loaded) {
  std::vector<bool> there(crl.parts() + 1);
  there[crl.part()] = true;
  for (const Crl* other : loaded) {
    if (in_same_set(*other, crl) && other->part() < there.size()) there[other->part()] = true;
  }
  std::vector<std::int64_t> missing;
  for (std::uint32_t part = 1; part < there.size(); ++part) {
    if (!there[part]) missing.push_back(part);
  }
  return missing;
}

/// Why a CRL does not go with another of its set that is loaded.
std::optional<LoadCrlError> clash(const Crl& crl, const Crl& loaded,
                                  const std::vector<const Crl*>& all) {
  bool whole = missing_parts(loaded, all).empty();
  if (whole || loaded.part() == crl.part()) return LoadCrlError::kFresherCrlAlreadyLoaded;
  // Not specified: parts of one CRL that disagree on how many there are.
  if (loaded.parts() != crl.parts()) return LoadCrlError::kInvalidCrlFormat;
  return std::nullopt;
}

/// A CRL must have a higher number than all that is loaded of its scope, and not be made earlier;
/// only parts of one CRL share their number. A delta CRL does not take the place of a whole one, so
/// that one of the same number may follow it.
std::optional<LoadCrlError> check_fresh(const Crl& crl, const std::vector<const Crl*>& loaded) {
  for (const Crl* other : loaded) {
    if (other->is_delta() && !crl.is_delta()) continue;
    auto order = number_of(*other) <=> number_of(crl);
    bool older = order < 0 && other->this_update() <= crl.this_update();
    if (older) continue;
    if (order != 0 || !in_same_set(*other, crl)) return LoadCrlError::kFresherCrlAlreadyLoaded;
    if (auto refused = clash(crl, *other, loaded)) return refused;
  }
  return std::nullopt;
}

/// RFC 5280 5.2.4: a delta CRL says what has changed since its base, or since any later whole CRL.
bool has_base(const Crl& delta, const std::vector<const Crl*>& loaded) {
  return std::ranges::any_of(loaded, [&](const Crl* other) {
    return !other->is_delta() && number_of(*other) >= *delta.extensions().base_number &&
           missing_parts(*other, loaded).empty();
  });
}

/// What is not needed any more once a CRL is loaded. A delta CRL replaces an earlier one, since it
/// says all that has changed since the base. A whole CRL, or the last part of one, replaces all
/// before it. Not specified: what becomes of the old CRL while parts of the new one are missing; it
/// stays in force, and what the first parts list is revoked as well.
std::vector<const Crl*> superseded_by(const Crl& crl, const std::vector<const Crl*>& loaded) {
  std::vector<const Crl*> out;
  if (!missing_parts(crl, loaded).empty()) return out;
  for (const Crl* other : loaded) {
    auto order = number_of(*other) <=> number_of(crl);
    bool replaced =
        crl.is_delta() ? other->is_delta() : order < 0 || (order == 0 && other->is_delta());
    if (replaced) out.push_back(other);
  }
  return out;
}

LoadCrlError error_of(const rsp::pki::Problem& problem) {
  bool no_key =
      problem.kind == ChainProblem::kWrongIssuer || problem.kind == ChainProblem::kUnsupportedCurve;
  return no_key ? LoadCrlError::kVerificationKeyNotFound : LoadCrlError::kInvalidSignature;
}

bool lists(const Crl& crl, rsp::BytesView serial) {
  auto* entry = crl.find(serial);
  return entry != nullptr && entry->reason != rsp::pki::RevocationReason::kRemoveFromCrl;
}

bool takes_back(const Crl& crl, rsp::BytesView serial) {
  auto* entry = crl.find(serial);
  return entry != nullptr && entry->reason == rsp::pki::RevocationReason::kRemoveFromCrl;
}

bool is_serial_revoked(rsp::BytesView serial, const rsp::pki::Certificate& ci,
                       const NonVolatile& state) {
  return std::ranges::any_of(state.crls, [&](const auto& record) {
    const Crl& crl = record.second;
    if (!rsp::equal(crl.extensions().authority_key_id, ci.subject_key_id())) return false;
    if (!lists(crl, serial)) return false;
    return std::ranges::none_of(relatives(crl, state), [&](const Crl* other) {
      return number_of(*other) > number_of(crl) && takes_back(*other, serial);
    });
  });
}

}  // namespace

bool is_revoked(const rsp::pki::Certificate& certificate, const rsp::pki::Certificate& ci,
                const NonVolatile& state) {
  if (state.crls.empty()) return false;
  return is_serial_revoked(certificate.serial(), ci, state) ||
         is_serial_revoked(ci.serial(), ci, state);
}

rsp::LoadCrlResponse IsdR::load_crl(const rsp::LoadCrlRequest& request, Transaction& tx) {
  auto outcome = take_crl(request.crl.der, tx);
  if (outcome) return {*std::move(outcome)};
  step("LoadCRL refused", rsp::asn1::name_of(outcome.error()));
  return {outcome.error()};
}

// Not specified: the order of the checks. Here a CRL is read, then found to be from somebody, and
// only then compared with what is loaded.
IsdR::LoadCrlOutcome IsdR::take_crl(rsp::BytesView der, Transaction& tx) {
  using enum LoadCrlError;
  auto crl = Crl::parse(der);
  if (!crl || rsp::pki::crl_form_problem(*crl)) return std::unexpected(kInvalidCrlFormat);
  const rsp::pki::Certificate* ci = trusted_ci(crl->extensions().authority_key_id);
  if (ci == nullptr) return std::unexpected(kVerificationKeyNotFound);
  if (auto problem = rsp::pki::check_crl_signature(*crl, *ci))
    return std::unexpected(error_of(*problem));
  auto loaded = relatives(*crl, tx.state());
  if (auto refused = check_fresh(*crl, loaded)) return std::unexpected(*refused);
  if (crl->is_delta() && !has_base(*crl, loaded)) return std::unexpected(kBaseCrlMissing);
  std::vector<std::string> superseded;
  std::size_t freed = 0;
  for (const Crl* other : superseded_by(*crl, loaded)) {
    superseded.push_back(crl_key(*other));
    freed += other->der().size();
  }
  if (crl->der().size() > free_memory(tx, freed)) return std::unexpected(kNotEnoughMemorySpace);
  std::vector<std::int64_t> missing = missing_parts(*crl, loaded);

  for (const std::string& key : superseded) tx.erase_crl(key);
  tx.put_crl(*std::move(crl));

  rsp::LoadCrlResponseOk answer;
  if (!missing.empty()) answer.missing_parts = std::move(missing);
  return answer;
}

}  // namespace sim
