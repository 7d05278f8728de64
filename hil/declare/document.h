// JSON files as people write them: with comments, and with the line of every value, so that a
// mistake in one can be shown where it stands.
#pragma once

#include <filesystem>
#include <map>

#include "rsp/json/asn1_json.h"

namespace hil {

using rsp::Json;

/// A document and where its values stand. Not everything in it needs to come from one file: merge()
/// keeps the places of both.
class Document {
 public:
  /// Comments are allowed; a name that comes twice in one object is not, nor is nesting beyond 64.
  /// Errors: Layer::kInput with "file:line" as the path; also for a file that cannot be read or is
  /// larger than 4 MiB.
  static rsp::Result<Document> load(const std::filesystem::path& file);
  /// `name` stands for the file in messages.
  static rsp::Result<Document> parse(std::string_view text, std::string name);
  /// A document that was made and not read.
  static Document of(Json json, std::string name);

  const Json& json() const { return json_; }
  Json& json() { return json_; }
  const std::string& name() const { return name_; }

  /// "file.json:12" for a value by its JSON pointer (RFC 6901), or for the nearest value around it
  /// that stands in a file.
  std::string place_of(const std::string& pointer) const;

  /// Objects become one, member by member; of anything else the value of `over` stays.
  static Document merge(Document base, const Document& over);

 private:
  friend class DocumentReader;
  Json json_;
  std::string name_;
  std::map<std::string, std::string> places_;  // by pointer: "file:line"
};

/// A token of a JSON pointer: ~ and / are escaped.
std::string pointer_token(std::string_view name);

/// One value of a document. Values that a scenario computes are at the place of what they came
/// from.
class Place {
 public:
  explicit Place(const Document& document, std::string pointer = "")
      : document_(&document), pointer_(std::move(pointer)) {}
  Place at(std::string_view name) const {
    return Place(*document_, pointer_ + "/" + pointer_token(name));
  }
  Place at(std::size_t index) const {
    return Place(*document_, pointer_ + "/" + std::to_string(index));
  }
  const std::string& pointer() const { return pointer_; }
  /// "file.json:12: /when/0/lpa.download".
  std::string text() const;

 private:
  const Document* document_;
  std::string pointer_;
};

/// Everything that is wrong with a document, in the order in which it was found.
class Problems {
 public:
  void add(const Place& place, std::string text, std::string hint = "");
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  const std::vector<rsp::Error>& list() const { return list_; }
  /// All of it as one error: the first problem, and the others in its hint. Not for none.
  rsp::Error as_error() const;

 private:
  std::vector<rsp::Error> list_;
};

/// The one of `known` that a misspelt name most likely means, as a hint: "did you mean 'iccid'?"; a
/// list of what there is where nothing is near.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace hil
