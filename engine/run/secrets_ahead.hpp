// Warns of secrets that later steps will not find, as soon as a step runs that they wait for.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/run/run_context.hpp"

namespace sdlrun::engine {

struct LackingSecret;

/// Thread-safe.
class SecretsAhead {
 public:
  explicit SecretsAhead(const RunContext& run);
  ~SecretsAhead();

  /// The step is about to run: what waits for it will hardly come from the cache. Each secret is told of once.
  void warn_behind(dsl::NodeId step);

 private:
  struct Wanted;
  std::vector<Wanted> find() const;

  const RunContext& run_;
  std::mutex mutex_;
  bool has_looked_ = false;
  std::vector<Wanted> wanted_;
};

}  // namespace sdlrun::engine
