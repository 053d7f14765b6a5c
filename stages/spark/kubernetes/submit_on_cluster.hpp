// What `spark.submit` does where its cluster is on Kubernetes.
#pragma once

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::spark {

engine::Task<engine::Result<engine::StageOutputs>> submit_on_cluster(engine::StageContext& context);

}  // namespace sdlrun::stages::spark
