// How long a run took, by what the cluster keeps of it.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "stages/spark/benchmark/statistics.hpp"

namespace sdlrun::stages::spark {

/// What the driver's Pod tells of its run, also long after it has ended: the script's own times, which our driver has left as the container's last
/// message; of an application of Java the container's, in whole seconds.
engine::Result<RunTime> time_told_by(const nlohmann::json& pod);

}  // namespace sdlrun::stages::spark
