// Secrets: read when a step needs them, and kept out of all that is shown.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
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
  Secrets(const Environment& user_environment, Files& files, std::filesystem::path state_folder)
      : user_environment_(user_environment), files_(files), state_folder_(std::move(state_folder)) {}

  /// From the user's environment, or from a file without the new line at its end; a generated one from `secrets/NAME` in the
  /// state folder, where it is put when it is first read: 48 random hexadecimal digits. A missing or empty one is an error
  /// that says where to set it.
  Result<std::string> read(const dsl::SecretValue& secret);

  /// The error that `read` would be; nothing where it would find the secret, or make it, or puts it together. Keeps nothing.
  std::optional<Error> absence(const dsl::SecretValue& secret) const;

  /// Whether one could not be read: another attempt would not find it either.
  bool lacks_any() const { return lacks_any_; }
  /// Each secret read so far.
  std::vector<std::string> texts() const;
  /// With *** for each of them, whatever it looks like (secret_masker.hpp).
  std::string masked(std::string text) const;
  Error masked(Error error) const;

 private:
  Result<std::string> find(const dsl::SecretValue& secret);
  Result<std::string> in_environment(const std::string& name, const std::string& variable) const;
  Result<std::string> in_file(const std::string& name, const std::filesystem::path& path) const;
  Result<std::string> generated(const std::string& name, const std::string& kept_as);
  Result<std::string> composed(const std::vector<dsl::SecretValue>& parts);
  void remember(const std::string& text);

  const Environment& user_environment_;
  Files& files_;
  std::filesystem::path state_folder_;
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
  std::atomic<bool> lacks_any_ = false;
};

}  // namespace sdlrun::engine
