#include "cli/activation_code.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/qr_image.h"
#include "lpa/activation_code.h"
#include "rsp/qr/qr_code.h"

namespace cli {
namespace {

namespace qr = rsp::qr;

struct CodeOptions {
  std::string code;
  std::optional<std::filesystem::path> image, out;
  std::string address, matching_id, oid;
  bool confirmation_code_required = false;
  std::string correction = "L";
  std::size_t scale = 8;
};

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// From the parts, or from a code that is there already. What the parts make is read again, so that
/// there is one rule for the format.
rsp::Result<lpa::ActivationCode> code_from(const CodeOptions& options) {
  if (options.image) {
    RSP_TRY(std::string text, read_qr_image(*options.image));
    return lpa::ActivationCode::parse(text);
  }
  if (!options.code.empty()) return lpa::ActivationCode::parse(options.code);
  if (options.address.empty()) {
    return usage("CODE", "there is no activation code",
                 "give one in single quotes, or its parts: --address HOST --matching-id ID");
  }
  for (auto [option, part] :
       {std::pair{"--address", &options.address}, {"--matching-id", &options.matching_id}}) {
    if (part->contains('$')) return usage(option, "a part of a code has no dollar sign");
  }
  lpa::ActivationCode code{.address = options.address,
                           .matching_id = options.matching_id,
                           .confirmation_code_required = options.confirmation_code_required};
  if (!options.oid.empty()) {
    code.smdp_oid = rsp::asn1::oid_from_text(options.oid);
    if (!code.smdp_oid)
      return usage("--oid",
                   fmt::format("'{}' is no object identifier such as 2.999.10", options.oid));
  }
  return lpa::ActivationCode::parse(code.to_string());
}

qr::Correction correction_from(const std::string& name) {
  if (name == "M") return qr::Correction::kMedium;
  if (name == "Q") return qr::Correction::kQuartile;
  if (name == "H") return qr::Correction::kHigh;
  return qr::Correction::kLow;
}

/// The picture in the form that the file's name asks for.
rsp::Result<std::string> picture_for(const std::filesystem::path& file, const qr::QrCode& code,
                                     std::size_t scale) {
  std::string extension = file.extension().string();
  if (extension == ".svg") return qr::to_svg(code);
  if (extension == ".txt") return qr::to_text(code, qr::kQuietZone);
  if (extension != ".png") {
    return usage("--out", fmt::format("{} does not say which kind of picture", file.string()),
                 "let it end in .png, .svg or .txt");
  }
  RSP_TRY(rsp::Bytes png, qr::to_png(code, scale));
  return std::string(rsp::text_of(png));
}

Outcome activation_code(const CodeOptions& options) {
  RSP_TRY(lpa::ActivationCode code, code_from(options));
  std::string text = code.to_string();
  RSP_TRY(qr::QrCode picture, qr::QrCode::encode(text, correction_from(options.correction)));
  rsp::Json out{{"activationCode", text},
                {"address", code.address},
                {"matchingId", code.matching_id},
                {"confirmationCodeRequired", code.confirmation_code_required}};
  if (code.smdp_oid) out["oid"] = rsp::asn1::to_string(*code.smdp_oid);
  out["qr"] = {
      {"version", picture.version()}, {"modules", picture.side()}, {"text", qr::to_text(picture)}};
  if (options.out) {
    RSP_TRY(std::string file, picture_for(*options.out, picture, options.scale));
    RSP_CHECK(write_file(*options.out, file));
    out["file"] = options.out->string();
  }
  return out;
}

bool has_colours(int descriptor) {
  return isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
}

void print(const rsp::Json& document, const std::string& correction) {
  std::string text = document.at("activationCode");
  if (!document.contains("file")) {
    auto code = qr::QrCode::encode(text, correction_from(correction));
    if (code)
      fmt::print("{}", has_colours(STDOUT_FILENO) ? qr::to_terminal(*code) : qr::to_text(*code));
  }
  fmt::print("{}\n", text);
}

}  // namespace

rsp::Result<std::string> qr_for_people(const std::string& text, int descriptor) {
  RSP_TRY(qr::QrCode code, qr::QrCode::encode(text));
  return has_colours(descriptor) ? qr::to_terminal(code) : qr::to_text(code);
}

void add_activation_code(App& app, CLI::App& smdp_app) {
  auto options = std::make_shared<CodeOptions>();
  CLI::App* code_app =
      app.add(smdp_app, "activation-code",
              "show an activation code as a QR code, or read one from a picture",
              {[options] { return activation_code(*options); },
               [options](const rsp::Json& document) { print(document, options->correction); }});
  CLI::Option* code =
      code_app->add_option("CODE", options->code, "activation code, in single quotes");
  CLI::Option* image = code_app->add_option("--qr-image", options->image,
                                            "picture of a QR code to take it from (needs zbarimg)");
  image->excludes(code);
  for (CLI::Option* part :
       {code_app->add_option("--address", options->address, "HOST or HOST:PORT of the SM-DP+"),
        code_app->add_option("--matching-id", options->matching_id, "MatchingID, the token"),
        code_app->add_option("--oid", options->oid, "OID of the SM-DP+"),
        code_app->add_flag("--confirmation-code-required", options->confirmation_code_required,
                           "the code says that a confirmation code will be asked for")}) {
    part->excludes(code)->excludes(image);
  }
  code_app->add_option("--out", options->out, "picture to write: FILE.png, FILE.svg or FILE.txt");
  code_app->add_option("--correction", options->correction, "error correction: L, M, Q or H")
      ->check(CLI::IsMember({"L", "M", "Q", "H"}))
      ->capture_default_str();
  code_app->add_option("--scale", options->scale, "pixels of a PNG's module")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

}  // namespace cli
