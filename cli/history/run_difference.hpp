// Two runs of a pipeline, step by step side by side: what `sdlrun diff` says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/history/past_run.hpp"
#include "cli/report/part_pairs.hpp"
#include "cli/terminal/style.hpp"

namespace sdlrun::cli {

/// An output, then and now; a side that has none is empty.
struct ValuePair {
  std::string name;
  std::optional<PastValue> then;
  std::optional<PastValue> now;
};

struct StepDifference {
  std::string name;
  std::optional<PastStep> then;  // nothing where that run has no such step
  std::optional<PastStep> now;
  std::vector<PartPair> parts = {};     // of the key, those that differ; none where one of the keys is not known
  std::vector<ValuePair> outputs = {};  // those that differ; none where a step came from the cache

  /// More than by its duration.
  bool differs() const;
};

struct RunDifference {
  engine::RunRecord then;
  engine::RunRecord now;
  std::vector<StepDifference> steps;  // in the order of the later run; steps that are gone come last
  std::vector<ValuePair> outputs;     // of the pipeline, those that differ
  std::vector<std::string> notes;     // what is assumed, or not known
};

/// A past run, and what the state knows of the keys of its steps.
struct RunWithKeys {
  PastRun run;
  std::vector<engine::StepAttempt> attempts;
};
RunDifference run_difference(RunWithKeys then, RunWithKeys now);

/// A table: what differs of each step, and how many do not differ.
std::string difference_text(const RunDifference& difference, const Style& style, std::size_t columns);
/// All steps, one document.
std::string difference_json(const RunDifference& difference);

}  // namespace sdlrun::cli
