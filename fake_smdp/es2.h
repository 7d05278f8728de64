// ES2+ as typed functions: an operator's orders, from a profile in stock to one that is released
// (SGP.22 v2, 5.3 and 3.1.1).
#pragma once

#include "fake_smdp/journal.h"
#include "fake_smdp/order_store.h"
#include "fake_smdp/outside.h"
#include "rsp/base/random.h"

namespace smdp {

/// "XXXXX-XXXXX-XXXXX-XXXXX" of digits and capital letters, as operators print them.
std::string random_matching_id(rsp::Random& random);

/// Nothing where a MatchingID can be one: up to 255 digits, capital letters and "-" (SGP.22 4.1.1);
/// else what is wrong with it.
std::optional<std::string> matching_id_problem(std::string_view matching_id);

/// Takes the event of an order back from its SM-DS, where there is one. An SM-DS that does not
/// answer keeps it; the history says so.
void withdraw_event(Order& order, EventRegistrar* smds);

class Es2 {
 public:
  /// `address`: of the SM-DP+, as activation codes and events name it. `smds` may be null: then no
  /// SM-DS can be reached. All must outlive this object.
  Es2(OrderStore& orders, std::string address, rsp::Random& random, Journal& journal,
      EventRegistrar* smds = nullptr)
      : orders_(orders),
        address_(std::move(address)),
        random_(random),
        journal_(journal),
        smds_(smds) {}

  /// 5.3.1: Available becomes Allocated, or Linked where an EID is given.
  Answer<rsp::DownloadOrderOk> download_order(const rsp::FunctionCall& call,
                                              const rsp::DownloadOrderRequest& request);
  /// 5.3.2: Allocated or Linked becomes Confirmed, or Released with releaseFlag.
  Answer<rsp::ConfirmOrderOk> confirm_order(const rsp::FunctionCall& call,
                                            const rsp::ConfirmOrderRequest& request);
  /// 5.3.3: what is not installed becomes Available or Unavailable.
  Answer<rsp::NoOutput> cancel_order(const rsp::FunctionCall& call,
                                     const rsp::CancelOrderRequest& request);
  /// 5.3.4: Confirmed becomes Released.
  Answer<rsp::NoOutput> release_profile(const rsp::FunctionCall& call,
                                        const rsp::ReleaseProfileRequest& request);

 private:
  Answer<rsp::DownloadOrderOk> order_download(const rsp::FunctionCall& call,
                                              const rsp::DownloadOrderRequest& request);
  Answer<rsp::ConfirmOrderOk> confirm(const rsp::FunctionCall& call,
                                      const rsp::ConfirmOrderRequest& request);
  Answer<rsp::NoOutput> cancel(const rsp::FunctionCall& call,
                               const rsp::CancelOrderRequest& request);
  Answer<rsp::NoOutput> release_confirmed(const rsp::FunctionCall& call,
                                          const rsp::ReleaseProfileRequest& request);
  /// Writes the journal, and passes the answer on.
  template <class T>
  Answer<T> record(std::string_view function, const std::optional<std::string>& iccid,
                   Answer<T> answer);
  Answer<Order*> find(const rsp::FunctionCall& call, const std::string& iccid);
  Answer<Order*> find_by_type(const rsp::FunctionCall& call, const std::string& profile_type);
  Answer<rsp::NoOutput> release(Order& order);
  Answer<rsp::NoOutput> save(const Order& order);

  OrderStore& orders_;
  std::string address_;
  rsp::Random& random_;
  Journal& journal_;
  EventRegistrar* smds_;
};

}  // namespace smdp
