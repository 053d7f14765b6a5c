// Addresses taken apart by libcurl.
#pragma once

#include <optional>
#include <string>

namespace sdlrun::engine {

/// "`https://host/path`", without the user, password and query that a URL may carry: those may be secrets.
std::string shown_url(const std::string& url);

/// Empty where there is none.
std::string host_in(const std::string& url);

/// A URL that names another host, and what leads libcurl to the first one all the same (CURLOPT_CONNECT_TO).
struct RenamedUrl {
  std::string url = {};
  std::string connect_to = {};
};
std::optional<RenamedUrl> with_host(const std::string& url, const std::string& host);

}  // namespace sdlrun::engine
