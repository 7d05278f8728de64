#include "lpa/transport/at_dialects.h"

#include <fmt/format.h>

#include "rsp/base/text.h"

namespace lpa {
namespace {

using namespace std::chrono_literals;

constexpr AtDialect kDialects[] = {
    {
        .name = "27.007",
        .parts = "any module that keeps to 3GPP TS 27.007",
    },
    {
        .name = "quectel-ec25",
        .parts = "EC20, EC21, EC25, EG21, EG25, EG95, EM05, EP06",
        .known_by = {"EC20", "EC21", "EC25", "EG21", "EG25", "EG95", "EM05", "EP06"},
        // +CCHO first: on EG25 a channel of +CSIM opens and does not work (F13). On EC20 it is the
        // other way round (F11), which the fallback finds.
        .iccid = {{{"AT+QCCID", ""}, {"AT+CCID", ""}, {"AT+ICCID", ""}}},
    },
    {
        .name = "quectel-eg91x",
        .parts = "EG91, EG912, EG915, EG916, EG800",
        .known_by = {"EG912", "EG915", "EG916", "EG800", "EG91"},
        // +CRSM on EF.ICCID is refused (F30).
        .iccid = {{{"AT+QCCID", ""}, {"AT+CCID", ""}}},
        // EG916Q: CFUN=0 takes the USB port away (F34).
        .port_drops = true,
    },
    {
        .name = "quectel-rm5xx",
        .parts = "RM500, RM502, RM505, RM510, RM520, RG500, RG520, RG650",
        .known_by = {"RM50", "RM51", "RM52", "RM55", "RG50", "RG52", "RG65"},
        .iccid = {{{"AT+QCCID", ""}, {"AT+CCID", ""}}},
        // The LPA of the baseband holds the ISD-R until it is off (F38: RG650E).
        .internal_lpa_off = "AT+QESIM=\"lpa_enable\",0",
    },
    {
        .name = "fibocom-fm350",
        .parts = "FM350, FM150, FG150, FG132, L850, L860 of Fibocom",
        .known_by = {"FM350", "FM150", "FG150", "FG132", "L850", "L860", "FIBOCOM"},
        // Bare handles, blank lines, a truncated echo, errors for channels that are closed, silence
        // on test forms (F02, F07, F08, F17): all of them need no field, as of any module.
        .iccid = {{{"AT+CCID", ""}, {"AT+ICCID", ""}, {"AT+CCID?", ""}}},
    },
    {
        .name = "sierra-em75xx",
        .parts = "MC7455, EM7455, EM7565, EM7590, EM9191",
        .known_by = {"MC74", "EM74", "EM75", "EM91", "MC73", "SIERRA"},
        // Handles are sixteen hexadecimal digits (F01). EM9191 has no +CCHO (F05).
        .ready_deadline = 30'000ms,  // MC7455: about 10 s after REFRESH (F40)
        .iccid = {{{"AT!ICCID?", ""}, {"AT+ICCID", ""}, {"AT+CCID", ""}}},
        .module_reset = "AT!RESET",
        .internal_lpa_off = "AT!CUSTOM=\"SIMLPA\",0",
    },
    {
        .name = "simcom-7600",
        .parts = "SIM7600, SIM7500, SIM8200, A7600 of SIMCom",
        .known_by = {"SIM76", "SIM75", "SIM82", "A76", "SIMCOM"},
        // SELECT of the ISD-R through +CCHO is denied by some firmware; +CSIM is below that.
        .first_route = AtRoute::kCsim,
        .second_route = AtRoute::kCcho,
        .iccid = {{{"AT+CICCID", "+ICCID"}, {"AT+CCID", ""}}},
    },
    {
        .name = "telit-le910",
        .parts = "LE910, ME910, ME310, LE866 of Telit",
        .known_by = {"LE910", "ME910", "ME310", "LE866", "LM960", "FN980", "TELIT"},
        // Old ones take no line beyond 80 characters, which the negotiation of block sizes finds.
        .iccid = {{{"AT#CCID", ""}, {"AT+CCID", ""}, {"AT+ICCID", ""}}},
    },
    {
        .name = "nrf91",
        .parts = "nRF9160, nRF9161, nRF9151 of Nordic",
        .known_by = {"NRF91", "NORDIC"},
        .iccid = {{{"AT%XICCID", ""}, {"AT+CCID", ""}}},
        // There is no CFUN=1,1; CFUN=0 saves and CFUN=1 starts anew.
        .module_reset = "AT+CFUN=0",
    },
};

}  // namespace

std::string_view to_string(AtRoute route) { return route == AtRoute::kCcho ? "ccho" : "csim"; }

std::span<const AtDialect> at_dialects() { return kDialects; }

rsp::Result<const AtDialect*> at_dialect(std::string_view name) {
  std::string names;
  for (const AtDialect& dialect : kDialects) {
    if (rsp::same_text(dialect.name, name)) return &dialect;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", dialect.name);
  }
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = "dialect",
                       .text = fmt::format("'{}' is no dialect", name),
                       .hint = "one of " + names + ", or none, so that the module is asked"});
}

const AtDialect& dialect_of(std::string_view identification) {
  std::string text = rsp::lower_case(identification);
  for (const AtDialect& dialect : kDialects) {
    for (std::string_view mark : dialect.known_by) {
      if (!mark.empty() && text.find(rsp::lower_case(mark)) != text.npos) return dialect;
    }
  }
  return kDialects[0];
}

}  // namespace lpa
