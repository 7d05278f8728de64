#include "lpa/transport/pcsc_link.h"

#include <PCSC/winscard.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace lpa {
namespace {

// A short response APDU, and what readers put around it.
constexpr std::size_t kMaxResponse = 264 + 2;

struct CodeName {
  LONG code;
  std::string_view name;
};
constexpr CodeName kCodes[] = {
    {SCARD_E_NO_SERVICE, "SCARD_E_NO_SERVICE"},
    {SCARD_E_NO_READERS_AVAILABLE, "SCARD_E_NO_READERS_AVAILABLE"},
    {SCARD_E_UNKNOWN_READER, "SCARD_E_UNKNOWN_READER"},
    {SCARD_E_SHARING_VIOLATION, "SCARD_E_SHARING_VIOLATION"},
    {SCARD_E_NO_SMARTCARD, "SCARD_E_NO_SMARTCARD"},
    {SCARD_E_PROTO_MISMATCH, "SCARD_E_PROTO_MISMATCH"},
    {SCARD_E_NOT_TRANSACTED, "SCARD_E_NOT_TRANSACTED"},
    {SCARD_E_READER_UNAVAILABLE, "SCARD_E_READER_UNAVAILABLE"},
    {SCARD_E_INVALID_HANDLE, "SCARD_E_INVALID_HANDLE"},
    {SCARD_E_TIMEOUT, "SCARD_E_TIMEOUT"},
    {SCARD_F_COMM_ERROR, "SCARD_F_COMM_ERROR"},
    {SCARD_W_UNPOWERED_CARD, "SCARD_W_UNPOWERED_CARD"},
    {SCARD_W_UNRESPONSIVE_CARD, "SCARD_W_UNRESPONSIVE_CARD"},
    {SCARD_W_REMOVED_CARD, "SCARD_W_REMOVED_CARD"},
    {SCARD_W_RESET_CARD, "SCARD_W_RESET_CARD"},
};

std::unexpected<rsp::Error> failed(std::string_view step, LONG code, std::string_view reader = "") {
  std::string name = fmt::format("{:08X}", static_cast<std::uint32_t>(code));
  for (const CodeName& known : kCodes) {
    if (known.code == code) name = known.name;
  }
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = std::string(step),
                       .code = std::move(name),
                       .path = std::string(reader),
                       .text = pcsc_stringify_error(code)});
}

/// pcscd as one program sees it.
class Context {
 public:
  ~Context() {
    if (valid_) SCardReleaseContext(context_);
  }
  rsp::Status establish() {
    if (valid_) return {};
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_);
    if (code != SCARD_S_SUCCESS) return failed("SCardEstablishContext", code);
    valid_ = true;
    return {};
  }
  SCARDCONTEXT get() const { return context_; }

  rsp::Result<std::vector<std::string>> readers() {
    RSP_CHECK(establish());
    DWORD size = 0;
    LONG code = SCardListReaders(context_, nullptr, nullptr, &size);
    // A pcscd that has been started anew does not know who asked its predecessor.
    bool forgotten = code == SCARD_E_INVALID_HANDLE || code == SCARD_E_SERVICE_STOPPED ||
                     code == SCARD_E_NO_SERVICE || code == SCARD_F_COMM_ERROR;
    if (forgotten) {
      SCardReleaseContext(context_);
      valid_ = false;
      RSP_CHECK(establish());
      code = SCardListReaders(context_, nullptr, nullptr, &size);
    }
    if (code != SCARD_S_SUCCESS) return failed("SCardListReaders", code);
    std::string names(size, '\0');
    code = SCardListReaders(context_, nullptr, names.data(), &size);
    if (code != SCARD_S_SUCCESS) return failed("SCardListReaders", code);
    std::vector<std::string> list;
    for (const char* name = names.c_str(); *name != '\0'; name += list.back().size() + 1)
      list.emplace_back(name);
    return list;
  }

 private:
  SCARDCONTEXT context_ = 0;
  bool valid_ = false;
};

}  // namespace

rsp::Result<std::vector<std::string>> pcsc_readers() { return Context().readers(); }

/// All calls of PC/SC run on one thread of its own, since none of them can be ended from outside.
class PcscLink::Impl {
 public:
  explicit Impl(std::string reader) : wanted_(std::move(reader)), thread_([this] { work(); }) {}
  ~Impl() {
    {
      std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
    if (card_ != 0) SCardDisconnect(card_, SCARD_LEAVE_CARD);
  }

  rsp::Result<rsp::Bytes> run(std::function<rsp::Result<rsp::Bytes>()> job,
                              rsp::Deadline deadline) {
    std::unique_lock lock(mutex_);
    auto idle = [&] { return !busy_; };
    auto wait = [&](auto ready) {
      return deadline.wait([&](auto until) { return changed_.wait_until(lock, until, ready); });
    };
    if (!wait(idle)) return late();
    job_ = std::move(job);
    busy_ = true;
    result_.reset();
    changed_.notify_all();
    if (!wait(idle)) return late();
    return *std::move(result_);
  }

  rsp::Result<rsp::Bytes> reset() {
    RSP_CHECK(context_.establish());
    if (card_ == 0) return connect();
    DWORD protocol = 0;
    LONG code = SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                               SCARD_UNPOWER_CARD, &protocol);
    if (code == SCARD_S_SUCCESS) {
      protocol_ = protocol;
      return atr();
    }
    // The card, or pcscd, has been away.
    SCardDisconnect(card_, SCARD_LEAVE_CARD);
    card_ = 0;
    return connect();
  }

