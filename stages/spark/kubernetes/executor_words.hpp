// What is told of executors by logs alone: why the driver may make none, and why one has ended.
#pragma once

#include <optional>
#include <string>

#include "engine/error.hpp"

namespace sdlrun::stages::spark {

/// Of a line of the driver's log that says that the API server has refused to make an executor's Pod; executors are made by the driver, so that
/// nobody else is told.
std::optional<engine::Error> refused_executor(const std::string& line);

/// The line of an executor's log that names the cause: "UnknownHostException: …". Empty: none does.
std::string last_cause(const std::string& log);

}  // namespace sdlrun::stages::spark
