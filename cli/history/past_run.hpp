// A past run as its record and its event log tell it: what reports show and `diff` compares. A value, without a state or a
// file behind it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.hpp"
#include "engine/cache/state.hpp"
#include "engine/error.hpp"
#include "engine/project/project.hpp"

namespace sdlrun::cli {

enum class PastOutcome {
  ran,          // of a requirement: it holds
  cached,
  skipped,
  failed,       // of a requirement: it does not hold
  stopped,
  not_reached,
  unfinished,   // it had begun when the log ended: the run was killed, or goes on
  unknown,      // the log ends before anything is known of it
};

/// "ran", "cached", …, for people; "holds" and "does not hold" of a requirement are the caller's.
std::string_view outcome_word(PastOutcome outcome);

/// One of the times that a step was tried. Moments count from the run's begin.
struct PastAttempt {
  engine::Milliseconds began{0};
  engine::Milliseconds ended{0};
  std::string error = {};  // empty where it succeeded
};

/// A small output of a step, or an output of the pipeline.
struct PastValue {
  std::string name;
  std::string json;  // as it was logged
  std::string text;  // for people
};

/// A step or a requirement.
struct PastStep {
  std::string name = {};
  std::string stage = {};               // empty of a requirement, and of a gate
  bool is_gate = false;                 // it stood for steps that were not there before it opened; then it has `ran`
  std::vector<std::size_t> after = {};  // indices of the steps that came first
  PastOutcome outcome = PastOutcome::unknown;
  std::string reason = {};              // why it ran
  engine::Milliseconds duration{0};     // of its last attempt
  std::vector<PastAttempt> attempts = {};
  std::vector<std::string> warnings = {};
  std::vector<PastValue> outputs = {};
  engine::Error error = {};  // of a requirement: what it says
  std::string place = {};    // "imdb.sdl:50:11", of what failed in the pipeline's own text
  std::string log_tail = {};

  bool is_requirement() const { return stage.empty(); }
  bool ended_badly() const {
    return outcome == PastOutcome::failed || outcome == PastOutcome::stopped || outcome == PastOutcome::unfinished;
  }
  bool has_begun() const { return !attempts.empty(); }
  engine::Milliseconds began() const { return attempts.front().began; }
  engine::Milliseconds ended() const { return attempts.back().ended; }
  /// Instead of a stage's name.
  std::string_view kind() const { return is_gate ? "gate" : "require"; }
  /// What drawings and tables call it.
  std::string title() const { return name.empty() ? "require" : name; }
};

struct PastRun {
  engine::RunRecord record;
  std::vector<PastStep> steps = {};  // those that the goals needed; dependencies come first, but for those that were added since. Empty without an event log.
  std::vector<PastValue> outputs = {};  // of the pipeline
  engine::Milliseconds length{0};       // until its end, or the last that is known of it
  bool has_log = false;
  bool is_whole = false;  // its log has the run's end

  std::size_t count(PastOutcome outcome) const;
  bool goes_on() const { return record.outcome == "running"; }
  /// Without an event log nothing ran and nothing failed: a run that succeeded took all from the cache.
  bool took_all_from_cache() const { return !has_log && record.outcome == "succeeded"; }
};

/// What the lines of an event log say. A line that is cut off (its run was killed) is left out. A run that goes on has gone on
/// for `so_far` at least.
PastRun past_run(const engine::RunRecord& record, std::string_view event_lines, engine::Milliseconds so_far = {});

/// The same from the project's folder, with the ends of failed steps' logs. A run without an event log is one in which
/// nothing ran; where its record says that something did, that is an error.
engine::Result<PastRun> read_past_run(const engine::RunRecord& record, const engine::Project& project, engine::Files& files);

}  // namespace sdlrun::cli
