// Secrets: read when a step needs them, and kept out of all that is shown.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/error.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// The secrets that one step has read. Thread-safe.
class Secrets {
 public:
  Secrets(const Environment& user_environment, const Files& files) : user_environment_(user_environment), files_(files) {}

  /// From the user's environment, or from a file without the new line at its end. A missing or empty one is an error that
  /// says where to set it.
  Result<std::string> read(const dsl::SecretValue& secret);

  /// Each secret read so far.
  std::vector<std::string> texts() const;
  /// With *** for each of them, whatever it looks like (secret_masker.hpp).
  std::string masked(std::string text) const;
  Error masked(Error error) const;

 private:
  Result<std::string> find(const dsl::SecretValue& secret) const;
  void remember(const std::string& text);

  const Environment& user_environment_;
  const Files& files_;
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace sdlrun::engine
