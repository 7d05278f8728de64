// What ES6.UpdateMetadata may change in a profile's metadata (SGP.22 v2, 5.4.1).
#pragma once

#include <expected>

#include "rsp/card/apdu.h"
#include "rsp/messages/es6.h"
#include "rsp/messages/es8.h"

namespace sim::ota {

/// The metadata as it is after the request, or the status word of the STORE DATA that refuses it;
/// nothing is changed then. 6A80: an element that version 2 does not allow here, an icon without
/// its type or the reverse, pprUpdateControl.
std::expected<rsp::StoreMetadataRequest, rsp::card::StatusWord> update_metadata(
    const rsp::StoreMetadataRequest& current, const rsp::UpdateMetadataRequest& request);

}  // namespace sim::ota
