#include "engine/run/shared_cache_trouble.hpp"

#include <utility>

namespace sdlrun::engine {

namespace {

constexpr std::size_t most_failures = 3;

}  // namespace

std::optional<Error> SharedCacheTrouble::asking_failed(const Error& error, bool is_lasting) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = error;
  if (++asking_failures_ < most_failures && !is_lasting) return std::nullopt;
  is_asking_over_ = is_putting_over_ = true;
  return say("the shared cache `" + url_ + "` is left alone for the rest of this run", error);
}

std::optional<Error> SharedCacheTrouble::putting_failed(const Error& error, bool is_lasting) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = error;
  if (++putting_failures_ < most_failures && !is_lasting) return std::nullopt;
  is_putting_over_ = true;
  return say("nothing more is put into the shared cache `" + url_ + "` in this run", error);
}

std::optional<Error> SharedCacheTrouble::rest() {
  const std::lock_guard lock(mutex_);
  if (!first_) return std::nullopt;
  return say("the shared cache `" + url_ + "` was of no use for some steps", *first_);
}

std::optional<Error> SharedCacheTrouble::say(const std::string& what, const Error& error) {
  if (std::exchange(is_said_, true)) return std::nullopt;
  Error said = error;
  said.message = what + ": " + error.message;
  return said;
}

bool SharedCacheTrouble::may_ask() const {
  const std::lock_guard lock(mutex_);
  return !is_asking_over_;
}

bool SharedCacheTrouble::may_put() const {
  const std::lock_guard lock(mutex_);
  return !is_putting_over_;
}

}  // namespace sdlrun::engine
