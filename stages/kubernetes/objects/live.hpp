// Many objects as the cluster has them, asked at once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/kubernetes/objects/target.hpp"

namespace sdlrun::stages::kubernetes {

/// By Target::identity; those that are not there are missing. Many of one kind in one namespace are listed, few are asked for by name.
engine::Task<engine::Result<std::map<std::string, nlohmann::json>>> live_objects(Client& client, std::vector<Target> targets);

}  // namespace sdlrun::stages::kubernetes
