#include "rsp/messages/es8.h"

#include "rsp/asn1/encoder.h"

namespace rsp {

Bytes smdp_sign_input(const InitialiseSecureChannelRequest& request, BytesView euicc_otpk) {
  asn1::Writer writer;
  asn1::Encoder put(writer);
  put.put(asn1::context(2), request.remote_op_id);
  put.put(asn1::context(0), request.transaction_id);
  put.put(asn1::context(6), request.control_ref_template);
  put.put(kPublicKeyTag, request.smdp_otpk);
  put.put(kPublicKeyTag, to_bytes(euicc_otpk));
  return writer.take();
}

}  // namespace rsp
