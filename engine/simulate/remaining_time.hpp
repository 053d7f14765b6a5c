// How much longer a run takes, by what has happened in it and by what its steps took before.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::engine {

/// Thread-safe. Steps that join the pipeline while it runs are left out.
class RemainingTime {
 public:
  RemainingTime(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, std::size_t slots, State& state);

  void take(const Event& event, Milliseconds now);
  /// The longest of: what the steps that are left take one after the other, where they wait for each other; what they take of the
  /// slots; what they take of each pool. It looks at all of them: once a second is enough. Nothing before the first step has
  /// started, or where nothing that is left was measured.
  std::optional<RunEstimated> estimate(Milliseconds now);

 private:
  struct Step {
    std::string name = {};
    bool is_left = false;
    std::int64_t slots = 1;
    std::optional<Milliseconds> usual = {};
    std::optional<Milliseconds> started = {};
    std::vector<dsl::NodeId> after = {};
    std::vector<std::size_t> pools = {};
  };
  struct Pool {
    std::int64_t places = 1;
    Milliseconds wanted{0};
  };

  void read_durations();
  Step* find(dsl::NodeId node);
  static Milliseconds left_of(const Step& step, Milliseconds now);

  const std::string pipeline_;
  const std::int64_t slots_;
  State& state_;
  std::mutex mutex_;
  std::vector<Step> steps_;
  std::vector<Pool> pools_;
  bool has_begun_ = false;
  bool has_durations_ = false;
};

}  // namespace sdlrun::engine
