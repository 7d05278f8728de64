// The world outside a card, passed in.
#pragma once

#include "rsp/base/random.h"
#include "rsp/base/trace.h"
#include "sim_euicc/package_pool.h"
#include "sim_euicc/seam.h"
#include "sim_euicc/storage.h"

namespace sim {

/// The world outside a card, passed in. All of it must outlive the card.
struct Env {
  rsp::Random& random;
  Storage& storage;
  rsp::TraceSink* trace = nullptr;
  Seam* seam = nullptr;
  /// Shared by cards that hold the same packages; without one, each keeps its own.
  PackagePool* packages = nullptr;
};

}  // namespace sim
