// lpa download and lpa discover: what a user is shown and asked on the way.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/lpa_verb.h"
#include "cli/qr_image.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

/// What a download is of, and what its user is asked on the terminal.
struct DownloadArguments {
  std::string code, confirmation_code;
  std::optional<std::filesystem::path> image;
  bool ask = false, preview = false;
};

bool is_yes(const std::string& answer) {
  return !answer.empty() && (answer[0] == 'y' || answer[0] == 'Y');
}

/// One line of standard input; nothing where there is none.
std::optional<std::string> ask_for(const std::string& question) {
  progress("");
  std::fputs((question + " ").c_str(), stderr);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

/// `seen` gets the metadata that the server has announced.
lpa::UserInterface user_of(const DownloadArguments& arguments,
                           std::optional<rsp::StoreMetadataRequest>& seen) {
  using Consent = lpa::UserInterface::Consent;
  lpa::UserInterface user;
  user.progress = show_progress;
  user.confirmation_code = [&arguments]() -> std::optional<std::string> {
    if (!arguments.confirmation_code.empty()) return arguments.confirmation_code;
    // Somebody is there who can say it.
    if (arguments.ask || isatty(STDIN_FILENO) == 1) return ask_for("confirmation code:");
    return std::nullopt;
  };
  user.consent = [&arguments, &seen](const rsp::StoreMetadataRequest& metadata) {
    seen = metadata;
    if (arguments.preview) return Consent::kLater;
    if (!arguments.ask) return Consent::kYes;
    auto answer =
        ask_for(fmt::format("download {} of {}, ICCID {}? [y/N/later]", metadata.profile_name,
                            metadata.service_provider_name, rsp::from_swapped_bcd(metadata.iccid)));
    if (!answer || answer->starts_with("l")) return Consent::kLater;
    return is_yes(*answer) ? Consent::kYes : Consent::kNo;
  };
  user.policy_consent = [&arguments](const rsp::asn1::BitString& rules) {
    if (!arguments.ask) return Consent::kYes;
    std::string names = rules.test(rsp::kPpr1) ? "it may not be disabled" : "";
    if (rules.test(rsp::kPpr2)) names += names.empty() ? "it may not be deleted" : ", nor deleted";
    auto answer = ask_for(fmt::format("the profile has a rule: {}. Accept? [y/N]", names));
    return answer && is_yes(*answer) ? Consent::kYes : Consent::kNo;
  };
  return user;
}

Outcome describe_preview(const rsp::StoreMetadataRequest& metadata) {
  return rsp::Json{{"preview", true},
                   {"iccid", rsp::from_swapped_bcd(metadata.iccid)},
                   {"name", std::string(metadata.profile_name)},
                   {"provider", std::string(metadata.service_provider_name)},
                   {"metadata", rsp::to_json(metadata)}};
}

Outcome describe_download(const lpa::Download& done, rsp::Json notifications) {
  return rsp::Json{{"iccid", rsp::from_swapped_bcd(done.metadata.iccid)},
                   {"isdpAid", rsp::to_hex(done.isdp_aid)},
                   {"name", std::string(done.metadata.profile_name)},
                   {"provider", std::string(done.metadata.service_provider_name)},
                   {"state", "disabled"},
                   {"notifications", std::move(notifications)}};
}

Outcome download(lpa::Lpa& lpa, DownloadArguments arguments) {
  if (arguments.image) {
    RSP_TRY(arguments.code, read_qr_image(*arguments.image));
  }
  std::optional<rsp::StoreMetadataRequest> seen;
  lpa::UserInterface user = user_of(arguments, seen);
  rsp::Result<lpa::Download> result = lpa::Download{};
  if (arguments.code.empty()) {
    result = lpa.download_from_default(user);
  } else {
    RSP_TRY(auto code, lpa::ActivationCode::parse(arguments.code));
    result = lpa.download(code, user);
  }
  if (!result && arguments.preview && seen) return describe_preview(*seen);
  // Also of a failed installation, so that the server hears of it.
  rsp::Json notifications = deliver(lpa);
  if (!result) return std::unexpected(std::move(result).error());
  return describe_download(*result, std::move(notifications));
}

struct DiscoverArguments {
  std::optional<std::string> smds;
  bool download = false;
  DownloadArguments of_download;
};

Outcome discover(lpa::Lpa& lpa, const DiscoverArguments& arguments) {
  std::optional<rsp::StoreMetadataRequest> seen;
  lpa::UserInterface user = user_of(arguments.of_download, seen);
  RSP_TRY(auto events, lpa.discover(arguments.smds, user));
  rsp::Json out{{"events", rsp::Json::array()}};
  for (const lpa::Event& event : events) {
    rsp::Json entry{{"eventId", event.id}, {"server", event.server}};
    if (arguments.download) {
      auto result = lpa.download(event, user);
      rsp::Json notifications = deliver(lpa);
      if (!result) return std::unexpected(std::move(result).error());
      RSP_TRY(entry["download"], describe_download(*result, std::move(notifications)));
    }
    out["events"].push_back(std::move(entry));
  }
  return out;
}

void print_download(const rsp::Json& document) {
  if (document.contains("preview")) {
    fmt::print("{} {} ({}), not downloaded\n", document.at("iccid").get<std::string>(),
               document.at("name").get<std::string>(), document.at("provider").get<std::string>());
    return;
  }
  fmt::print("installed {} {} ({}), disabled\n", document.at("iccid").get<std::string>(),
             document.at("name").get<std::string>(), document.at("provider").get<std::string>());
  print_notifications(document.at("notifications"));
}

void print_discover(const rsp::Json& document) {
  if (document.at("events").empty()) fmt::print("no events\n");
  for (const auto& event : document.at("events")) {
    fmt::print("event {} at {}\n", event.at("eventId").get<std::string>(),
               event.at("server").get<std::string>());
    if (event.contains("download")) print_download(event.at("download"));
  }
}

void add_questions(CLI::App& verb, DownloadArguments& arguments) {
  verb.add_option("--confirmation-code", arguments.confirmation_code,
                  "confirmation code, where one is needed (default: it is asked for)");
  verb.add_flag("--ask", arguments.ask, "show the profile and ask for consent");
}

}  // namespace

