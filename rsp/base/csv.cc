#include "rsp/base/csv.h"

#include <fmt/format.h>

namespace rsp {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  Result<std::vector<CsvRecord>> run() {
    std::vector<CsvRecord> records;
    while (!rest_.empty()) {
      CsvRecord record{.line = line_, .fields = {}};
      do {
        RSP_TRY(std::string field, take_field());
        record.fields.push_back(std::move(field));
      } while (take(","));
      if (!rest_.empty()) {
        if (!take("\r\n")) take("\n");
        ++line_;
      }
      bool empty = record.fields.size() == 1 && record.fields[0].empty();
      if (!empty) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool at_end_of_field() const {
    return rest_.empty() || rest_.starts_with(",") || rest_.starts_with("\n") ||
           rest_.starts_with("\r\n");
  }

  Result<std::string> take_field() {
    if (take("\"")) return take_quoted();
    std::string field;
    while (!at_end_of_field()) {
      if (rest_[0] == '"')
        return refused(line_, "a quote stands in a field that does not begin with one");
      field += rest_[0];
      rest_.remove_prefix(1);
    }
    return field;
  }
  Result<std::string> take_quoted() {
    std::string field;
    std::size_t begin = line_;
    while (true) {
      if (rest_.empty()) return refused(begin, "a quote is never closed");
      if (take("\"\"")) {
        field += '"';
      } else if (take("\"")) {
        break;
      } else {
        if (rest_[0] == '\n') ++line_;
        field += rest_[0];
        rest_.remove_prefix(1);
      }
    }
    if (!at_end_of_field()) return refused(line_, "something stands behind a closing quote");
    return field;
  }

  static std::unexpected<Error> refused(std::size_t line, std::string text) {
    return failure({.layer = Layer::kInput,
                    .path = fmt::format("line {}", line),
                    .text = std::move(text),
                    .hint = "a quote within a quoted field is written twice"});
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRecord>> parse_csv(std::string_view text) { return CsvReader(text).run(); }

}  // namespace rsp
