// What happens in a run, as typed events: the only source for the terminal, `--json` lines and records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/values/value.hpp"
#include "engine/error.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

struct RunStarted {
  std::string run;  // "20261124-031502-1"
  std::string pipeline;
  std::size_t steps = 0;  // that may run or come from the cache
};
struct AddedStep {
  std::string name;
  std::string stage;  // empty: a requirement, or another gate
  std::vector<std::string> after = {};
  std::optional<dsl::Span> place = {};  // of a requirement, which may have no name
};
/// What a step has found has led to others: those of a for-each step over it, or of the stage that it chose.
struct StepsAdded {
  dsl::NodeId gate;
  std::string name;  // "eval[*]"
  std::size_t count = 0;  // of steps, without requirements
  std::vector<AddedStep> steps = {};
  /// What comes after the gate, and what of the new ones it comes after.
  std::vector<AddedStep> waiting = {};
};
struct StepStarted {
  dsl::NodeId step;
  std::string name;
  std::string reason;  // "first run", "input `epochs` changed: 3 → 5"
};
/// An attempt has failed, and another will be made.
struct StepRetried {
  dsl::NodeId step;
  std::string name;
  std::int64_t attempt = 1;  // the one that has failed; the first is 1
  std::int64_t attempts = 1;  // in all
  Milliseconds pause{0};      // until the next
  Error error = {};
  std::filesystem::path log_file = {};
};
struct StepProgressed {
  dsl::NodeId step;
  std::string name;
  std::string text;
};
/// A line of the step's output; secrets are masked.
struct StepPrinted {
  dsl::NodeId step;
  std::string name;
  std::string line;
};
enum class StepOutcome { ran, cached, skipped, failed, stopped, not_reached };
struct StepFinished {
  dsl::NodeId step;
  std::string name;
  StepOutcome outcome = StepOutcome::ran;
  Milliseconds duration{0};  // of the last attempt
  std::vector<std::string> warnings = {};
  /// Small values among the outputs, for people: `pi = 3.14`.
  dsl::Fields outputs = {};
  /// Where `failed` or `stopped`.
  Error error = {};
  std::filesystem::path log_file = {};  // empty where it wrote none
  std::string log_tail = {};            // the last 20 lines, where `failed`
  std::int64_t attempts = 1;            // how many were made
  bool from_shared_cache = false;       // `cached`, and it was on no disk of ours before
};
/// A named or unnamed `require` that was decided.
struct RequirementDecided {
  dsl::NodeId requirement;
  std::string name;
  bool holds = true;
  std::string message;
  dsl::Span span;
};
struct OutputPublished {
  std::string name;
  dsl::Value value;
  std::filesystem::path link = {};    // out/<pipeline>/<name>, where it is a file or folder
  std::filesystem::path target = {};  // what that link holds
};
/// What is not about one step.
struct RunNoted {
  bool is_warning = false;
  std::string text = {};
  std::string hint = {};  // what to do next
};
/// How much longer the run takes, by what its steps took before.
struct RunEstimated {
  Milliseconds remaining{0};
  std::size_t steps_left = 0;
  std::size_t unmeasured = 0;  // of those; they count for nothing
};
struct RunFinished {
  std::string run;
  bool success = true;
  bool interrupted = false;
  Milliseconds duration{0};
  std::size_t ran = 0, cached = 0, failed = 0, not_reached = 0;
  std::size_t from_shared_cache = 0;  // of the cached ones
};

using Event = std::variant<RunStarted, StepsAdded, StepStarted, StepRetried, StepProgressed, StepPrinted, StepFinished, RequirementDecided,
                           OutputPublished, RunNoted, RunEstimated, RunFinished>;

/// Called for one event at a time, from any thread.
using EventSink = std::function<void(const Event&)>;

}  // namespace sdlrun::engine
