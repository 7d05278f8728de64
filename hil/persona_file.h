// Personas as people write them: one JSON file describes a card.
#pragma once

#include <optional>

#include "hil/declare/document.h"
#include "rsp/crypto/ec.h"
#include "sim_euicc/persona.h"

namespace hil {

struct PersonaFile {
  /// The file's name without its ending, or that of a persona that is shipped.
  std::string name;
  std::string description;
  sim::Persona persona;
  /// Of a new card, where the file says so: its EID (32 digits), a directory of certificates, and
  /// the one curve of those that it gets.
  std::optional<std::string> eid;
  std::optional<std::filesystem::path> certificates;
  std::optional<rsp::crypto::Curve> curve;
  /// The file itself.
  Json document;
};

/// Error: Layer::kInput with file, line and place of everything that is wrong, and what is allowed
/// there.
rsp::Result<PersonaFile> read_persona(const Document& document, std::string name);
rsp::Result<PersonaFile> parse_persona(std::string_view text, std::string name);
/// A persona that is shipped, by its name, or a file. Error: as of read_persona(), and a name that
/// there is not.
rsp::Result<PersonaFile> load_persona(const std::string& name_or_file);

/// The files of the folder personas/, which are part of the program; sorted by name.
std::vector<std::string> shipped_persona_names();
/// The text of such a file; empty for another name.
std::string_view shipped_persona_text(std::string_view name);

/// As a card keeps it, and back. Error: Layer::kStorage naming `card`.
std::string persona_record(const PersonaFile& persona);
rsp::Result<PersonaFile> read_persona_record(std::string_view text, const std::string& card);

/// JSON Schema of such files, and a reference in Markdown.
Json persona_schema();
std::string persona_reference();

}  // namespace hil
