// Running a pipeline: a oneTBB flow graph with one node a step, a heap of ready steps before it, and a reactor behind.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/shared/settings.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/error.hpp"
#include "engine/outside/outside_now.hpp"
#include "engine/run/event.hpp"
#include "engine/run/resources.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

class NoteTaker;

struct RunOptions {
  std::vector<dsl::NodeId> goals;  // empty: the pipeline's default goals
  std::size_t jobs = 0;            // slots for steps; 0: as many as the machine has processors
  MachineLimits machine = {};      // what steps' `cpus` and `memory` are held to
  bool keep_going = false;         // after a failure, what does not need the failed step is run all the same
  std::size_t workers = 0;         // threads that evaluate and hash; 0: as many as processors, at least two
  std::filesystem::path project_root;          // out/<pipeline>/<name> is linked below it
  std::filesystem::path shared_cache_directory;
  std::string file;                // as the user named it, for the record
  std::string command;             // the command line, for the record; secrets never stand in it
  Environment user_environment;    // what the user's shell has; steps get a small part of it
  std::optional<SharedCacheSettings> shared_cache = {};
  /// Where a note is to be left if there is nothing to do; then `World::files` and the store's are those that it observes.
  NoteTaker* note_taker = nullptr;
  /// Ends what steps of a killed engine have left running: called with its folder in temporary/, before that is removed.
  std::function<void(const std::filesystem::path&)> end_left_behind = {};
  /// For virtual time: called by a worker when nothing moves and all that goes on waits for the world, and again until
  /// something does or it gives false (no more to come). With one worker, the same world gives the same run.
  std::function<bool()> on_idle = {};
};

/// Set from outside (a signal) to end a run. It is looked at every 20 ms, and before anything starts.
struct StopRequest {
  /// No new steps; running ones are stopped, and have ten seconds for it.
  std::atomic<bool> requested{false};
  /// Set besides, by a second request: what still runs is killed.
  std::atomic<bool> at_once{false};
  /// What becomes of things outside, where somebody has said so since; else as each step says.
  std::atomic<std::optional<WhenStopped>> outside{std::nullopt};
  /// What there is to be asked about.
  std::unique_ptr<OutsideNow> outside_now = std::make_unique<OutsideNow>();
};

struct RunResult {
  bool success = false;
  bool interrupted = false;
  std::string run;
};

/// Runs what the goals need. Errors of the engine itself (state not writable, …) are the Error; a failing step is an
/// event and `success = false`. Returns when every step has ended and every process is gone. The pipeline grows by what is
/// behind its gates.
Result<RunResult> run_pipeline(dsl::Pipeline& pipeline, const StageSet& stages, State& state, Store& store,
                               World world, const RunOptions& options, StopRequest& stop, const EventSink& sink,
                               dsl::Diagnostics& diagnostics);

}  // namespace sdlrun::engine
