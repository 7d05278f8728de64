// How ES10 commands and Bound Profile Packages travel in STORE DATA commands
// (SGP.22 2.5.5, 5.7.2, 5.7.6).
#pragma once

#include <vector>

#include "rsp/card/apdu.h"

namespace rsp::card {

inline constexpr std::uint8_t kStoreDataIns = 0xE2, kGetResponseIns = 0xC0, kSelectIns = 0xA4,
                              kManageChannelIns = 0x70, kGetDataIns = 0xCA;
/// ETSI TS 102 221 table 10.5.
inline constexpr std::uint8_t kTerminalCapabilityIns = 0xAA, kTerminalProfileIns = 0x10,
                              kFetchIns = 0x12, kTerminalResponseIns = 0x14, kEnvelopeIns = 0xC2;
inline constexpr std::uint8_t kP1MoreBlocks = 0x11, kP1LastBlock = 0x91;
/// P2 counts blocks in one octet.
inline constexpr std::size_t kMaxBlocks = 256;
inline constexpr std::size_t kMaxBlockSize = 255;

/// Cuts one command, or one segment of a BPP, into STORE DATA commands of at most `block_size`
/// octets, on channel 0's class. Case 3: no Le, as every LPA in the field sends it. Error: more
/// than 256 blocks, or a block size outside 1..255.
Result<std::vector<CommandApdu>> store_data_blocks(BytesView command, std::size_t block_size);

/// Cuts an encoded BPP into the segments that go to the eUICC one by one (SGP.22 2.5.5): BF36
/// header with BF23, A0 with its 87, the A1 header, each 88, A2 with its 87, the A3 header,
/// each 86. The views point into `bpp`. Error: Layer::kDecode with the element that is missing or
/// in the wrong place.
Result<std::vector<BytesView>> bpp_segments(BytesView bpp);

}  // namespace rsp::card
