// How far a Spark application is, from the driver's own API.
#pragma once

#include <cstdint>
#include <string>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// A port of this machine that is free now, for the driver's page and API; 0 where none can be had.
std::uint16_t free_port();

/// Asks http://127.0.0.1:<port>/api/v1 (https://spark.apache.org/docs/latest/monitoring.html#rest-api). Gives a text such as
/// "stage 3 of 7, 12 of 40 tasks", or an empty one where the driver does not answer or runs nothing.
engine::Task<std::string> spark_progress(engine::StageContext& context, std::uint16_t port);

}  // namespace sdlrun::stages
