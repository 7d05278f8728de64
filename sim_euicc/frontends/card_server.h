// Cards on sockets, for programs in other processes and languages: one thread for all of them,
// since a card's work is short and waking another core costs more than most APDUs.
//
// All front ends here speak the framing of vpcd (vpcd_frames.h). A card has one client at a time
// and keeps its state when a client goes and the next one comes; clients that come meanwhile wait.
// A card that takes its time (rsp::card::Card::take_delay()) keeps nobody waiting but its own
// client.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

#include "rsp/card/transport.h"

namespace sim {

struct CardServerOptions {
  /// Told of connections made and lost, and of clients that were hung up on; nobody where empty.
  std::function<void(std::string_view)> log;
  /// How long the rest of a frame may take to come, and how long an answer may wait to be taken.
  /// Then the client is hung up on, so that a stuck one does not keep others out for ever.
  std::chrono::milliseconds patience{10'000};
  /// Between two attempts to reach a reader: doubles from the one to the other.
  std::chrono::milliseconds least_pause{20}, most_pause{1'000};
};

/// The cards must outlive the server. Functions that add one are for the time before run().
class CardServer {
 public:
  explicit CardServer(CardServerOptions options = {});
  ~CardServer();

  /// Offers a card on "HOST:PORT", "HOST" or ":PORT": HOST is an IP address, 127.0.0.1 where none
  /// is given; port 0, also where none is given, is any free one. The address with the port that it
  /// became. Error: Layer::kTransport naming the address.
  rsp::Result<std::string> listen(const std::string& address, rsp::card::Card& card);

  /// Puts a card into a reader that listens: connects to "HOST:PORT", and again whenever the
  /// connection is lost or cannot be made yet, until stop(). Error: Layer::kTransport for what is
  /// no such address, or one that another card already goes to.
  rsp::Status connect(const std::string& address, rsp::card::Card& card);

  /// Offers a card on a stream socket that this process has inherited, and becomes its owner. One
  /// that listens gets one client after the other; one that is connected is served until its peer
  /// hangs up. Error: Layer::kTransport for what is neither.
  rsp::Status adopt(int descriptor, rsp::card::Card& card);

  /// What listen() and connect() say of an address that is none; nothing is done yet.
  static rsp::Status check_listen(const std::string& address);
  static rsp::Status check_connect(const std::string& address);

  /// Lets these signals end run().
  void stop_on(std::initializer_list<int> signals);
  /// Serves until stop(), or until every card has only had connections that are gone for good.
  void run();
  /// From any thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sim
