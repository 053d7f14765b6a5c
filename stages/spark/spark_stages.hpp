// spark.local, spark.kubernetes, spark.submit, spark.benchmark and spark.examples.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> spark_local_stage();
std::unique_ptr<engine::Stage> spark_kubernetes_stage();
std::unique_ptr<engine::Stage> spark_submit_stage();
std::unique_ptr<engine::Stage> spark_benchmark_stage();
std::unique_ptr<engine::Stage> spark_examples_stage();

inline constexpr const char* spark_cluster_type = "spark.cluster";

}  // namespace sdlrun::stages
