#include "rsp/http/lookup.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <memory>
#include <thread>

namespace rsp::http {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::unexpected<Error> too_late(const std::string& name) {
  return failure({.layer = Layer::kTimeout,
                  .text = fmt::format("time ran out while looking up the name {}", name),
                  .hint = "check the DNS, or say where it is with --resolve HOST:ADDRESS"});
}

std::string to_text(const addrinfo& entry) {
  std::array<char, NI_MAXHOST> text{};
  int failed = getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(), text.size(), nullptr, 0,
                           NI_NUMERICHOST);
  return failed ? std::string() : std::string(text.data());
}

std::unexpected<Error> unknown(const std::string& name, std::string_view why) {
  return failure({.layer = Layer::kTransport,
                  .text = fmt::format("no address for the name {}: {}", name, why),
                  .hint = "check the name, or say where it is with --resolve HOST:ADDRESS"});
}

Result<std::vector<std::string>> ask_system(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int failed = getaddrinfo(name.c_str(), nullptr, &wanted, &found)) {
    return unknown(name, gai_strerror(failed));
  }
  std::unique_ptr<addrinfo, FreeAddresses> owned(found);
  std::vector<std::string> out;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
    if (std::string text = to_text(*entry); !text.empty()) out.push_back(std::move(text));
  }
  if (out.empty()) return unknown(name, "the answer is empty");
  return out;
}

}  // namespace

Result<std::vector<std::string>> look_up(const std::string& name, Deadline deadline) {
  if (deadline.passed()) return too_late(name);
  // getaddrinfo cannot be interrupted and may take half a minute. On a thread of its own, which
  // shares nothing with this one but the answer, it may go on after nobody waits for it any more.
  std::packaged_task<Result<std::vector<std::string>>()> task([name] { return ask_system(name); });
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  if (answer.wait_until(deadline.when()) == std::future_status::ready) return answer.get();
  return too_late(name);
}

}  // namespace rsp::http
