// How a node of the graph ended, as the graph hears of it.
#pragma once

#include <memory>

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/values/value.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::engine {

/// A requirement that holds has `ran`.
struct StepEnd {
  dsl::NodeId node{};
  StepOutcome outcome = StepOutcome::not_reached;
  /// A record of a step's outputs where it ran or was cached; else none.
  dsl::Value outputs = {};
  /// Of a gate that has opened: what it has added.
  std::shared_ptr<const dsl::Growth> growth = {};

  /// Those that wait for it may go on.
  bool is_good() const {
    return outcome == StepOutcome::ran || outcome == StepOutcome::cached || outcome == StepOutcome::skipped;
  }
};

/// What fits a line among a step's outputs: no files, no handles, no long texts.
dsl::Fields small_outputs(const dsl::Fields& outputs);

}  // namespace sdlrun::engine
