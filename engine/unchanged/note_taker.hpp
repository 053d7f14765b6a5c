// Watches one run. If it had nothing to do, and whatever it decided on can be looked at again, it leaves a note: the next run
// that is asked for the same and finds all of it unchanged is over (cli/unchanged_run.hpp).
#pragma once

#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/plan/needed_nodes.hpp"
#include "engine/run/event.hpp"
#include "engine/stage/stage.hpp"
#include "engine/unchanged/note.hpp"
#include "engine/unchanged/observed_files.hpp"

namespace sdlrun::engine {

/// What it costs a run with something to do: nothing, from its first step's start on.
class NoteTaker {
 public:
  /// `files` are those that the run decides by; `request` is its digest.
  NoteTaker(ObservedFiles& files, State& state, std::filesystem::path state_folder, std::string request);

  /// Before anything is looked at. `has_shared_cache`: where there is none, steps that ask for one are told of.
  void begin(const dsl::Pipeline& pipeline, const StageSet& stages, const NeededNodes& needed, bool has_shared_cache);
  /// A result had to be read to be believed.
  void saw_doubt() { files_.give_up(); }
  /// All events, one at a time.
  void take(const Event& event);
  /// When the run is over and recorded. `is_silent`: nothing was said but by events.
  void leave_note(const RunRecord& record, bool is_silent);

 private:
  void begin_note(const RunStarted& run);
  void expect_link(const OutputPublished& output);
  bool had_nothing_to_do(const RunRecord& record) const;

  ObservedFiles& files_;
  State& state_;
  std::filesystem::path state_folder_;
  std::string request_;
  const dsl::Pipeline* pipeline_ = nullptr;
  UnchangedRun run_;
  std::size_t steps_ = 0;
  std::optional<RunFinished> end_;
};

}  // namespace sdlrun::engine
