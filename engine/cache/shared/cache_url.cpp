#include "engine/cache/shared/cache_url.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sdlrun::engine {

namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_letter_or_digit(c) || others.find(c) != others.npos; });
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return host.starts_with("127.") && ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

tl::unexpected<Error> wrong(const std::string& what) {
  return failure("the address of the shared cache " + what, "it looks like https://cache.example.com/team");
}

}  // namespace

Result<CacheUrl> parse_cache_url(std::string_view text) {
  CacheUrl url;
  constexpr std::string_view plain = "http://", encrypted = "https://";
  url.is_encrypted = text.starts_with(encrypted);
  // Before anything of it is shown.
  if (text.find('@') != text.npos) {
    return failure("the address of the shared cache holds a user or a password",
                   "take them out, and set SDLRUN_SHARED_CACHE_LOGIN=user:password in the environment");
  }
  if (!url.is_encrypted && !text.starts_with(plain)) return wrong("begins with neither https:// nor http://");
  const std::string_view rest = text.substr(url.is_encrypted ? encrypted.size() : plain.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash), path = rest.substr(slash);
  const std::size_t bracket = host.starts_with('[') ? std::min(host.find(']'), host.size() - 1) : 0;
  if (const std::size_t colon = host.find(':', bracket); colon != host.npos) {
    if (!is_port(host.substr(colon + 1))) return wrong("has no number as its port");
    host = host.substr(0, colon);
  }
  const bool is_good_host = bracket > 0 ? host.ends_with(']') && all_of(host.substr(1, host.size() - 2), ":.") : all_of(host, "-.");
  if (host.empty() || !is_good_host) return wrong("has no host that could be called");
  if (!all_of(path, "/-._~%+")) return wrong("has a path with other characters than letters, digits and /-._~%+");
  url.host = host;
  url.is_loopback = is_loopback(url.host);
  url.text = text;
  while (url.text.ends_with('/')) url.text.pop_back();
  return url;
}

}  // namespace sdlrun::engine
