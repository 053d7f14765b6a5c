// Drivers that have ended well and that nobody looks at any more. Kubernetes deletes Jobs by itself, and no Pods without one.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::spark {

/// Whether a driver has ended well `keep` or longer before `now`; both are seconds, `now` since 1970.
bool is_old_driver(const nlohmann::json& pod, std::int64_t keep, std::int64_t now);

/// Deletes those of the namespace but for `own`, of whatever step and project; what belongs to them goes with them. Who may not is not told so.
engine::Task<bool> remove_old_drivers(kubernetes::Client& client, std::string space, std::int64_t keep, std::string own);

}  // namespace sdlrun::stages::spark
