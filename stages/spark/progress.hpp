// How far a Spark application is, from the driver's own API.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// A port of this machine that is free now, for the driver's page and API; 0 where none can be had.
std::uint16_t free_port();

/// Asks the driver's API (https://spark.apache.org/docs/latest/monitoring.html#rest-api), whose answer to a path below /api/v1/ `ask` gives, null where
/// there is none. Gives a text such as "Spark stage 3, 12 of 40 tasks", or an empty one where the driver does not answer or runs nothing.
engine::Task<std::string> spark_progress(std::function<engine::Task<nlohmann::json>(std::string path)> ask);
/// The same of a driver on this machine.
engine::Task<std::string> spark_progress(engine::StageContext& context, std::uint16_t port);

}  // namespace sdlrun::stages
