// A module's AT port: one command at a time, each with its deadline, and an answer that is told
// from everything else that comes over the line (V.250, 27.007).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lpa/transport/at_answer.h"
#include "lpa/transport/byte_stream.h"
#include "rsp/base/trace.h"

namespace lpa {

struct AtPortOptions {
  /// How long a line must be quiet for what came before to be over.
  std::chrono::milliseconds quiet{100};
  /// How long an answer may come after the OK that should have followed it.
  std::chrono::milliseconds late{500};
  /// An answer without a final result is over after this silence; 0: there is always one (field
  /// fault F36).
  std::chrono::milliseconds idle_end{0};
  /// For one command that asks nothing of card or network.
  std::chrono::milliseconds ping{1000};
  /// How often a module is called that does not answer yet.
  int pings = 3;
  std::size_t longest_line = 16 << 10;
  std::size_t most_lines = 512;
  rsp::TraceSink* trace = nullptr;
};

/// A command, and what its answer looks like.
struct AtCommand {
  std::string text;  // "AT+CGLA=1,10,"80CA...""
  std::chrono::milliseconds deadline{3000};
  enum class Answer {
    kNone,      // nothing but a final result
    kPrefixed,  // a line with the command's prefix, which must be there
    kOptional,  // the same, and it may be missing
    kBare,      // with the prefix or without (field fault F02): a token of digits, perhaps quoted
    kText,      // any lines
  };
  Answer answer = Answer::kNone;
  /// In place of what follows AT: modules answer some commands with another's prefix.
  std::string prefix;
  /// What stands in front of data, whoever sends it.
  enum class Data {
    kNone,
    kConnect,  // CONNECT
    kPrompt,   // "> " (+QSSLSEND)
    kCounted,  // the command's prefix and a number of octets (+QSSLRECV)
  };
  Data data = Data::kNone;
};

/// Where data of a module ends: after so many octets, or in front of a mark that is not in it.
struct AtDataEnd {
  std::optional<std::size_t> octets;
  std::vector<std::string> marks;
  std::size_t most = 16 << 20;
};

struct AtAnswer {
  AtFinal final;
  /// What stood behind the prefix, and then the lines that followed; unsolicited lines may be among
  /// those.
  std::vector<std::string> lines;

  std::string_view first() const { return lines.empty() ? std::string_view() : lines.front(); }
};

/// Blocking, for one thread at a time. Nothing is ever sent twice by itself: what a command has
/// done is unknown where its answer is (field fault F21).
class AtPort {
 public:
  /// `stream` must outlive it.
  AtPort(ByteStream& stream, AtPortOptions options) : stream_(stream), options_(options) {}

  /// Opens the line and sets the session up: ATE0 and +CMEE=1, and never ATZ, which would undo what
  /// others have set (field fault F94). Error: as of the line; kTimeout where nobody answers.
  rsp::Status open(rsp::Deadline deadline);
  void close();
  bool is_open() const { return ready_; }
  /// Sets up the session of a line that is open: a reset of the module may have undone it.
  rsp::Status set_up(rsp::Deadline deadline);

  /// A command and its answer, whatever the final result. After a command that did not end the line
  /// is put in step again before the next (field fault F20). Error: Layer::kTimeout, with the
  /// command as step; kTransport where the line is gone; kDecode where the answer grows beyond all
  /// bounds.
  rsp::Result<AtAnswer> send(const AtCommand& command, rsp::Deadline deadline);
  /// The same, where everything but OK is an error: Layer::kTransport, code "CME 13" or "ERROR".
  rsp::Result<AtAnswer> demand(const AtCommand& command, rsp::Deadline deadline);
  /// Data after CONNECT or a prompt, and how that ended.
  rsp::Result<AtAnswer> send_data(const AtCommand& command, rsp::BytesView data,
                                  rsp::Deadline deadline);
  /// Data that the module sends after CONNECT, up to its OK. Error: also kDecode where there is
  /// more than AtDataEnd::most.
  rsp::Result<rsp::Bytes> receive_data(const AtCommand& command, const AtDataEnd& end,
                                       rsp::Deadline deadline);
  /// Data behind a line with the command's prefix that says how many octets there are: "+QSSLRECV:
  /// 5". Error: also kDecode where there are more than `most`, or no number.
  rsp::Result<rsp::Bytes> receive_counted(const AtCommand& command, std::size_t most,
                                          rsp::Deadline deadline);
  /// An unsolicited line with this prefix, of those that have come or yet come: what stands behind
  /// it.
  rsp::Result<std::string> wait_for(std::string_view prefix, rsp::Deadline deadline);
  /// Forgets unsolicited lines with this prefix, so that wait_for() gets a new one.
  void forget(std::string_view prefix);
  /// Writes without waiting for anything, for commands after which the port is gone.
  rsp::Status post(std::string_view text, rsp::Deadline deadline);
  /// Takes in what comes for so long.
  void idle(std::chrono::milliseconds span, rsp::Deadline deadline);

  const std::string& name() const { return stream_.name(); }
  void set_trace(rsp::TraceSink* trace) { options_.trace = trace; }
  void set_idle_end(std::chrono::milliseconds span) { options_.idle_end = span; }
  /// How often the session was set up: what a client has set may be gone with the one before.
  std::size_t sessions() const { return sessions_; }
  /// Lines that belonged to no command so far.
  std::size_t unsolicited() const { return unsolicited_count_; }

 private:
  /// Room for what unsolicited lines are kept for: the last word of a slow command.
  static constexpr std::size_t kKeptLines = 32;
  struct Collected;

  rsp::Result<AtAnswer> run(const AtCommand& command, rsp::Deadline deadline);
  rsp::Status write_line(std::string_view text, rsp::Deadline deadline);
  rsp::Result<AtAnswer> collect(const AtCommand& command, rsp::Deadline deadline);
  void take(const std::string& line, const AtCommand& command, Collected& into);
  /// The next line, or a prompt; nothing where the deadline passed first.
  rsp::Result<std::optional<std::string>> next_line(rsp::Deadline deadline, bool or_prompt = false);
  /// Data up to its end, and the final result behind it.
  rsp::Result<rsp::Bytes> take_data(const AtCommand& command, const AtDataEnd& end,
                                    rsp::Deadline until);
  void keep(std::string line);
  /// Takes in what has come by itself.
  rsp::Status take_pending();
  /// Waits until nothing more comes.
  rsp::Status drain(rsp::Deadline deadline);
  /// Makes sure that the next answer is the answer to the next command.
  rsp::Status resynchronise(rsp::Deadline deadline);
  rsp::Status ping(rsp::Deadline deadline);
  void trace(rsp::Party from, std::string_view line);
  std::unexpected<rsp::Error> silent(std::string_view command) const;

  ByteStream& stream_;
  AtPortOptions options_;
  AtLines lines_{options_.longest_line};
  std::deque<std::string> kept_;
  std::size_t unsolicited_count_ = 0, sessions_ = 0;
  bool ready_ = false;
  bool out_of_step_ = false;
};

/// "AT+CGLA" of a command: what errors and traces call it.
std::string step_of(std::string_view command);
/// The error that a final result other than OK is.
rsp::Error at_error(std::string_view command, const AtFinal& final);

}  // namespace lpa
