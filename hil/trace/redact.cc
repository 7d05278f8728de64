#include "hil/trace/redact.h"

#include <algorithm>

#include "hil/trace/replacer.h"
#include "hil/trace/sequence.h"
#include "rsp/card/store_data.h"
#include "rsp/crypto/digest.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::TraceEvent;
using rsp::TraceKind;

/// As many random-looking octets as one asks for, the same for the same inputs.
class Stream {
 public:
  Stream(BytesView salt, const Identifier& of, std::uint8_t attempt)
      : seed_(rsp::to_bytes(rsp::crypto::sha256({salt, rsp::view_of(to_string(of.kind)), Bytes{0},
                                                 rsp::view_of(of.value), Bytes{0, attempt}}))) {}
  std::uint8_t next() {
    if (used_ == block_.size()) {
      block_ = rsp::crypto::sha256({seed_, Bytes{static_cast<std::uint8_t>(count_ >> 8),
                                                 static_cast<std::uint8_t>(count_)}});
      ++count_;
      used_ = 0;
    }
    return block_[used_++];
  }

 private:
  Bytes seed_;
  rsp::crypto::Digest block_{};
  std::size_t used_ = block_.size();
  unsigned count_ = 0;
};

char one_of(std::string_view characters, Stream& stream) {
  return characters[stream.next() % characters.size()];
}

std::string candidate(const Identifier& of, Stream& stream) {
  constexpr std::string_view kDigits = "0123456789", kHex = "0123456789ABCDEF",
                             kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                             kLower = "abcdefghijklmnopqrstuvwxyz";
  std::string out = of.value;
  bool keeps_start = (of.kind == IdentifierKind::kEid || of.kind == IdentifierKind::kIccid) &&
                     out.starts_with("89");
  for (std::size_t i = keeps_start ? 2 : 0; i < out.size(); ++i) {
    char& c = out[i];
    if (form_of(of.kind) == IdentifierForm::kHex) {
      c = one_of(kHex, stream);
    } else if (c >= '0' && c <= '9') {
      c = one_of(kDigits, stream);
    } else if (c >= 'A' && c <= 'Z') {
      c = one_of(kUpper, stream);
    } else if (c >= 'a' && c <= 'z') {
      c = one_of(kLower, stream);
    }
  }
  // The first octet of a number decides its sign and whether it is written as short as it can be.
  if (of.kind == IdentifierKind::kCertificate) out.replace(0, 2, of.value, 0, 2);
  return out;
}

/// One value has one pseudonym, two values have two, and none has an identifier for its pseudonym.
class Pseudonyms {
 public:
  Pseudonyms(const std::set<Identifier>& identifiers, BytesView salt) {
    std::set<std::string> taken;
    for (const Identifier& each : identifiers) taken.insert(each.value);
    for (const Identifier& each : identifiers) {
      // Of a single character there are only so many others; then the last one has to do.
      for (std::uint8_t attempt = 0; attempt < 200; ++attempt) {
        Stream stream(salt, each, attempt);
        std::string value = candidate(each, stream);
        bool last = attempt == 199;
        if (!last && !taken.insert(value).second) continue;
        list_.push_back({each, std::move(value)});
        break;
      }
    }
  }
  std::vector<Pseudonym> take() { return std::move(list_); }

 private:
  std::vector<Pseudonym> list_;
};

/// Where in a record a piece of a longer message lies.
struct Piece {
  std::size_t record, offset, size;
};

/// The data of STORE DATA, or of a response.
Piece piece_of(std::size_t record, const TraceEvent& event) {
  if (event.from != rsp::Party::kLpa)
    return {record, 0, event.bytes.size() < 2 ? 0 : event.bytes.size() - 2};
  auto command = rsp::card::CommandApdu::parse(event.bytes);
  constexpr std::size_t kHeader = 5;
  bool carries = command && command->ins == rsp::card::kStoreDataIns;
  return {record, kHeader, carries ? command->data.size() : 0};
}

/// Replaces what begins in one piece and ends in another.
void replace_across(const Replacer& replacer, std::vector<rsp::TraceRecord>& records,
                    const std::vector<Piece>& pieces) {
  Bytes whole;
  for (const Piece& piece : pieces) {
    BytesView bytes = records[piece.record].event.bytes;
    rsp::append(whole, piece.size == 0 ? BytesView() : bytes.subspan(piece.offset, piece.size));
  }
  if (!replacer.replace(whole)) return;
  auto from = whole.begin();
  for (const Piece& piece : pieces) {
    auto to = records[piece.record].event.bytes.begin() + static_cast<std::ptrdiff_t>(piece.offset);
    if (piece.size > 0) std::copy_n(from, piece.size, to);
    from += static_cast<std::ptrdiff_t>(piece.size);
  }
}

void replace_in_commands(const Replacer& replacer, std::vector<rsp::TraceRecord>& records) {
  for (const CardCommand& command : card_commands(records)) {
    std::vector<Piece> there, back;
    for (std::size_t index : command.apdus) {
      const TraceEvent& event = records[index].event;
      (event.from == rsp::Party::kLpa ? there : back).push_back(piece_of(index, event));
    }
    replace_across(replacer, records, there);
    replace_across(replacer, records, back);
  }
}

}  // namespace

Redaction redact(const rsp::Trace& trace, BytesView salt) {
  Redaction out;
  out.pseudonyms = Pseudonyms(find_identifiers(trace), salt).take();
  Replacer replacer;
  for (const Pseudonym& each : out.pseudonyms) replacer.add(each.original, each.value);
  replacer.finish();

  out.trace.start = trace.start;
  out.trace.dropped = trace.dropped;
  for (const rsp::TraceRecord& record : trace.records) {
    // AT lines hold the APDUs once more, and what a module says of itself.
    bool gives_away = record.event.kind == TraceKind::kTls ||
                      record.event.kind == TraceKind::kKeys || record.event.kind == TraceKind::kAt;
    if (gives_away) {
      ++out.left_out;
    } else {
      out.trace.records.push_back(record);
    }
  }
  replace_in_commands(replacer, out.trace.records);
  for (rsp::TraceRecord& record : out.trace.records) {
    TraceEvent& event = record.event;
    event.name = replacer.replace_text(event.name);
    event.detail = replacer.replace_body(event.detail);
    // The APDUs of a command are done, but for what no command carried.
    replacer.replace(event.bytes);
  }
  return out;
}

}  // namespace hil
