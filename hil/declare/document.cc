#include "hil/declare/document.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

namespace hil {
namespace {

constexpr std::uintmax_t kMaxFile = 4 << 20;
constexpr std::size_t kMaxDepth = 64;

std::unexpected<rsp::Error> refused(std::string place, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(place),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// Hands out the characters of a text and remembers the one that was handed out last, so that a
/// reader of events knows where it is.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* at, const char** last) : at_(at), last_(last) {}
  reference operator*() const {
    *last_ = at_;
    return *at_;
  }
  TrackingIterator& operator++() {
    ++at_;
    return *this;
  }
  TrackingIterator operator++(int) {
    TrackingIterator before = *this;
    ++at_;
    return before;
  }
  friend bool operator==(const TrackingIterator& a, const TrackingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const TrackingIterator& a, const TrackingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** last_;
};

/// Members whose names begin with "//" are notes of people.
void drop_comments(Json& json) {
  if (json.is_object()) {
    std::vector<std::string> notes;
    for (const auto& [name, member] : json.items()) {
      if (name.starts_with("//")) notes.push_back(name);
    }
    for (const std::string& name : notes) json.erase(name);
  }
  if (json.is_structured()) {
    for (Json& member : json) drop_comments(member);
  }
}

}  // namespace

/// Builds a Document out of the events of a parser.
class DocumentReader final : public nlohmann::json_sax<Json> {
 public:
  DocumentReader(Document& document, std::string_view text)
      : document_(document), text_(text), last_(text.data()), counted_(text.data()) {}

  rsp::Status read() {
    const char* end = text_.data() + text_.size();
    bool good =
        Json::sax_parse(TrackingIterator(text_.data(), &last_), TrackingIterator(end, &last_), this,
                        Json::input_format_t::json, /*strict=*/true,
                        /*ignore_comments=*/true);
    if (error_) return rsp::failure(*error_);
    if (!good) return refused(here(), "is no JSON");
    return {};
  }

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(number_integer_t v) override { return value(v); }
  bool number_unsigned(number_unsigned_t v) override { return value(v); }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool string(string_t& v) override { return value(std::move(v)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (!level.names.insert(name).second) {
      fail(fmt::format("'{}' stands twice in one object", name), "one of the two would be ignored");
      return false;
    }
    level.key = std::move(name);
    level.key_place = here();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    std::string_view what = e.what();
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while ...":
    // the place is told by us.
    auto colon = what.find(": ");
    fail(std::string(colon == what.npos ? what : what.substr(colon + 2)), "");
    return false;
  }

 private:
  struct Level {
    Json* container;
    std::string pointer;
    std::set<std::string> names;
    std::string key, key_place;
  };

  /// "file:line" of the character that was read last. A number ends only at the character behind
  /// it, which may be the end of its line; so a line end still belongs to the line before it.
  std::string here() {
    const char* at = std::max(last_, counted_);
    line_ += static_cast<std::size_t>(std::count(counted_, at, '\n'));
    counted_ = at;
    return fmt::format("{}:{}", document_.name_, line_);
  }
  void fail(std::string text, std::string hint) {
    if (!error_) {
      error_ = rsp::Error{.layer = rsp::Layer::kInput,
                          .path = here(),
                          .text = std::move(text),
                          .hint = std::move(hint)};
    }
  }
  Json& put(Json v, std::string& pointer) {
    if (levels_.empty()) {
      pointer = "";
      document_.json_ = std::move(v);
      document_.places_[pointer] = here();
      return document_.json_;
    }
    Level& level = levels_.back();
    if (level.container->is_object()) {
      pointer = level.pointer + "/" + pointer_token(level.key);
      document_.places_[pointer] = level.key_place;
      return (*level.container)[level.key] = std::move(v);
    }
    pointer = fmt::format("{}/{}", level.pointer, level.container->size());
    document_.places_[pointer] = here();
    level.container->push_back(std::move(v));
    return level.container->back();
  }
  template <class T>
  bool value(T&& v) {
    std::string pointer;
    put(Json(std::forward<T>(v)), pointer);
    return true;
  }
  bool open(Json container) {
    if (levels_.size() >= kMaxDepth) {
      fail(fmt::format("is nested deeper than {} levels", kMaxDepth), "");
      return false;
    }
    std::string pointer;
    Json& made = put(std::move(container), pointer);
    levels_.push_back({&made, std::move(pointer), {}, {}, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  Document& document_;
  std::string_view text_;
  const char* last_;
  const char* counted_;
  std::size_t line_ = 1;
  std::vector<Level> levels_;
  std::optional<rsp::Error> error_;
};

rsp::Result<Document> Document::load(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return refused(file.string(), error ? "cannot be read: " + error.message() : "is no file");
  }
  if (std::filesystem::file_size(file, error) > kMaxFile)
    return refused(file.string(), "is larger than 4 MiB");
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open()) return refused(file.string(), "cannot be read");
  return parse(text, file.string());
}

rsp::Result<Document> Document::parse(std::string_view text, std::string name) {
  Document document;
  document.name_ = std::move(name);
  if (!rsp::asn1::count_characters(rsp::view_of(text)))
    return refused(document.name_, "is no UTF-8 text");
  if (text.empty()) return refused(document.name_, "is empty");
  RSP_CHECK(DocumentReader(document, text).read());
  drop_comments(document.json_);
  return document;
}

Document Document::of(Json json, std::string name) {
  Document document;
  document.json_ = std::move(json);
  document.places_[""] = name;
  document.name_ = std::move(name);
  return document;
}

std::string Document::place_of(const std::string& pointer) const {
  std::string at = pointer;
  while (true) {
    if (auto found = places_.find(at); found != places_.end()) return found->second;
    if (at.empty()) return name_;
    at.resize(at.rfind('/'));
  }
}

namespace {

void merge_json(Json& base, const Json& over) {
  if (!base.is_object() || !over.is_object()) {
    base = over;
    return;
  }
  for (const auto& [name, value] : over.items()) merge_json(base[name], value);
}

}  // namespace

Document Document::merge(Document base, const Document& over) {
  merge_json(base.json_, over.json_);
  for (const auto& [pointer, place] : over.places_) base.places_[pointer] = place;
  base.name_ = over.name_;
  return base;
}

std::string pointer_token(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Place::text() const {
  std::string place = document_->place_of(pointer_);
  return pointer_.empty() ? place : place + ": " + pointer_;
}

void Problems::add(const Place& place, std::string text, std::string hint) {
  list_.push_back({.layer = rsp::Layer::kInput,
                   .path = place.text(),
                   .text = std::move(text),
                   .hint = std::move(hint)});
}

rsp::Error Problems::as_error() const {
  rsp::Error error = list_.front();
  for (std::size_t i = 1; i < list_.size(); ++i) {
    error.hint += fmt::format("{}also at {}: {}", error.hint.empty() ? "" : "; ", list_[i].path,
                              list_[i].text);
  }
  return error;
}

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t above = row[j + 1];
      auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
      std::size_t changed = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      row[j + 1] = std::min({changed, above + 1, row[j] + 1});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(std::string_view wrong, const std::vector<std::string>& known) {
  if (known.empty()) return "there is none";
  auto distance = [&](const std::string& name) { return edit_distance(wrong, name); };
  auto nearest = std::ranges::min_element(known, {}, distance);
  if (distance(*nearest) <= std::max<std::size_t>(2, wrong.size() / 3))
    return fmt::format("did you mean '{}'?", *nearest);
  return fmt::format("allowed are {}", fmt::join(known, ", "));
}

}  // namespace hil
