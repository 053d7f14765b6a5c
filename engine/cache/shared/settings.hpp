// Which cache machines share, from sdl.yaml and the environment, and how it is spoken to.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::engine {

/// What sdl.yaml says under `shared_cache`.
struct SharedCacheConfiguration {
  std::string url = {};
  bool read_only = false;
  bool allow_plain_http = false;
  /// Anything: results that were put there under another salt are not seen.
  std::string salt = {};
};

struct SharedCacheSettings {
  std::string url = {};  // without a slash at its end
  bool may_write = true;
  /// The value of the header `Authorization`; empty for none.
  std::string authorization = {};
  /// What must never be shown: the credentials in each form.
  std::vector<std::string> secrets = {};
  /// A cache on this machine: no proxy stands before it.
  bool is_loopback = false;
  /// What besides a step's key tells results apart: the kind of machine, and the configuration's salt.
  std::string salt = {};
};

/// SDLRUN_SHARED_CACHE (an address, or `off`) and SDLRUN_SHARED_CACHE_MODE win over the configuration; credentials stand in
/// SDLRUN_SHARED_CACHE_TOKEN or SDLRUN_SHARED_CACHE_LOGIN. Nothing where no cache is configured. An address that cannot be
/// used, or only over a network where everybody reads along, is an error.
Result<std::optional<SharedCacheSettings>> shared_cache_settings(
    const std::optional<SharedCacheConfiguration>& configuration,
    const std::vector<std::pair<std::string, std::string>>& environment);

/// Whether SDLRUN_SHARED_CACHE says `off`.
bool shared_cache_is_switched_off(const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace sdlrun::engine
