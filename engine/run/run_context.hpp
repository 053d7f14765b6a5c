// What all parts of one run share. Made by run_pipeline, and outlives every step.
#pragma once

#include <string>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/digest.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/plan/plan.hpp"
#include "engine/run/cached_attempts.hpp"
#include "engine/run/events.hpp"
#include "engine/run/late_values.hpp"
#include "engine/run/run.hpp"
#include "engine/run/shared_locks.hpp"
#include "engine/run/step_log.hpp"
#include "engine/run/workers.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

class Closings;
class OpenOutside;
class SharedCache;

struct RunContext {
  std::string run;  // its name
  dsl::Pipeline& pipeline;  // grows where a gate opens
  const StageSet& stages;
  State& state;
  Store& store;
  FileDigests& digests;
  World world;
  const RunOptions& options;
  const StopRequest& stop;
  Events& events;
  LateValues& values;
  Workers& workers;
  SharedLocks& locks;
  CachedAttempts& cached_attempts;
  OpenOutside& open_outside;
  Closings& closings;
  LogFolderIsMade& log_folder_is_made;
  Environment handed_on;  // what steps get of the user's variables
  SharedCache* shared_cache = nullptr;  // where one is configured

  const std::string& step_name(dsl::NodeId step) const { return pipeline[step].name; }
  PlanContext plan_context() const { return {pipeline, stages, state, store, digests}; }
};

}  // namespace sdlrun::engine
