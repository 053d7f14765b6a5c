// That a cluster is there, whatever has happened before; and that it is gone.
//
// No OutsideWork: the engine's names are its own, and a cluster's is the user's, so that other runs, pipelines and people find it. Who
// looks for that name first and takes "it is there already" for an answer makes it once, also after a crash.
#pragma once

#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

/// Looks, makes or starts it, waits for it, brings it to the number of nodes, and writes its kubeconfig. Gives it as it is then.
engine::Task<engine::Result<FoundCluster>> ensure_cluster(engine::StageContext& context, Provider& provider, ClusterWish wish);

/// False where there was none. Refuses one that is not ours.
engine::Task<engine::Result<bool>> remove_cluster(engine::StageContext& context, Provider& provider, ClusterWish wish);

/// What `ensure_cluster` would do, a line each; none: nothing. With prices.
engine::Task<engine::Result<std::vector<std::string>>> preview_of_cluster(Provider& provider, ClusterWish wish);

/// Why a cluster that was ready is to be looked at again; nothing: it is as it was.
engine::Task<std::optional<std::string>> change_of_cluster(Provider& provider, ClusterWish wish);

}  // namespace sdlrun::stages::kubernetes
