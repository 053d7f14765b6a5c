// Calls to other machines, as the scheduler and the stages see them. The real one is libcurl's multi interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// How TLS is spoken with one server. Texts are in the form of PEM.
struct HttpTls {
  std::string authorities = {};  // trusted in place of this machine's; empty: those
  std::string certificate = {};  // who we are; empty: nobody
  std::string key = {};
  /// What the server's certificate is to name, in place of the URL's host.
  std::string server_name = {};
  bool verifies = true;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  /// A successful response's body is appended to this file instead of being kept in memory. Where `resume_from` was asked
  /// for and the server sends the whole (status 200), the file is emptied first. Other answers' bodies stay in memory.
  std::optional<std::filesystem::path> body_file = {};
  /// Asks for the bytes from here on (a `Range` request), to resume a download.
  std::uint64_t resume_from = 0;
  /// Without a byte for so long the call fails.
  Milliseconds stall_timeout{30'000};
  Milliseconds connect_timeout{15'000};
  /// Bytes received so far and expected in all (0: unknown), resumed ones included.
  std::function<void(std::uint64_t received, std::uint64_t expected)> on_progress = {};
  /// The body is read from this file instead: all of it, or `upload_length` bytes from `upload_from` on.
  std::optional<std::filesystem::path> upload_file = {};
  std::uint64_t upload_from = 0;
  std::optional<std::uint64_t> upload_length = {};
  /// A successful answer with a longer body fails the call: who answers is not always to be trusted.
  std::optional<std::uint64_t> largest_body = {};
  /// Fewer bytes a second than this, for as long as `stall_timeout`, count as none.
  std::uint64_t slowest = 1;
  /// Otherwise a redirect is an answer as any other: what a request carries is meant for one server.
  bool follows_redirects = true;
  /// Goes on, or begins, when the run is being stopped: it ends what would go on elsewhere.
  bool survives_stop = false;
  /// Whether the proxy that the environment names is asked.
  bool uses_proxy = true;
  /// A proxy in place of that one.
  std::string proxy = {};
  /// None: by this machine's certificates, as nobody.
  std::shared_ptr<const HttpTls> tls = {};
  /// Gets a successful answer's body as it comes, in place of its being kept. False: it is enough; the call ends, and has succeeded.
  /// Called also with nothing, about each second, so that who waits for no more can say so. From another thread, perhaps after the step
  /// has ended: what it needs it owns.
  std::function<bool(std::string_view)> on_body = {};
};

struct HttpResponse {
  int status = 0;
  std::string final_url = {};  // after redirects
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};
};

class Remote {
 public:
  virtual ~Remote() = default;
  /// `done` is called once, from any thread. An answer with any status is a response; no answer (DNS, TLS, refused,
  /// timed out, cut off, disk full) is an Error that says which of these it was. Redirects are followed.
  virtual void call(HttpRequest request, std::function<void(Result<HttpResponse>)> done) = 0;
  /// Calls in flight, and all from now on, end with an Error at once: the run is being stopped. Those that survive a stop
  /// go on.
  virtual void stop_all() {}
};

}  // namespace sdlrun::engine
