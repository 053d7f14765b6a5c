// Taking objects off a cluster, in the order that is the reverse of putting them there.
#pragma once

#include <vector>

#include "stages/kubernetes/objects/target.hpp"

namespace sdlrun::stages::kubernetes {

/// In the foreground: an object is gone when all that it owns is. Those that are not there are none. True.
engine::Task<engine::Result<bool>> remove_all(Client& client, std::vector<Target> targets, engine::Milliseconds timeout);

}  // namespace sdlrun::stages::kubernetes
