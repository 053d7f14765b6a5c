// The stages kubernetes.*: a cluster, and what is put on it.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_cluster_stage();
std::unique_ptr<engine::Stage> kubernetes_delete_cluster_stage();
std::unique_ptr<engine::Stage> kubernetes_apply_stage();
std::unique_ptr<engine::Stage> kubernetes_delete_stage();
std::unique_ptr<engine::Stage> kubernetes_wait_stage();
std::unique_ptr<engine::Stage> kubernetes_inspect_stage();
std::unique_ptr<engine::Stage> kubernetes_jobs_stage();

}  // namespace sdlrun::stages
