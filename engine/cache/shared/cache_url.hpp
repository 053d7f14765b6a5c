// The address of a cache server: stricter than URLs are, so that nobody reads it otherwise than the one who calls it.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::engine {

struct CacheUrl {
  std::string text;  // without a slash at its end
  std::string host;
  bool is_encrypted = false;
  /// `localhost`, 127.x.x.x or [::1].
  bool is_loopback = false;
};

/// http or https, a host, perhaps a port and a path. A user or password in it is an error, which does not show it.
Result<CacheUrl> parse_cache_url(std::string_view text);

}  // namespace sdlrun::engine