void add_lpa_download(App& app, CLI::App& lpa_app) {
  auto wanted = std::make_shared<DownloadArguments>();
  CLI::App* verb = add_lpa_verb(
      app, lpa_app, "download", "download and install a profile, and report it", true,
      [wanted](lpa::Lpa& lpa) { return download(lpa, *wanted); }, print_download);
  CLI::Option* code_option =
      verb->add_option("CODE", wanted->code,
                       "activation code, in single quotes (default: the card's default SM-DP+)");
  verb->add_option("--qr-image", wanted->image,
                   "picture of the activation code's QR code (needs zbarimg)")
      ->excludes(code_option);
  add_questions(*verb, *wanted);
  verb->add_flag("--preview", wanted->preview,
                 "show what would be downloaded, and postpone the download")
      ->excludes("--ask");

  auto asked = std::make_shared<DiscoverArguments>();
  verb = add_lpa_verb(
      app, lpa_app, "discover", "ask an SM-DS what waits for the card", true,
      [asked](lpa::Lpa& lpa) { return discover(lpa, *asked); }, print_discover);
  verb->add_option("--smds", asked->smds,
                   "SM-DS, HOST or HOST:PORT (default: the card's root SM-DS)");
  CLI::Option* all = verb->add_flag("--download", asked->download, "download what waits");
  add_questions(*verb, asked->of_download);
  for (const char* question : {"--ask", "--confirmation-code"})
    verb->get_option(question)->needs(all);
}

}  // namespace cli
