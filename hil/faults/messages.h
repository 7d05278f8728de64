// The messages that faults can reach, by the specification's names, and edits of single fields in
// them.
#pragma once

#include <functional>

#include "hil/declare/document.h"
#include "rsp/asn1/edit.h"

namespace hil {

/// A request of ES10 by its function, out of its JSON view. Error: Layer::kInput, also for a
/// function that there is not.
rsp::Result<rsp::Bytes> make_es10_request(std::string_view function, const Json& request);
std::vector<std::string> es10_request_names();

/// A kind of message, however it is encoded on its way. Paths are those of its declaration:
/// "serverSigned1.serverAddress".
struct MessageType {
  /// Whether there is such a field, and whether `value` (may be null) fits. Error: Layer::kInput
  /// naming what there is.
  std::function<rsp::Status(std::string_view path, const Json* value)> check;
  /// The message with a field set to a value as the JSON view has it.
  std::function<rsp::Result<rsp::Bytes>(rsp::BytesView message, std::string_view path,
                                        const Json& value)>
      set;
  /// The message with the element at a path changed; the result may well be no such message.
  std::function<rsp::Result<rsp::Bytes>(rsp::BytesView message, std::string_view path,
                                        const rsp::asn1::Mutation& mutation)>
      mutate;
  /// The message with the elements at two paths in each other's place.
  std::function<rsp::Result<rsp::Bytes>(rsp::BytesView message, std::string_view path,
                                        std::string_view with)>
      swap;
};

enum class MessagePart { kRequest, kResponse };
constexpr auto enum_names(MessagePart) {
  return rsp::asn1::named<MessagePart>(
      {{MessagePart::kRequest, "request"}, {MessagePart::kResponse, "response"}});
}

/// Messages as they travel, by function: "ES10b.AuthenticateServer" as DER,
/// "ES9+.AuthenticateClient" as a JSON body. Null where there is none of that name.
const MessageType* find_message(std::string_view function, MessagePart part);
std::vector<std::string> message_functions();
/// "ES9+.InitiateAuthentication" of the last part of its path, "initiateAuthentication".
std::string es9_function_name(std::string_view path_function);

/// Structures before they are signed ("serverSigned1") or protected ("storeMetadata"). Null where
/// there is none of that name. The profile package ("loadProfileElements") is there as octets, with
/// no fields.
const MessageType* find_signed(std::string_view name);
std::vector<std::string> signed_names();

}  // namespace hil
