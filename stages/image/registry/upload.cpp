#include "stages/image/registry/upload.hpp"

#include <algorithm>
#include <charconv>

#include "engine/world/another_try.hpp"

namespace sdlrun::stages::image {

using engine::HttpRequest;
using engine::HttpResponse;
using engine::Result;
using engine::Task;

namespace {

/// What is smaller goes in one request.
constexpr std::uint64_t chunk_size = 16 << 20;
/// A registry moves what it got from one place to another before it answers.
constexpr engine::Milliseconds longest_silence{300'000};

/// Where an upload stands. Without a place there is none.
struct Session {
  std::string place = {};
  std::uint64_t offset = 0;
};

class Uploading {
 public:
  Uploading(Registry& registry, Upload upload) : registry_(registry), upload_(std::move(upload)) {
    scope_ = scope_of(upload_.repository, true);
  }

  Task<Result<bool>> run() {
    for (int attempt = 0;; ++attempt) {
      Task<Result<bool>> going_on = go_on();
      Result<bool> done = co_await going_on;
      if (done && *done) co_return true;
      if (std::exchange(has_moved_, false)) attempt = 0;
      if (done) continue;
      const bool is_final = !done.error().transient || registry_.context().stopping() || attempt + 1 >= most_attempts;
      if (is_final) co_return done;
      registry_.context().log(done.error().message + ": trying again");
      Task<bool> sleeping = registry_.context().sleep(engine::pause_before(attempt, last_response_));
      co_await sleeping;
      must_ask_ = true;
    }
  }

 private:
  /// One request or a few; false while there is more to do.
  Task<Result<bool>> go_on() {
    if (!is_looked_for_) return look_for();
    if (session_.place.empty()) return begin();
    if (must_ask_) return ask_where();
    return session_.offset < upload_.blob.size && upload_.blob.size > chunk_size ? send_chunk() : finish();
  }

  Task<Result<bool>> look_for() {
    HttpRequest request;
    request.method = "HEAD";
    request.url = "/v2/" + upload_.repository + "/blobs/" + upload_.blob.digest;
    Task<Result<HttpResponse>> calling = call(std::move(request));
    const Result<HttpResponse> response = co_await calling;
    if (!response) co_return tl::unexpected(response.error());
    if (response->status != 200 && response->status != 404) co_return refused(*response);
    is_looked_for_ = true;
    if (response->status == 200) upload_.on_progress(upload_.blob.size - reported_);
    co_return response->status == 200;
  }

  Task<Result<bool>> begin() {
    HttpRequest request;
    request.method = "POST";
    request.url = "/v2/" + upload_.repository + "/blobs/uploads/";
    const std::string other = std::exchange(upload_.other_repository, {});
    std::string scope = scope_;
    if (!other.empty()) {
      request.url += "?mount=" + upload_.blob.digest + "&from=" + other;
      scope += ' ' + scope_of(other, false);
    }
    Task<Result<HttpResponse>> calling = call(std::move(request), std::move(scope));
    const Result<HttpResponse> response = co_await calling;
    const bool is_refused = response ? response->status != 201 && response->status != 202 && !engine::is_worth_another_try(response->status) : !response.error().transient;
    // Who may not read the other repository may still write to this one.
    if (is_refused && !other.empty()) co_return false;
    if (!response) co_return tl::unexpected(response.error());
    if (response->status == 201) {
      upload_.on_progress(upload_.blob.size - reported_);
      co_return true;
    }
    if (response->status != 202) co_return refused(*response);
    must_ask_ = false;
    session_ = {};
    co_return take_place(*response);
  }

  /// After a broken connection: how far it came. A session that is gone is begun anew.
  Task<Result<bool>> ask_where() {
    HttpRequest request;
    request.url = session_.place;
    Task<Result<HttpResponse>> calling = call(std::move(request));
    const Result<HttpResponse> response = co_await calling;
    if (!response) co_return tl::unexpected(response.error());
    if (engine::is_worth_another_try(response->status)) co_return refused(*response);
    must_ask_ = false;
    // Perhaps the last request did arrive.
    is_looked_for_ = false;
    if (response->status != 204 && response->status != 200) {
      session_ = {};
      co_return false;
    }
    session_.offset = std::min(bytes_in_range(engine::header_of(*response, "range")), upload_.blob.size);
    co_return take_place(*response);
  }

  Task<Result<bool>> send_chunk() {
    const std::uint64_t length = std::min(chunk_size, upload_.blob.size - session_.offset), end = session_.offset + length;
    HttpRequest request = sending("PATCH", session_.place, length);
    request.headers.emplace_back("Content-Range", std::to_string(session_.offset) + '-' + std::to_string(end - 1));
    Task<Result<HttpResponse>> calling = call(std::move(request));
    const Result<HttpResponse> response = co_await calling;
    if (!response) co_return tl::unexpected(response.error());
    if (response->status == 404 || response->status == 416) {
      must_ask_ = true;
      if (++restarts_ > most_attempts) co_return refused(*response);
      co_return false;
    }
    if (response->status != 202 && response->status != 201 && response->status != 204) co_return refused(*response);
    session_.offset = end;
    has_moved_ = true;
    report(end);
    co_return take_place(*response);
  }

  /// The rest, which may be all of it or nothing, and the digest.
  Task<Result<bool>> finish() {
    const std::string place = session_.place + (session_.place.find('?') == std::string::npos ? "?" : "&") + "digest=" + upload_.blob.digest;
    HttpRequest request = sending("PUT", place, upload_.blob.size - session_.offset);
    Task<Result<HttpResponse>> calling = call(std::move(request));
    const Result<HttpResponse> response = co_await calling;
    if (!response) co_return tl::unexpected(response.error());
    if (response->status == 201 || response->status == 204) {
      report(upload_.blob.size);
      co_return true;
    }
    // The registry has put other bytes together than we have sent, or has forgotten what it had.
    const bool may_start_over = (response->status == 400 || response->status == 404 || response->status == 416) && ++restarts_ <= 2;
    if (!may_start_over) co_return refused(*response);
    session_ = {};
    co_return false;
  }

  HttpRequest sending(std::string method, const std::string& url, std::uint64_t length) const {
    HttpRequest request;
    request.method = std::move(method);
    request.url = url;
    request.headers.emplace_back("Content-Type", "application/octet-stream");
    request.stall_timeout = longest_silence;
    if (length > 0) {
      request.upload_file = upload_.file;
      request.upload_from = session_.offset;
      request.upload_length = length;
    }
    return request;
  }

  Task<Result<HttpResponse>> call(HttpRequest request) { return call(std::move(request), scope_); }

  Task<Result<HttpResponse>> call(HttpRequest request, std::string scope) {
    request.follows_redirects = false;
    Task<Result<HttpResponse>> calling = registry_.call(std::move(request), std::move(scope), Registry::Again::no);
    last_response_ = co_await calling;
    co_return last_response_;
  }

  Result<bool> take_place(const HttpResponse& response) {
    const std::string place = engine::header_of(response, "location");
    if (!place.empty()) session_.place = place;
    const bool is_address = session_.place.starts_with('/') || session_.place.starts_with("https://") || session_.place.starts_with("http://");
    if (is_address) return false;
    return engine::failure("the registry " + registry_.host() + " does not say where a layer is to be sent", "is it a registry? Look at its log, and at what stands before it");
  }

  void report(std::uint64_t reached) {
    if (reached > reported_) upload_.on_progress(reached - std::exchange(reported_, reached));
  }

  tl::unexpected<engine::Error> refused(const HttpResponse& response) const {
    return tl::unexpected(registry_.refused(response, "push a layer to `" + registry_.host() + '/' + upload_.repository + "`", true));
  }

  Registry& registry_;
  Upload upload_;
  std::string scope_;
  Session session_;
  Result<HttpResponse> last_response_ = HttpResponse{};
  bool is_looked_for_ = false;
  bool must_ask_ = false;
  bool has_moved_ = false;
  int restarts_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace

std::uint64_t bytes_in_range(const std::string& range) {
  const std::size_t dash = range.rfind('-');
  if (dash == std::string::npos) return 0;
  std::uint64_t last = 0;
  const auto [end, error] = std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
  return error == std::errc() && end == range.data() + range.size() && last > 0 ? last + 1 : 0;
}

Task<Result<bool>> upload_blob(Registry& registry, Upload upload) {
  Uploading uploading(registry, std::move(upload));
  Task<Result<bool>> running = uploading.run();
  co_return co_await running;
}

}  // namespace sdlrun::stages::image
