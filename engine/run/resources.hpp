// What the steps that run at once share: the slots of `-j`, the machine's processors and memory, and named pools.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/error.hpp"
#include "engine/world/machine_limits.hpp"

namespace sdlrun::engine {

/// An error for a step that asks for more than there is: it could never start.
Result<void> check_wants(const dsl::Node& step, const MachineLimits& machine);

/// Steps that want the same are of one kind. Not thread-safe.
class Resources {
 public:
  using Kind = std::uint32_t;

  /// A step takes as many slots as it asks for cpus (one, where it does not say), but never more than there are; one that runs on another
  /// machine takes none.
  Resources(const dsl::Pipeline& pipeline, std::size_t slots, const MachineLimits& machine);

  /// One that has been added to the pipeline.
  void add(dsl::NodeId id, const dsl::Node& step);

  std::size_t kinds() const { return wants_.size(); }
  Kind kind_of(dsl::NodeId step) const { return kind_of_step_[static_cast<std::uint32_t>(step)]; }

  bool fits(Kind kind) const;
  void take(Kind kind);
  void give_back(Kind kind);
  /// Whether `later` may start though `waiting`, before it in the order, does not fit: it takes nothing that one waits for.
  bool may_overtake(Kind later, Kind waiting) const;

 private:
  /// How much of each: slots, cpus, memory, places elsewhere, then each pool.
  using Amounts = std::vector<std::int64_t>;

  std::map<std::string, std::size_t, std::less<>> place_of_pool_;
  std::map<Amounts, Kind> kinds_;
  std::vector<Amounts> wants_;  // by kind
  std::vector<Kind> kind_of_step_;
  Amounts free_;
  std::int64_t slots_;
};

}  // namespace sdlrun::engine