  rsp::Result<rsp::Bytes> transmit(const rsp::Bytes& command) {
    if (card_ == 0) return failed("SCardTransmit", SCARD_E_INVALID_HANDLE, reader_);
    rsp::Bytes response(kMaxResponse);
    DWORD size = response.size();
    const SCARD_IO_REQUEST* protocol = protocol_ == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
    LONG code = SCardTransmit(card_, protocol, command.data(), command.size(), nullptr,
                              response.data(), &size);
    if (code != SCARD_S_SUCCESS) return failed("SCardTransmit", code, reader_);
    response.resize(size);
    return response;
  }

 private:
  static rsp::Result<rsp::Bytes> late() {
    return rsp::failure({.layer = rsp::Layer::kTimeout,
                         .text = "the card did not answer in time",
                         .hint = "real cards take seconds for key agreement; allow more time"});
  }

  /// The readers that may be meant, in pcscd's order.
  rsp::Result<std::vector<std::string>> candidates() {
    RSP_TRY(auto all, context_.readers());
    if (wanted_.empty()) return all;
    if (std::ranges::find(all, wanted_) != all.end()) return std::vector{wanted_};
    std::vector<std::string> found;
    for (const std::string& name : all) {
      if (name.contains(wanted_)) found.push_back(name);
    }
    if (found.size() == 1) return found;
    return rsp::failure(
        {.layer = rsp::Layer::kTransport,
         .step = "SCardConnect",
         .code = "SCARD_E_UNKNOWN_READER",
         .path = wanted_,
         .text = fmt::format("{} readers have '{}' in their name", found.size(), wanted_),
         .hint = fmt::format("there are: {}", fmt::join(all, ", "))});
  }

  rsp::Result<rsp::Bytes> connect() {
    RSP_TRY(auto names, candidates());
    auto first = failed("SCardConnect", SCARD_E_NO_READERS_AVAILABLE);
    for (const std::string& name : names) {
      DWORD protocol = 0;
      LONG code = SCardConnect(context_.get(), name.c_str(), SCARD_SHARE_EXCLUSIVE,
                               SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card_, &protocol);
      if (code == SCARD_S_SUCCESS) {
        reader_ = name;
        protocol_ = protocol;
        return atr();
      }
      card_ = 0;
      // What keeps the first one is told, unless it is only empty (field fault F83).
      bool says_more = first.error().path.empty() || first.error().code == "SCARD_E_NO_SMARTCARD";
      if (says_more) first = failed("SCardConnect", code, name);
    }
    return first;
  }

  rsp::Result<rsp::Bytes> atr() {
    rsp::Bytes octets(MAX_ATR_SIZE);
    DWORD size = octets.size(), name_size = 0, state = 0, protocol = 0;
    LONG code = SCardStatus(card_, nullptr, &name_size, &state, &protocol, octets.data(), &size);
    if (code != SCARD_S_SUCCESS) return failed("SCardStatus", code, reader_);
    octets.resize(size);
    return octets;
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return ends_ || job_ != nullptr; });
      if (job_ == nullptr) return;
      auto job = std::exchange(job_, nullptr);
      lock.unlock();
      auto result = job();
      lock.lock();
      result_ = std::move(result);
      busy_ = false;
      changed_.notify_all();
    }
  }

  // Of the thread alone, while it is busy.
  const std::string wanted_;
  Context context_;
  SCARDHANDLE card_ = 0;
  DWORD protocol_ = SCARD_PROTOCOL_T0;
  std::string reader_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<rsp::Result<rsp::Bytes>()> job_;
  std::optional<rsp::Result<rsp::Bytes>> result_;
  bool busy_ = false, ends_ = false;
  std::thread thread_;  // the last member, so that all else is there when it begins
};

PcscLink::PcscLink(std::string reader) : impl_(std::make_unique<Impl>(std::move(reader))) {}
PcscLink::~PcscLink() = default;

rsp::Result<rsp::Bytes> PcscLink::reset(rsp::Deadline deadline) {
  return impl_->run([this] { return impl_->reset(); }, deadline);
}

rsp::Result<rsp::Bytes> PcscLink::transmit(rsp::BytesView command, rsp::Deadline deadline) {
  return impl_->run([this, octets = rsp::to_bytes(command)] { return impl_->transmit(octets); },
                    deadline);
}

}  // namespace lpa
