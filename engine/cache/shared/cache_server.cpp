#include "engine/cache/shared/cache_server.hpp"

#include "engine/cache/digest.hpp"
#include "engine/world/another_try.hpp"

namespace sdlrun::engine {

namespace {

// A cache that is slow is worth less than the step that runs instead.
constexpr Milliseconds connect_timeout{5'000};
constexpr Milliseconds stall_timeout{10'000};
constexpr std::uint64_t slowest_bytes_a_second = 1024;

/// A server that takes nothing, or is full, will be so a moment later.
bool may_pass(int status) { return is_worth_another_try(status) && status != 501 && status != 507; }

std::string hint_for(int status, bool is_upload) {
  switch (status) {
    case 401: return "set SDLRUN_SHARED_CACHE_TOKEN or SDLRUN_SHARED_CACHE_LOGIN=user:password to what the server knows";
    case 403:
      return is_upload ? "ask for the right to write, or say `mode: read_only` under `shared_cache` in sdl.yaml"
                       : "ask whoever keeps the server for the right to read";
    case 405:
    case 501:
      return is_upload ? "it takes no uploads (nginx: `dav_methods PUT`): allow them, or say `mode: read_only` under "
                         "`shared_cache` in sdl.yaml"
                       : "is it a cache server? See docs/shared-cache.md";
    case 409: return "nginx needs `create_full_put_path on`";
    case 413: return "it takes nothing that large (nginx: `client_max_body_size 0`)";
    case 507: return "its disk is full: remove old files there";
    default: break;
  }
  if (status == 400 && is_upload) return "bazel-remote takes our entries with --disable_http_ac_validation only";
  if (status >= 300 && status < 400) return "redirects are not followed, as credentials are meant for one server: name the address it leads to";
  if (status >= 500) return "look at the server's log";
  return "is it a cache server? See docs/shared-cache.md";
}

}  // namespace

std::string CacheServer::entry_name(std::string_view key) const {
  return sha256("sdlrun-shared-1\n" + settings_.salt + '\n' + std::string(key));
}

HttpRequest CacheServer::request(std::string method, std::string_view folder, std::string_view name) const {
  HttpRequest request;
  request.method = std::move(method);
  request.url = settings_.url + '/' + std::string(folder) + '/' + std::string(name);
  if (!settings_.authorization.empty()) request.headers = {{"Authorization", settings_.authorization}};
  request.connect_timeout = connect_timeout;
  request.stall_timeout = stall_timeout;
  request.slowest = slowest_bytes_a_second;
  request.follows_redirects = false;
  request.uses_proxy = !settings_.is_loopback;
  request.largest_body = largest_entry;
  return request;
}

HttpRequest CacheServer::get_entry(std::string_view key) const { return request("GET", "ac", entry_name(key)); }

HttpRequest CacheServer::put_entry(std::string_view key, std::string content) const {
  HttpRequest put = request("PUT", "ac", entry_name(key));
  put.body = std::move(content);
  return put;
}

HttpRequest CacheServer::get_blob(std::string_view digits, std::uint64_t size, const std::filesystem::path& to) const {
  HttpRequest get = request("GET", "cas", digits);
  get.largest_body = size;
  get.body_file = to;
  return get;
}

HttpRequest CacheServer::look_for_blob(std::string_view digits) const { return request("HEAD", "cas", digits); }

HttpRequest CacheServer::put_blob(std::string_view digits, const std::filesystem::path& from) const {
  HttpRequest put = request("PUT", "cas", digits);
  put.upload_file = from;
  return put;
}

Error CacheServer::refusal(const HttpResponse& response, const HttpRequest& request) const {
  const bool is_upload = request.method == "PUT";
  return {.message = "it answered " + std::to_string(response.status) + (is_upload ? " to an upload" : ""),
          .hint = hint_for(response.status, is_upload),
          .transient = may_pass(response.status)};
}

Error CacheServer::masked(Error error) const {
  for (std::string* text : {&error.message, &error.hint, &error.detail}) {
    for (const std::string& secret : settings_.secrets) {
      for (std::size_t at = text->find(secret); at != std::string::npos; at = text->find(secret, at + 3)) text->replace(at, secret.size(), "***");
    }
  }
  return error;
}

}  // namespace sdlrun::engine
