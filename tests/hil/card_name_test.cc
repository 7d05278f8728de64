// Names of cards that are modules, as the command line and Python have them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/card.h"
#include "rsp/base/random.h"

namespace hil {
namespace {

using ::testing::HasSubstr;

rsp::Result<OpenCard> card(const std::string& name,
                           const std::optional<PersonaFile>& persona = {}) {
  rsp::SeededRandom random(1);
  return open_card(
      name, [] { return rsp::Result<rsp::pki::CertificateStore>(rsp::pki::CertificateStore()); },
      random, nullptr, {}, persona);
}

TEST(CardName, OfAModuleHasItsSettingsBehindAQuestionMark) {
  auto opened = card("at:/dev/ttyUSB2?dialect=quectel-ec25&baud=9600&route=csim&block=255");
  ASSERT_TRUE(opened) << opened.error().message();
  ASSERT_NE(opened->module, nullptr);
  EXPECT_EQ(opened->module->dialect().name, "quectel-ec25");
  EXPECT_EQ(opened->module->block_size(), 255u);
  EXPECT_EQ(opened->line->name(), "/dev/ttyUSB2");
  EXPECT_EQ(opened->transport.get(), opened->module);
}

TEST(CardName, OfAModuleMayBeAnAddress) {
  for (const char* kind : {"at-tcp:", "at-rfc2217:"}) {
    auto opened = card(kind + std::string("bench-3:3001"));
    ASSERT_TRUE(opened) << kind;
    EXPECT_EQ(opened->line->name(), "bench-3:3001");
  }
}

TEST(CardName, OfAModuleWithWhatItHasNotIsRefused) {
  for (const char* bad : {"at:", "at:?baud=9600", "at:/dev/x?baud=0", "at:/dev/x?baud=fast",
                          "at:/dev/x?route=qmi", "at:/dev/x?dialect=ec25", "at:/dev/x?block=256",
                          "at:/dev/x?colour=red", "at:/dev/x?baud", "at-udp:h:1"}) {
    auto opened = card(bad);
    ASSERT_FALSE(opened) << bad;
    EXPECT_EQ(opened.error().layer, rsp::Layer::kInput) << bad;
    EXPECT_FALSE(opened.error().path.empty()) << bad;
  }
  EXPECT_THAT(card("at:/dev/x?dialect=ec25").error().hint, HasSubstr("quectel-ec25"));
}

}  // namespace
}  // namespace hil
