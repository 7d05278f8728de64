// euicc serve: software cards for other people's programs.
#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <set>

#include "cli/command.h"
#include "rsp/base/hex.h"
#include "rsp/pki/eid.h"
#include "sim_euicc/frontends/card_server.h"
#include "sim_euicc/frontends/lpac_stdio.h"

namespace cli {
namespace {

/// Where vpcd has its first slot; each further one has the next port.
constexpr int kVpcdPort = 35963;
constexpr std::string_view kNone = "-";

struct ServeOptions {
  std::vector<std::string> frontends, stores, eids, personas;
  std::vector<int> descriptors;
  ReadyFileOption ready_file;
  PkiOptions pki;
  FaultsOption faults;
};

enum class Frontend { kSocket, kVpcd, kVpcdListen, kDescriptor, kLpacStdio };
struct FrontendRow {
  std::string_view name;
  Frontend kind;
};
constexpr FrontendRow kFrontends[] = {
    {"socket", Frontend::kSocket},        {"vpcd", Frontend::kVpcd},
    {"fd", Frontend::kDescriptor},        {"vpcd-listen", Frontend::kVpcdListen},
    {"lpac-stdio", Frontend::kLpacStdio},
};
constexpr const char* kFrontendHelp =
    "socket[:HOST:PORT], vpcd[:HOST:PORT] (connects to a vpcd that listens), "
    "vpcd-listen[:HOST:PORT] (for a vpcd that connects), fd:N or lpac-stdio; each one has a card "
    "of its own";

/// One card that is to be offered.
struct Offer {
  std::string name;  // the front end's
  Frontend kind;
  std::string address;
  std::optional<std::filesystem::path> store;
  std::optional<std::string> eid;
  std::optional<hil::PersonaFile> persona = {};
  std::unique_ptr<hil::SimCard> card = nullptr;
};

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

rsp::Result<Offer> parse_frontend(const std::string& text) {
  auto colon = text.find(':');
  std::string name = text.substr(0, colon);
  auto row = std::ranges::find(kFrontends, name, &FrontendRow::name);
  if (row == std::end(kFrontends))
    return usage("--frontend", fmt::format("there is no front end '{}'", name),
                 fmt::format("there are {}", kFrontendHelp));
  std::string address = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (row->kind == Frontend::kLpacStdio && colon != std::string::npos)
    return usage("--frontend", "lpac-stdio has no address: it is standard input and output");
  return Offer{name, row->kind, address, {}, {}};
}

rsp::Result<int> descriptor_of(const std::string& address) {
  int descriptor = -1;
  const char* end = address.data() + address.size();
  auto [rest, problem] = std::from_chars(address.data(), end, descriptor);
  if (problem != std::errc() || rest != end)
    return usage("--frontend", fmt::format("'{}' is no descriptor", address), "such as fd:3");
  return descriptor;
}

/// Whether a front end can have its address at all.
rsp::Status check_address(const Offer& offer) {
  rsp::Status checked;
  switch (offer.kind) {
    case Frontend::kSocket:
    case Frontend::kVpcdListen:
      checked = sim::CardServer::check_listen(offer.address);
      break;
    case Frontend::kVpcd:
      checked = sim::CardServer::check_connect(offer.address);
      break;
    case Frontend::kDescriptor:
      RSP_CHECK(descriptor_of(offer.address));
      break;
    case Frontend::kLpacStdio:
      break;
  }
  if (checked) return {};
  return usage("--frontend", std::move(checked).error().text, checked.error().hint);
}

/// The nth value of an option that may be given for each card.
std::optional<std::string> nth(const std::vector<std::string>& values, std::size_t n) {
  if (n >= values.size() || values[n] == kNone) return std::nullopt;
  return values[n];
}

rsp::Status check(const ServeOptions& options, const std::vector<Offer>& offers) {
  if (offers.empty())
    return usage("--frontend", "there is no front end", fmt::format("name {}", kFrontendHelp));
  bool stdio = std::ranges::any_of(
      offers, [](const Offer& offer) { return offer.kind == Frontend::kLpacStdio; });
  if (stdio && offers.size() > 1)
    return usage("--frontend", "lpac-stdio serves one card, and waits for nothing else meanwhile",
                 "serve the other cards by a process of their own");
  for (auto [option, count] : {std::pair{"--store", options.stores.size()},
                               {"--eid", options.eids.size()},
                               {"--persona", options.personas.size()}}) {
    if (count > offers.size())
      return usage(
          option, fmt::format("it is given {} times, and there are {} cards", count, offers.size()),
          "each front end has a card; use - where one has none");
  }
  for (const Offer& offer : offers) RSP_CHECK(check_address(offer));
  std::set<std::filesystem::path> files;
  for (const Offer& offer : offers) {
    std::error_code ignored;
    if (!offer.store) continue;
    auto file = std::filesystem::weakly_canonical(std::filesystem::absolute(*offer.store, ignored),
                                                  ignored);
    if (!files.insert(file).second)
      return usage("--store", fmt::format("{} is given for two cards", offer.store->string()),
                   "each card needs a file of its own");
  }
  return {};
}

/// vpcd's ports in turn for those that name none, and loopback.
void fill_in_addresses(std::vector<Offer>& offers) {
  int port = kVpcdPort;
  for (Offer& offer : offers) {
    if (!offer.address.empty()) continue;
    if (offer.kind == Frontend::kSocket) offer.address = "127.0.0.1:0";
    if (offer.kind == Frontend::kVpcd || offer.kind == Frontend::kVpcdListen)
      offer.address = fmt::format("127.0.0.1:{}", port++);
  }
}

rsp::Result<std::vector<Offer>> plan_offers(const ServeOptions& options) {
  std::vector<Offer> offers;
  for (const std::string& text : options.frontends) {
    RSP_TRY(Offer offer, parse_frontend(text));
    offers.push_back(std::move(offer));
  }
  for (int descriptor : options.descriptors)
    offers.push_back({"fd", Frontend::kDescriptor, std::to_string(descriptor), {}, {}});
  for (std::size_t n = 0; n < offers.size(); ++n) {
    offers[n].store = nth(options.stores, n);
    offers[n].eid = nth(options.eids, n);
    if (auto persona = nth(options.personas, n)) {
      RSP_TRY(offers[n].persona, hil::load_persona(*persona));
    }
  }
  fill_in_addresses(offers);
  RSP_CHECK(check(options, offers));
  return offers;
}

/// Opens cards one by one, each with an EID that no other has.
class CardOpener {
 public:
  CardOpener(App& app, const rsp::pki::CertificateStore& store, hil::CurveChoice curves,
             hil::FaultPlan* faults)
      : app_(app), store_(store), curves_(curves), faults_(faults) {}

