#include "lpa/profile_switch.h"

#include "lpa/result_code.h"

namespace lpa {
namespace {

using rsp::Layer;

bool is(const rsp::ProfileInfo& info, const rsp::ProfileIdentifier& profile) {
  if (auto* aid = std::get_if<rsp::Aid>(&profile)) return info.isdp_aid == *aid;
  return info.iccid == std::get<rsp::Iccid>(profile);
}

/// Whether another way may help: the card did not answer, was busy, or did not say what is wrong.
/// It has its reasons for anything else.
bool is_worth_another_try(const rsp::Error& error) {
  if (error.layer != Layer::kCard) return error.layer != Layer::kInput;
  return error.code == "catBusy" || error.code == "undefinedError" ||
         error.code == "iccidOrAidNotFound";
}

}  // namespace

rsp::Status ProfileSwitch::run(const rsp::ProfileIdentifier& profile) {
  auto first = attempt({profile, true});
  if (first) return lpa_.es10_.reset();
  // The card may say so of a profile for another reason.
  if (first.error().code == "profileNotInDisabledState" && is_done(profile)) return {};
  if (lpa_.options_.persistence == Persistence::kOnce || !is_worth_another_try(first.error()))
    return first;
  // What made the card busy, or lost its answer, ends with a reset (field faults F42, F44). Before
  // it the card may not even tell the profile's other name.
  (void)lpa_.es10_.reset();
  for (const Way& way : ways(profile)) {
    if (is_done(profile)) return {};
    if (attempt(way)) return lpa_.es10_.reset();
    (void)lpa_.es10_.reset();
  }
  if (is_done(profile)) return {};
  first.error().hint +=
      std::string(first.error().hint.empty() ? "" : "; ") +
      "the profile was tried by ICCID and by AID, with REFRESH and without, after resets";
  return first;
}

std::vector<ProfileSwitch::Way> ProfileSwitch::ways(const rsp::ProfileIdentifier& profile) {
  std::vector<rsp::ProfileIdentifier> names{profile};
  if (auto info = listed(profile)) {
    bool by_aid = std::holds_alternative<rsp::Aid>(profile);
    if (by_aid && info->iccid) names.emplace_back(*info->iccid);
    if (!by_aid && info->isdp_aid) names.emplace_back(*info->isdp_aid);
  }
  std::vector<Way> all;
  for (bool refresh : {true, false}) {
    for (const auto& name : names) all.push_back({name, refresh});
  }
  return all;
}

rsp::Status ProfileSwitch::attempt(const Way& way) {
  if (wanted_ == rsp::ProfileState::kEnabled) {
    rsp::EnableProfileRequest request{way.profile, way.refresh, {}};
    RSP_TRY(auto response, lpa_.es10_.call(request));
    return check_result(request.kFunction, response.enable_result);
  }
  rsp::DisableProfileRequest request{way.profile, way.refresh, {}};
  RSP_TRY(auto response, lpa_.es10_.call(request));
  return check_result(request.kFunction, response.disable_result);
}

std::optional<rsp::ProfileInfo> ProfileSwitch::listed(const rsp::ProfileIdentifier& profile) {
  auto all = lpa_.profiles();
  if (!all) return std::nullopt;
  auto found = std::ranges::find_if(*all, [&](const auto& info) { return is(info, profile); });
  if (found == all->end()) return std::nullopt;
  return *found;
}

bool ProfileSwitch::is_done(const rsp::ProfileIdentifier& profile) {
  auto info = listed(profile);
  return info && info->profile_state == wanted_;
}

}  // namespace lpa
