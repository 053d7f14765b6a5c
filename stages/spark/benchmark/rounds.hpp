// All runs of a benchmark, one after the other.
#pragma once

#include <vector>

#include "engine/stage/stage.hpp"
#include "stages/spark/benchmark/statistics.hpp"

namespace sdlrun::stages::spark {

/// A row for each combination on each cluster, with its times; at least one fits. The error says which run it was.
engine::Task<engine::Result<std::vector<Row>>> measure(engine::StageContext& context);

}  // namespace sdlrun::stages::spark