  /// Cards that have an EID come first, so that new ones can keep clear of them.
  rsp::Status open_all(std::vector<Offer>& offers) {
    std::vector<Offer*> unnamed;
    for (Offer& offer : offers) {
      bool named = offer.eid || (offer.persona && offer.persona->eid);
      RSP_TRY(bool has_eid, named         ? true
                            : offer.store ? hil::SimCard::is_personalised(*offer.store)
                                          : rsp::Result<bool>(false));
      if (!has_eid) {
        unnamed.push_back(&offer);
        continue;
      }
      RSP_CHECK(open(offer, offer.eid));
    }
    for (Offer* offer : unnamed) RSP_CHECK(open(*offer, free_eid()));
    return {};
  }

 private:
  rsp::Status open(Offer& offer, const std::optional<std::string>& eid) {
    RSP_TRY(offer.card, hil::SimCard::open(offer.store, &store_, app_.random, offer.persona,
                                           nullptr, curves_, faults_, eid, say));
    if (offer.card->euicc().runs_without_files())
      say(fmt::format(
          "the profile that is enabled on {} has no files: its package does not install",
          rsp::to_hex(offer.card->euicc().eid())));
    taken_.insert(rsp::to_hex(offer.card->euicc().eid()));
    return {};
  }

  /// The EID of the certificates, which takes none to be issued, or one that comes after it.
  std::optional<std::string> free_eid() const {
    std::string eid = hil::store_eid(store_, curves_);
    if (!taken_.contains(eid)) return std::nullopt;
    while (taken_.contains(eid)) eid = rsp::pki::next_eid(eid);
    return eid;
  }

