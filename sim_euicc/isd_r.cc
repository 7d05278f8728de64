#include "sim_euicc/isd_r.h"

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"
#include "sim_euicc/event_bits.h"

namespace sim {
namespace {

using rsp::asn1::Tag;

// --- What a request gets that is not well formed ---
// Cards answer with the function's own "undefined error" where it has one (field fault F47), else
// with 6A80.

template <class Response>
std::optional<Response> malformed_answer() {
  if constexpr (requires(Response r) { r.enable_result; }) {
    return Response{.enable_result = rsp::EnableResult::kUndefinedError};
  } else if constexpr (requires(Response r) { r.disable_result; }) {
    return Response{.disable_result = rsp::DisableResult::kUndefinedError};
  } else if constexpr (requires(Response r) { r.delete_result; }) {
    return Response{.delete_result = rsp::DeleteResult::kUndefinedError};
  } else if constexpr (requires(Response r) { r.reset_result; }) {
    return Response{.reset_result = rsp::ResetResult::kUndefinedError};
  } else if constexpr (requires(Response r) { r.set_nickname_result; }) {
    return Response{.set_nickname_result = rsp::SetNicknameResult::kUndefinedError};
  } else if constexpr (requires(Response r) { r.delete_notification_status; }) {
    return Response{.delete_notification_status = rsp::DeleteNotificationStatus::kUndefinedError};
  } else if constexpr (requires(Response r) { r.set_default_dp_address_result; }) {
    return Response{.set_default_dp_address_result =
                        rsp::SetDefaultDpAddressResult::kUndefinedError};
  } else if constexpr (std::same_as<Response, rsp::ProfileInfoListResponse>) {
    return Response{rsp::ProfileInfoListError::kIncorrectInputValues};
  } else if constexpr (std::same_as<Response, rsp::ListNotificationResponse> ||
                       std::same_as<Response, rsp::RetrieveNotificationsListResponse>) {
    return Response{rsp::NotificationListError::kUndefinedError};
  } else if constexpr (std::same_as<Response, rsp::LoadCrlResponse>) {
    return Response{rsp::LoadCrlError::kUndefinedError};
  } else {
    return std::nullopt;
  }
}

/// One row of the command table.
struct Es10Command {
  Tag tag;
  std::string_view name;
  Answer (*run)(IsdR& isd_r, rsp::BytesView command, Transaction& tx, rsp::TraceSink* trace);
  bool during_load;  // served while a BPP is being loaded (SGP.22 3.1.5)
};

void trace_malformed(rsp::TraceSink* trace, const rsp::Error& error) {
  if (trace == nullptr) return;
  trace->event({rsp::TraceKind::kStep,
                rsp::Party::kEuicc,
                rsp::Party::kEuicc,
                "malformed ES10 command",
                error.text,
                {}});
}

template <auto Handler>
struct HandlerTraits;
template <class Request, class Response, Response (IsdR::*Handler)(const Request&, Transaction&)>
struct HandlerTraits<Handler> {
  static_assert(std::same_as<typename Request::Response, Response>,
                "a handler returns its request's response");
  static Answer run(IsdR& isd_r, rsp::BytesView command, Transaction& tx, rsp::TraceSink* trace) {
    auto request = rsp::asn1::decode<Request>(command);
    if (!request) {
      trace_malformed(trace, request.error());
      auto answer = malformed_answer<Response>();
      return answer ? Answer{rsp::asn1::encode(*answer)} : Answer{{}, rsp::card::kWrongData};
    }
    return {rsp::asn1::encode((isd_r.*Handler)(*request, tx))};
  }
  static constexpr Tag kTag = Request::kTag;
  static constexpr std::string_view kFunction = Request::kFunction;
};

enum class DuringLoad { kRefused, kServed };

template <auto Handler>
constexpr Es10Command command(DuringLoad during_load = DuringLoad::kRefused) {
  using Traits = HandlerTraits<Handler>;
  return {Traits::kTag, Traits::kFunction, &Traits::run, during_load == DuringLoad::kServed};
}

constexpr std::array kCommands = {
    command<&IsdR::get_configured_addresses>(),
    command<&IsdR::set_default_dp_address>(),
    command<&IsdR::get_euicc_info1>(),
    command<&IsdR::get_euicc_info2>(),
    command<&IsdR::get_euicc_challenge>(DuringLoad::kServed),
    command<&IsdR::authenticate_server>(),
    command<&IsdR::prepare_download>(),
    command<&IsdR::cancel_session>(DuringLoad::kServed),
    command<&IsdR::list_notification>(),
    command<&IsdR::retrieve_notifications_list>(),
    command<&IsdR::remove_notification_from_list>(),
    command<&IsdR::load_crl>(),
    command<&IsdR::get_rat>(),
    command<&IsdR::get_profiles_info>(),
    command<&IsdR::enable_profile>(),
    command<&IsdR::disable_profile>(),
    command<&IsdR::delete_profile>(),
    command<&IsdR::memory_reset>(),
    command<&IsdR::get_eid>(),
    command<&IsdR::set_nickname>(),
};

/// The tag at the front, also where only a header is there, as with the A1 and A3 segments of a
/// BPP.
std::optional<Tag> leading_tag(rsp::BytesView command) {
  if (command.empty()) return std::nullopt;
  Tag tag{static_cast<rsp::asn1::TagClass>(command[0] & 0xC0),
          static_cast<std::uint32_t>(command[0] & 0x1F)};
  if (tag.number != 0x1F) return tag;
  if (command.size() < 2) return std::nullopt;
  tag.number = command[1];  // two-octet tags end here, and all of ours are
  return tag;
}

/// What a segment of a BPP is for, by the tag it begins with; the headers of lists are not for
/// anything by themselves.
std::string_view segment_work(Tag tag) {
  if (tag.number == 54) return kInitialiseSecureChannelWork;
  if (tag.number == 0) return kConfigureIsdpWork;
  if (tag.number == 8) return kStoreMetadataWork;
  if (tag.number == 2) return kReplaceSessionKeysWork;
  if (tag.number == 6) return kLoadProfileElementsWork;
  return "";
}

bool is_bpp_tag(Tag tag) {
  for (std::uint32_t number : {54u, 0u, 1u, 2u, 3u, 6u, 7u, 8u}) {
    if (tag == rsp::asn1::context(number)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string_view> es10_functions() {
  std::vector<std::string_view> names;
  for (const Es10Command& row : kCommands) names.push_back(row.name);
  return names;
}

void IsdR::power_on(Transaction& tx) {
  drop_session();
  refresh_ = waits_for_reset_ = false;
  busy_answers_ = 0;
  carry_out_switch(tx);
  fall_back(tx);
  const auto& load = tx.state().load_in_progress;
  if (!load) return;
  // The load was cut off. The server hears of it by a result with reason interruption (SGP.22 5.5,
  // ErrorReason 11).
  Authenticated server{
      load->transaction_id,
      load->notification_address,
      load->smdp_oid,
      std::min<std::size_t>(load->signing_identity, credentials_.signing.size() - 1),
      {}};
  record_installation_result(server, std::nullopt,
                             rsp::ErrorResult{rsp::BppCommandId::kLoadProfileElements,
                                              rsp::ErrorReason::kInterruption,
                                              std::nullopt,
                                              {}},
                             tx);
}

Answer IsdR::handle(rsp::BytesView command, std::uint32_t channel, Transaction& tx) {
  if (seam_ == nullptr) return dispatch(command, channel, tx);
  rsp::Bytes changed = rsp::to_bytes(command);
  seam_->command(changed);
  Answer answer = dispatch(changed, channel, tx);
  seam_->answer(changed, answer.data, answer.sw);
  return answer;
}

Answer IsdR::dispatch(rsp::BytesView command, std::uint32_t channel, Transaction& tx) {
  work_ = {};
  auto tag = leading_tag(command);
  if (!tag) return {{}, rsp::card::kWrongData};
  if (persona_.quirks.m2m_only) return {{}, rsp::card::kReferencedDataNotFound};
  if (waits_for_reset_) return {{}, rsp::card::kConditionsNotSatisfied};
  if (is_bpp_tag(*tag)) return load_and_name(command, channel, tx);
  auto row = std::ranges::find(kCommands, *tag, &Es10Command::tag);
  // Not specified: what an unknown ES10 tag gets. 6A88 is what cards answer, also in the middle of
  // a BPP (SGP.22 3.1.5).
  if (row == kCommands.end() || !offers(*tag)) return {{}, rsp::card::kReferencedDataNotFound};
  if (std::holds_alternative<Installing>(session_) && !row->during_load)
    return {{}, rsp::card::kConditionsNotSatisfied};
  if (trace_ != nullptr) {
    trace_->event({rsp::TraceKind::kEs10, rsp::Party::kLpa, rsp::Party::kEuicc,
                   std::string(row->name), "", rsp::to_bytes(command)});
  }
  work_ = row->name;
  Answer answer = row->run(*this, command, tx, trace_);
  if (persona_.quirks.event_bits_with_zeros && *tag == rsp::ListNotificationRequest::kTag)
    add_event_zeros(answer.data);
  if (trace_ != nullptr) {
    trace_->event({rsp::TraceKind::kEs10, rsp::Party::kEuicc, rsp::Party::kLpa,
                   std::string(row->name), rsp::card::to_string(answer.sw), answer.data});
  }
  return answer;
}

Answer IsdR::load_and_name(rsp::BytesView segment, std::uint32_t channel, Transaction& tx) {
  bool was_loading = loading();
  Answer answer = load_segment(segment, channel, tx);
  if (!was_loading) return answer;
  bool ended = !loading() && !answer.data.empty();
  work_ = ended ? kLastSegmentWork : segment_work(*leading_tag(segment));
  return answer;
}

rsp::Bytes IsdR::fci(rsp::BytesView aid) const {
  using namespace rsp::asn1;
  Writer fci;
  fci.constructed(application(15), [&] {  // 6F
    fci.primitive(context(4), aid);       // 84, the AID
    fci.constructed(context(5), [&] {     // A5
      std::uint8_t longest = 0xFF;        // 9F65: longest command data
      fci.raw(rsp::Bytes{0x9F, 0x65, 0x01, longest});
    });
    // E0, which only cards of SGP.22 have.
    if (persona_.quirks.m2m_only) return;
    fci.constructed(private_use(0), [&] { fci.primitive(context(2), persona_.svn); });
  });
  return fci.take();
}

// SGP.22 5.7.12: LoadCRL is optional, and RspCapability says whether it is there.
bool IsdR::offers(Tag command) const {
  return command != rsp::LoadCrlRequest::kTag || persona_.crl_support;
}

const rsp::pki::Certificate* IsdR::trusted_ci(rsp::BytesView key_id) const {
  for (const auto& ci : credentials_.trusted_cis) {
    if (rsp::equal(ci.subject_key_id(), key_id)) return &ci;
  }
  return nullptr;
}

const rsp::pki::Certificate* IsdR::issuer_of(const rsp::pki::Certificate& certificate) const {
  return trusted_ci(certificate.authority_key_id());
}

std::size_t IsdR::free_memory(const Transaction& tx, std::size_t freed) const {
  std::size_t used = tx.state().memory_used() - freed;
  return used >= persona_.memory ? 0 : persona_.memory - used;
}

void IsdR::step(std::string name, std::string detail) const {
  if (trace_ == nullptr) return;
  trace_->event({rsp::TraceKind::kStep,
                 rsp::Party::kEuicc,
                 rsp::Party::kEuicc,
                 std::move(name),
                 std::move(detail),
                 {}});
}

}  // namespace sim
