// Calls to other machines by libcurl, any number at once on one thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/world/real/real_clock.hpp"
#include "engine/world/real/real_remote_transfer.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

/// Thread-safe. `done` goes through `post`; `on_progress` comes from the thread of transfers. Only http and https, also
/// after redirects; certificates are verified against the system's, or those of CURL_CA_BUNDLE or SSL_CERT_FILE; proxies
/// are those of http_proxy, https_proxy and no_proxy.
class RealRemote final : public Remote {
 public:
  explicit RealRemote(Post post);
  /// Ends the calls in flight.
  ~RealRemote() override;

  void call(HttpRequest request, std::function<void(Result<HttpResponse>)> done) override;
  void stop_all() override;

 private:
  using Done = std::function<void(Result<HttpResponse>)>;
  struct Call {
    std::unique_ptr<Transfer> transfer;
    Done done;
    bool survives_stop = false;
  };

  void hand_over(std::function<void()> work);

  // On the thread of transfers.
  void loop();
  void run_handed_over();
  void begin(HttpRequest request, Done done);
  void finish_ended();
  void stop_now();

  Post post_;
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> transfers_;
  std::unordered_map<CURL*, Call> calls_;
  bool stopping_ = false;
  bool ending_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> handed_over_;  // guarded by `mutex_`
  std::thread thread_;
};

}  // namespace sdlrun::engine
