// One run of a benchmark's application: on this machine, or on Kubernetes.
#pragma once

#include <cstddef>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/client.hpp"
#include "stages/spark/benchmark/matrix.hpp"
#include "stages/spark/benchmark/statistics.hpp"

namespace sdlrun::stages::spark {

/// What `spark.submit` would be given to run `combination` on `cluster`: the benchmark's own inputs, but for what the combination decides.
engine::StageInputs inputs_of_run(const engine::StageInputs& benchmark, const dsl::Value& cluster, const Combination& combination);

/// What cannot be meant, or is not there, before anything runs.
engine::Result<void> check_run_here(const engine::StageContext& context, const engine::StageInputs& run);

struct RunEnd {
  RunTime time = {};
  std::string no_room = {};  // why the cluster has none for it; then it has no time
};

/// On this machine, with executors that are processes of their own. `number` names its folder, `shown` begins what the terminal shows.
engine::Task<engine::Result<RunEnd>> run_here(engine::StageContext& context, engine::StageInputs run, std::size_t number, std::string shown);

/// As a job that is started once, `kind` being what tells it from the step's others.
engine::Task<engine::Result<RunEnd>> run_on_cluster(engine::StageContext& context, kubernetes::Client& client, engine::StageInputs run, std::string kind, std::string shown);

}  // namespace sdlrun::stages::spark
