// What `spark.submit` does where its cluster is on Kubernetes.
#pragma once

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/client.hpp"
#include "stages/spark/kubernetes/driver_job.hpp"

namespace sdlrun::stages::spark {

engine::Task<engine::Result<engine::StageOutputs>> submit_on_cluster(engine::StageContext& context);

/// What inputs such as those of `spark.submit` cannot mean on Kubernetes, as far as they tell it by themselves.
engine::Result<void> check_job_inputs(const engine::StageInputs& inputs);
/// The job that they ask for.
engine::Result<JobDescription> job_of(engine::StageContext& context, const engine::StageInputs& inputs, const kubernetes::Client& client);

}  // namespace sdlrun::stages::spark
