// When a shared cache is left alone: it is there to save time, and one that fails costs some.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include "engine/error.hpp"

namespace sdlrun::engine {

/// Thread-safe. Asking and putting are switched off apart: a full server can still be read. Whatever goes wrong in a run, and
/// however often, is said once.
class SharedCacheTrouble {
 public:
  explicit SharedCacheTrouble(std::string url) : url_(std::move(url)) {}

  /// A failure; `is_lasting` where the next request would fail in the same way. Gives what is to be said, if anything is.
  std::optional<Error> asking_failed(const Error& error, bool is_lasting);
  std::optional<Error> putting_failed(const Error& error, bool is_lasting);
  /// At the end of the run: failures that were too few to be said before.
  std::optional<Error> rest();

  bool may_ask() const;
  bool may_put() const;

 private:
  std::optional<Error> say(const std::string& what, const Error& error);

  std::string url_;
  mutable std::mutex mutex_;
  std::size_t asking_failures_ = 0;
  std::size_t putting_failures_ = 0;
  bool is_asking_over_ = false;
  bool is_putting_over_ = false;
  bool is_said_ = false;
  std::optional<Error> first_;
};

}  // namespace sdlrun::engine
