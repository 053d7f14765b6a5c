#include "engine/run/run.hpp"

#include <algorithm>
#include <memory>

#include "engine/plan/plan.hpp"
#include "engine/run/closing_runs.hpp"
#include "engine/run/executor.hpp"
#include "engine/run/outside_open.hpp"
#include "engine/run/output_links.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/shared_cache.hpp"
#include "engine/run/step_environment.hpp"
#include "engine/unchanged/note_taker.hpp"

namespace sdlrun::engine {

namespace {

std::size_t count_steps(const dsl::Pipeline& pipeline, const NeededNodes& needed) {
  std::size_t steps = 0;
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    if (needed.contains(dsl::NodeId{i}) && pipeline.nodes[i].kind == dsl::NodeKind::step) ++steps;
  }
  return steps;
}

Result<void> check_all_wants(const dsl::Pipeline& pipeline, const NeededNodes& needed, const MachineLimits& machine) {
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    if (!needed.contains(dsl::NodeId{i})) continue;
    if (auto possible = check_wants(pipeline.nodes[i], machine); !possible) return possible;
  }
  return {};
}

RunRecord begun_record(const dsl::Pipeline& pipeline, const RunOptions& options, Milliseconds now) {
  return {.run = {},
          .pipeline = pipeline.name,
          .file = options.file,
          .command = options.command,
          .started = now,
          .duration = Milliseconds(0),
          .outcome = "running"};
}

RunFinished finished_event(const std::string& run, const RunCounts& counts, const StopRequest& stop) {
  return {.run = run,
          .success = counts.success(),
          .interrupted = !counts.success() && stop.requested,
          .ran = counts.ran,
          .cached = counts.cached,
          .failed = counts.failed,
          .not_reached = counts.not_reached};
}

std::string run_outcome_word(const RunFinished& run) {
  if (run.interrupted) return "interrupted";
  return run.success ? "succeeded" : "failed";
}

Result<void> record_end(State& state, RunRecord& record, const RunFinished& end) {
  record.duration = end.duration;
  record.outcome = run_outcome_word(end);
  record.ran = static_cast<std::int64_t>(end.ran);
  record.cached = static_cast<std::int64_t>(end.cached);
  record.failed = static_cast<std::int64_t>(end.failed);
  return state.finish_run(record);
}

EventSink also_told(NoteTaker* note_taker, const EventSink& sink) {
  if (note_taker == nullptr) return sink;
  return [note_taker, &sink](const Event& event) {
    note_taker->take(event);
    if (sink) sink(event);
  };
}

}  // namespace

Result<RunResult> run_pipeline(dsl::Pipeline& pipeline, const StageSet& stages, State& state, Store& store,
                               World world, const RunOptions& options, StopRequest& stop, const EventSink& sink,
                               dsl::Diagnostics& diagnostics) {
  const std::chrono::nanoseconds started = world.clock.monotonic();
  const NeededNodes needed(pipeline, options.goals);
  if (auto possible = check_all_wants(pipeline, needed, options.machine); !possible) return tl::unexpected(std::move(possible.error()));
  // What an earlier run left when it was killed; if that cannot be removed now, it can be the next time.
  static_cast<void>(store.sweep(options.end_left_behind));

  if (options.note_taker != nullptr) options.note_taker->begin(pipeline, stages, needed, options.shared_cache.has_value());

  Workers workers(options.workers);
  const EventSink all_told = also_told(options.note_taker, sink);
  Events events(all_told);
  LateValues values(pipeline, diagnostics);
  FileDigests digests(world.files, state.digest_memory());
  const auto locks = std::make_shared<SharedLocks>(options.shared_cache_directory, world.clock, world.files);
  CachedAttempts cached_attempts;
  OpenOutside open_outside(OutsideRecords(store.state_folder(), world.files), pipeline, state, world.files, events);
  Closings closings(store.state_folder(), world.files);
  LogFolderIsMade log_folder_is_made = false;
  RunContext run{{}, pipeline, stages, state, store, digests, world, options, stop, events, values, workers, *locks, cached_attempts, open_outside, closings, log_folder_is_made, handed_on(options.user_environment)};
  if (auto free = check_output_places(run); !free) return tl::unexpected(std::move(free.error()));

  RunRecord record = begun_record(pipeline, options, world.clock.wall());
  auto name = state.begin_run(record);
  if (!name) return tl::unexpected(std::move(name.error()));
  record.run = run.run = *name;
  events.emit(RunStarted{*name, pipeline.name, count_steps(pipeline, needed)});

  open_outside.tell_of_lost_steps();
  run_closings(run, closings, closings.take_left());

  std::optional<SharedCache> shared_cache;
  if (options.shared_cache) {
    shared_cache.emplace(*options.shared_cache, SharedCache::Surroundings{world, store, workers, events, stop, options});
    run.shared_cache = &*shared_cache;
  }
  const RunCounts counts = execute(run, needed);
  if (options.on_idle) workers.set_on_idle({});  // the executor's, which is gone
  run_closings(run, closings, closings.take());
  RunFinished end = finished_event(*name, counts, stop);
  const Result<bool> published = end.success ? publish_outputs(run) : Result<bool>(true);
  end.success = end.success && published.value_or(false);
  if (shared_cache) {
    workers.begin();
    shared_cache->finish();
    workers.end();
    end.from_shared_cache = shared_cache->hits();
  }
  end.duration = std::chrono::duration_cast<Milliseconds>(world.clock.monotonic() - started);
  // Should it fail, the next run does it.
  static_cast<void>(open_outside.settle_finished(world.files, store.state_folder()));
  record.cached_attempts = cached_attempts.take();
  const Result<void> recorded = record_end(state, record, end);
  events.emit(end);
  if (options.note_taker != nullptr && published.value_or(false) && recorded) options.note_taker->leave_note(record, diagnostics.empty());
  if (!published) return tl::unexpected(published.error());
  if (!recorded) return tl::unexpected(recorded.error());
  return RunResult{.success = end.success, .interrupted = end.interrupted, .run = *name};
}

}  // namespace sdlrun::engine
