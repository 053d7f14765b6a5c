// A server as Bazel's HTTP caches are: `/ac/` holds what is known under a key, `/cas/` contents under their SHA-256. What
// is asked of it, and what its answers mean.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/cache/shared/settings.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

/// No entry is longer: it is read into memory before anybody knows what it holds.
inline constexpr std::size_t largest_entry = 8 * 1024 * 1024;
/// No content is, so that a false number does not fill a disk.
inline constexpr std::uint64_t largest_blob = std::uint64_t{16} * 1024 * 1024 * 1024;

class CacheServer {
 public:
  explicit CacheServer(SharedCacheSettings settings) : settings_(std::move(settings)) {}

  const SharedCacheSettings& settings() const { return settings_; }

  /// The 64 digits that a step's result stands under.
  std::string entry_name(std::string_view key) const;

  HttpRequest get_entry(std::string_view key) const;
  HttpRequest put_entry(std::string_view key, std::string content) const;
  /// `digits` are those of the content's SHA-256.
  HttpRequest get_blob(std::string_view digits, std::uint64_t size, const std::filesystem::path& to) const;
  HttpRequest look_for_blob(std::string_view digits) const;
  HttpRequest put_blob(std::string_view digits, const std::filesystem::path& from) const;

  /// An answer that is neither what was asked for nor "not there", as an error; transient where the next may be another.
  Error refusal(const HttpResponse& response, const HttpRequest& request) const;
  /// With *** for each of the credentials.
  Error masked(Error error) const;

 private:
  HttpRequest request(std::string method, std::string_view folder, std::string_view name) const;

  SharedCacheSettings settings_;
};

inline bool is_missing(const HttpResponse& response) { return response.status == 404 || response.status == 410; }
inline bool is_done(const HttpResponse& response) { return response.status >= 200 && response.status < 300; }

}  // namespace sdlrun::engine