  App& app_;
  const rsp::pki::CertificateStore& store_;
  hil::CurveChoice curves_;
  hil::FaultPlan* faults_;
  std::set<std::string> taken_;
};

rsp::Json describe(const Offer& offer) {
  sim::Euicc& euicc = offer.card->euicc();
  rsp::Json card{{"eid", rsp::to_hex(euicc.eid())}, {"frontend", offer.name}};
  const std::string& persona = euicc.persona().name;
  if (persona != sim::Persona().name) card["persona"] = persona;
  return card;
}

/// What the ready file says: of one card, or of several under "cards".
rsp::Json document_of(rsp::Json cards) {
  if (cards.size() == 1) return cards[0];
  return {{"cards", std::move(cards)}};
}

/// Gives a card to the server; what is known of its place then.
rsp::Result<rsp::Json> offer_card(sim::CardServer& server, const Offer& offer) {
  rsp::Json card = describe(offer);
  std::string eid = card["eid"];
  if (offer.kind == Frontend::kVpcd) {
    RSP_CHECK(server.connect(offer.address, offer.card->card()));
    card["address"] = offer.address;
    say(fmt::format("eUICC {} goes into the reader at {}", eid, offer.address));
  } else if (offer.kind == Frontend::kDescriptor) {
    RSP_TRY(int descriptor, descriptor_of(offer.address));
    RSP_CHECK(server.adopt(descriptor, offer.card->card()));
    card["address"] = "fd:" + offer.address;
    say(fmt::format("eUICC {} is at descriptor {}", eid, offer.address));
  } else {
    RSP_TRY(std::string address, server.listen(offer.address, offer.card->card()));
    card["address"] = address;
    card["card"] = "socket:" + address;
    say(fmt::format("eUICC {} is at --card {}", eid, card["card"].get<std::string>()));
  }
  return card;
}

Outcome serve_sockets(const ServeOptions& options, const std::vector<Offer>& offers) {
  sim::CardServer server({.log = [](std::string_view line) { say(std::string(line)); }});
  server.stop_on({SIGINT, SIGTERM});
  rsp::Json cards = rsp::Json::array();
  for (const Offer& offer : offers) {
    RSP_TRY(rsp::Json card, offer_card(server, offer));
    cards.push_back(std::move(card));
  }
  rsp::Json ready = document_of(std::move(cards));
  RSP_CHECK(options.ready_file.write(ready));
  server.run();
  return ready;
}

Outcome serve_stdio(const ServeOptions& options, const Offer& offer) {
  rsp::Json ready = describe(offer);
  RSP_CHECK(options.ready_file.write(ready));
  sim::serve_lpac_stdio(offer.card->card(), std::cin, std::cout, std::cerr);
  return ready;
}

Outcome serve(App& app, const ServeOptions& options) {
  options.ready_file.clear();
  RSP_TRY(auto offers, plan_offers(options));
  RSP_TRY(auto store, options.pki.open(app));
  RSP_TRY(auto faults,
          options.faults.open(app, {"apdu", "storage", "message", "signing", "crypto"}));
  RSP_CHECK(CardOpener(app, store, options.pki.curves(), faults.get()).open_all(offers));
  RSP_TRY(rsp::Json document, offers.front().kind == Frontend::kLpacStdio
                                  ? serve_stdio(options, offers.front())
                                  : serve_sockets(options, offers));
  if (faults != nullptr) document["faults"] = report_faults(*faults);
  return document;
}

/// The personas that are shipped, or the file of one.
Outcome personas(const std::string& name) {
  if (!name.empty()) {
    RSP_TRY(hil::PersonaFile persona, hil::load_persona(name));
    return rsp::Json{{"name", persona.name}, {"persona", persona.document}};
  }
  rsp::Json list = rsp::Json::array();
  for (const std::string& shipped : hil::shipped_persona_names()) {
    RSP_TRY(hil::PersonaFile persona, hil::load_persona(shipped));
    list.push_back({{"name", persona.name}, {"description", persona.description}});
  }
  return rsp::Json{{"personas", std::move(list)}};
}

void print_personas(const rsp::Json& document) {
  if (document.contains("persona")) {
    fmt::print("{}\n", rsp::dump(document.at("persona"), 2));
    return;
  }
  for (const auto& persona : document.at("personas"))
    fmt::print("{:<18} {}\n", persona.at("name").get<std::string>(),
               persona.at("description").get<std::string>());
}

}  // namespace

void add_euicc(App& app) {
  CLI::App* euicc_app = app.parser.add_subcommand("euicc", "the software eUICC");
  euicc_app->require_subcommand(1);
  auto options = std::make_shared<ServeOptions>();
  // The front end owns standard output while it runs, so this command prints nothing when it ends.
  CLI::App* serve_app =
      app.add(*euicc_app, "serve", "offer cards to other programs until SIGINT or SIGTERM",
              {[&app, options] { return serve(app, *options); }, [](const rsp::Json&) {}});
  serve_app->add_option("--frontend", options->frontends, kFrontendHelp);
  serve_app->add_option("--fd", options->descriptors,
                        "short for --frontend fd:N: a stream socket that was inherited, connected "
                        "or listening; its cards come after the others");
  serve_app->add_option("--store", options->stores,
                        "file that keeps each card; one that does not exist is a new card; - for a "
                        "card in memory");
  serve_app->add_option("--eid", options->eids,
                        "EID of each new card (default: that of the certificates, and the ones "
                        "that follow it); - for the default");
  serve_app->add_option("--persona", options->personas,
                        "what kind of card each new one is: a name of `euicc personas`, or a file; "
                        "a card in a file stays what it is; - for the default");
  options->ready_file.add_to(*serve_app, "file that says, once the cards are there, where");
  options->pki.add_to(*serve_app);
  options->faults.add_to(*serve_app);
  auto name = std::make_shared<std::string>();
  CLI::App* personas_app =
      app.add(*euicc_app, "personas", "list the personas that are shipped, or print one",
              {[name] { return personas(*name); }, print_personas});
  personas_app->add_option("NAME", *name, "a persona that is shipped, or a file");
}

}  // namespace cli
