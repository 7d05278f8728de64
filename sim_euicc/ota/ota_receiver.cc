#include "sim_euicc/ota/ota_receiver.h"

#include "sim_euicc/ota/remote_script.h"

namespace sim::ota {
namespace {

using namespace rsp::crypto::scp80;
using rsp::Bytes;
using rsp::BytesView;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;

/// No information given, memory unchanged.
constexpr StatusWord kRefused{0x6200};

OtaOutcome not_taken(const rsp::Error& error) {
  return {.envelope = {.data = {}, .sw = rsp::card::kWrongData}, .note = error.message()};
}

/// A command packet that was found good, with what it is for.
struct Accepted {
  CommandPacket packet;
  const OtaApplication* application = nullptr;
  const KeySet* keys = nullptr;
};

/// KIc and KID name one version of keys where both are in use.
std::optional<std::uint8_t> key_version_of(const CommandHeader& header) {
  const SecurityParameters& security = header.security;
  bool ciphers = security.ciphered || security.por_ciphered;
  bool signs = security.integrity == Integrity::kCryptographicChecksum ||
               security.por_integrity == Integrity::kCryptographicChecksum;
  std::uint8_t kic = key_version(header.kic), kid = key_version(header.kid);
  if (ciphers && signs && kic != kid) return std::nullopt;
  return ciphers ? kic : kid;
}

std::expected<Accepted, ResponseStatus> accept(BytesView packet, const CommandHeader& header,
                                               const OtaSecurityDomain& domain) {
  const OtaApplication* application = domain.application(header.tar);
  if (application == nullptr) return std::unexpected(ResponseStatus::kTarUnknown);
  if (!meets_minimum_security_level(header.security, application->minimum_security_level))
    return std::unexpected(ResponseStatus::kInsufficientSecurityLevel);
  static const KeySet kNoKeys;
  auto version = key_version_of(header);
  if (!version) return std::unexpected(ResponseStatus::kUnidentifiedSecurityError);
  auto found = domain.key_versions.find(*version);
  const KeySet* keys = found == domain.key_versions.end() ? &kNoKeys : &found->second.keys;
  auto opened = unprotect_command(packet, *keys);
  if (!opened) return std::unexpected(opened.error());
  return Accepted{std::move(*opened), application, keys};
}

/// The counter that goes with the keys of the command (TS 102 225, 5.1.4).
std::expected<std::optional<CounterChange>, ResponseStatus> count(const CommandPacket& packet,
                                                                  const OtaSecurityDomain& domain) {
  CounterMode mode = packet.header.security.counter;
  if (mode == CounterMode::kNoCounter || mode == CounterMode::kNotChecked) return std::nullopt;
  std::uint8_t version = key_version_of(packet.header).value_or(0);
  auto keys = domain.key_versions.find(version);
  // A counter is kept with keys; without them nothing can be said about it.
  if (keys == domain.key_versions.end())
    return std::unexpected(ResponseStatus::kUnidentifiedSecurityError);
  auto kept = check_counter(mode, packet.counter, keys->second.counter);
  if (!kept) return std::unexpected(kept.error());
  return CounterChange{version, *kept};
}

Bytes execute(const Accepted& command, const OtaSecurityDomain& domain, CommandSink& sink) {
  const OtaApplication& application = *command.application;
  if (application.kind == OtaApplication::Kind::kRemoteFileManagement) {
    return run_script(command.packet.secured_data,
                      [&](const CommandApdu& apdu) { return sink.execute(application.aid, apdu); });
  }
  RemoteApplicationManagement management(application.aid, domain.isd_p_aid, sink);
  return run_script(command.packet.secured_data,
                    [&](const CommandApdu& apdu) { return management.execute(apdu); });
}

bool wants_receipt(const SecurityParameters& security, ResponseStatus status) {
  return security.por == ProofOfReceipt::kAlways ||
         (security.por == ProofOfReceipt::kOnError && status != ResponseStatus::kPorOk);
}

/// What is known about one command packet, on the way to its answer.
struct Answering {
  const CommandHeader& header;
  BytesView address;       // of the sender
  std::uint8_t reference;  // of a response in several parts
  const KeySet* keys;      // null where the packet is not authentic
  ResponsePacket response;
};

/// The response packet, protected where the command was authentic.
/// Not specified: the protection of a refusal before that. None, since a checksum under our key
/// over a packet of anyone's choice is what an attacker on the key wants.
Bytes protected_response(const Answering& to, const ResponsePacket& response) {
  if (to.keys == nullptr) return unsecured_response(response);
  auto packet = protect_response(response, to.header, *to.keys);
  return packet ? *packet : unsecured_response(response);
}

/// Not specified: a response that is too long for the message that carries it. Its data is left
/// out, and its status says that the command was taken.
void deliver(const Answering& to, OtaOutcome& outcome) {
  ResponsePacket short_response = to.response;
  short_response.additional_data.clear();
  if (to.header.security.por_bearer == PorBearer::kDeliverReport) {
    auto report = deliver_report(protected_response(to, to.response));
    if (!report) report = deliver_report(protected_response(to, short_response));
    outcome.envelope.data = report.value_or(Bytes{});
    return;
  }
  auto commands = send_short_message(to.address, protected_response(to, to.response), to.reference);
  if (!commands)
    commands = send_short_message(to.address, protected_response(to, short_response), to.reference);
  if (commands) outcome.proactive_commands = std::move(*commands);
}

void answer(const Answering& to, OtaOutcome& outcome) {
  ResponseStatus status = to.response.status;
  outcome.status = status;
  if (status != ResponseStatus::kPorOk) outcome.note = to_string(status);
  if (wants_receipt(to.header.security, status)) return deliver(to, outcome);
  if (status != ResponseStatus::kPorOk) outcome.envelope.sw = kRefused;
}

OtaOutcome process(const ShortMessage& message, const CommandHeader& header, std::uint8_t reference,
                   const OtaSecurityDomain& domain, CommandSink& sink) {
  OtaOutcome outcome;
  Answering to{.header = header,
               .address = message.address,
               .reference = reference,
               .keys = nullptr,
               .response = {.tar = header.tar}};
  auto accepted = accept(message.user_data, header, domain);
  if (!accepted) {
    to.response.status = accepted.error();
    answer(to, outcome);
    return outcome;
  }
  to.keys = accepted->keys;
  to.response.counter = accepted->packet.counter;
  auto counter = count(accepted->packet, domain);
  if (counter) {
    outcome.counter = *counter;
    to.response.additional_data = execute(*accepted, domain, sink);
  } else {
    to.response.status = counter.error();
  }
  answer(to, outcome);
  return outcome;
}

}  // namespace

OtaOutcome OtaReceiver::receive(BytesView envelope_data, const OtaSecurityDomain& domain,
                                CommandSink& sink) {
  auto part = parse_sms_pp_download(envelope_data);
  if (!part) return not_taken(part.error());
  auto message = assembler_.add(std::move(*part));
  if (!message) return {};
  if (!has_command_packet(*message)) {
    // Not specified: a message for no application. There is nobody here who would take it.
    return not_taken({.layer = rsp::Layer::kDecode,
                      .step = "SMS-PP",
                      .text = "the short message carries no command packet"});
  }
  auto header = read_command_header(message->user_data);
  if (!header) return not_taken(header.error());
  return process(*message, *header, next_reference_++, domain, sink);
}

}  // namespace sim::ota
