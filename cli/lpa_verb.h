// What the verbs of `lpa` share.
#pragma once

#include "cli/command.h"

namespace cli {

/// Adds a verb whose command gets an open LPA.
CLI::App* add_lpa_verb(App& app, CLI::App& parent, const std::string& name,
                       const std::string& description, bool wants_server,
                       std::function<Outcome(lpa::Lpa&)> run,
                       std::function<void(const rsp::Json&)> show);

/// Delivers what waits; a server that cannot be reached now is told later and fails nothing.
rsp::Json deliver(lpa::Lpa& lpa);
void print_notifications(const rsp::Json& list);

/// lpa download and lpa discover.
void add_lpa_download(App& app, CLI::App& lpa_app);

}  // namespace cli
