// The plan of faults behind every seam of card and server.
#pragma once

#include "hil/faults/plan.h"
#include "sim_euicc/euicc.h"

namespace hil {

/// Answers requests of ES9+ as `next` does, with the faults of hooks transport, http, header and
/// message in between. One request at a time. The plan must outlive it.
rsp::http::Handler with_faults(FaultPlan& plan, rsp::http::Handler next);

/// What becomes of a server's connections with the faults of hook connection, by their numbers. The
/// plan must outlive it.
std::function<rsp::http::Admission(std::uint64_t)> admission(FaultPlan& plan, bool has_tls);

/// Hooks signing, crypto and bpp of a server.
class ServerSeam final : public smdp::Seam {
 public:
  explicit ServerSeam(FaultPlan& plan) : plan_(plan) {}
  void about_to_sign(std::string_view what, rsp::Bytes& octets,
                     const rsp::crypto::PrivateKey*& key) override;
  void about_to_derive(rsp::Bytes& host_id) override;
  void about_to_protect(std::string_view message, rsp::Bytes& plaintext) override;
  rsp::Bytes protect(const smdp::BppPart& part, rsp::crypto::Bsp& keys,
                     const std::function<rsp::Bytes(const smdp::BppPart&)>& honest) override;
  void bound(rsp::BoundProfilePackage& package) override;

 private:
  FaultPlan& plan_;
};

/// Hooks signing, crypto and message of a card.
class CardSeam final : public sim::Seam {
 public:
  explicit CardSeam(FaultPlan& plan) : plan_(plan) {}
  void about_to_sign(std::string_view what, rsp::Bytes& octets,
                     const rsp::crypto::PrivateKey*& key) override;
  void command(rsp::Bytes& command) override;
  void answer(rsp::BytesView command, rsp::Bytes& data, rsp::card::StatusWord& sw) override;

 private:
  FaultPlan& plan_;
};

/// Whether a card has power. Its storage takes it away, and its reset gives it back.
struct CardPower {
  bool on = true;
};

/// Hook storage: a storage that counts its writes. Reports each as an event of the trace.
class FaultyStorage final : public sim::Storage {
 public:
  FaultyStorage(FaultPlan& plan, sim::Storage& honest, CardPower& power,
                rsp::TraceSink* trace = nullptr)
      : plan_(plan), honest_(honest), power_(power), trace_(trace) {}
  std::string name() const override { return honest_.name(); }
  rsp::Result<sim::StorageRecords> load() override { return honest_.load(); }
  rsp::Status commit(std::span<const sim::StorageWrite> writes) override;
  std::uint64_t writes() const { return number_; }

 private:
  FaultPlan& plan_;
  sim::Storage& honest_;
  CardPower& power_;
  rsp::TraceSink* trace_;
  std::uint64_t number_ = 0;
};

/// Hook apdu: a card that counts its APDUs, may take longer, and may lose its power. A card without
/// power answers nothing at all, until it is reset.
class FaultyCard final : public rsp::card::Card {
 public:
  /// `waited` is told how much longer an answer took because of a fault; without one, that is part
  /// of take_delay().
  FaultyCard(FaultPlan& plan, rsp::card::Card& honest, CardPower& power,
             std::function<void(std::chrono::milliseconds)> waited, rsp::TraceSink* trace = nullptr)
      : plan_(plan), honest_(honest), power_(power), waited_(std::move(waited)), trace_(trace) {}
  rsp::Bytes reset() override;
  rsp::Bytes transmit(rsp::BytesView command) override;
  std::chrono::nanoseconds take_delay() override;
  /// Takes the power away.
  void power_off();
  bool powered() const { return power_.on; }
  std::uint64_t apdus() const { return number_; }

 private:
  rsp::Bytes tag_of(const rsp::card::CommandApdu& command);
  void tell(std::string name);

  FaultPlan& plan_;
  rsp::card::Card& honest_;
  CardPower& power_;
  std::function<void(std::chrono::milliseconds)> waited_;
  rsp::TraceSink* trace_;
  std::chrono::nanoseconds delay_{0};
  std::uint64_t number_ = 0;
  std::array<rsp::Bytes, rsp::card::kMaxChannel + 1> tags_;  // of the command on each channel
};

}  // namespace hil
