// What the conformance suites share: a card on either curve, and what it holds compared before and
// after a command.
//
// Suites are named as SGP.23 names its cases, TC_<IUT>_<Interface>.<Function><Variant>, with '.'
// and
// '+' written '_' and 'p'. The numbers of the sequences inside a group are ours.
#pragma once

#include <fmt/format.h>

#include "tests/sim_euicc/euicc_test_support.h"

namespace sgp23 {

using namespace sim::testing;  // the harness of the software eUICC's own tests

/// All that a card remembers, as text: profiles, notifications, addresses, counters, keys kept.
inline std::string state_of(const Bench& card) { return text_of(card.euicc->memory()); }

/// A command in hexadecimal, its whole answer with status word, and a card that holds what it held.
#define EXPECT_ANSWER_AND_SAME_STATE(card, request, answer) \
  do {                                                      \
    std::string before_it = sgp23::state_of(card);          \
    EXPECT_EQ((card).command(request), answer);             \
    EXPECT_EQ(sgp23::state_of(card), before_it);            \
  } while (false)

/// A case on a NIST P-256 card without a profile.
class Case : public ::testing::Test {
 protected:
  explicit Case(Curve curve = Curve::kNistP256) : card(curve) { card.start(); }
  Bench card;
};

/// The same on brainpoolP256r1.
class BrainpoolCase : public Case {
 protected:
  BrainpoolCase() : Case(Curve::kBrainpoolP256r1) {}
};

}  // namespace sgp23
