// Begins the artifact store of a namespace where none runs.
#pragma once

#include "stages/kubernetes/artifacts/artifact_store.hpp"

namespace sdlrun::stages::kubernetes {

/// Whether one runs now.
engine::Task<engine::Result<bool>> store_runs(Client& client, std::string space);

/// Until its Pod runs. Steps that want one at the same time are let in one by one.
engine::Task<engine::Result<bool>> begin_store(Client& client, StoreWish wish);

}  // namespace sdlrun::stages::kubernetes
