#include "rsp/messages/es10b.h"

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"

namespace rsp {

const NotificationMetadata& metadata_of(const PendingNotification& notification) {
  if (auto* result = std::get_if<ProfileInstallationResult>(&notification)) {
    return result->data.value.notification_metadata;
  }
  return std::get<OtherSignedNotification>(notification).tbs_other_notification.value;
}

Result<PendingNotification> decode_pending_notification(BytesView der) {
  PendingNotification notification;
  asn1::Path root{nullptr, "pendingNotification"};
  asn1::Decoder decoder(der, root);
  decoder("", notification, kPendingNotification);
  if (auto error = decoder.finish()) return failure(*std::move(error));
  return notification;
}

Bytes encode_pending_notification(const PendingNotification& notification) {
  asn1::Writer writer;
  asn1::Encoder encoder(writer);
  encoder("", notification, kPendingNotification);
  return writer.take();
}

}  // namespace rsp
