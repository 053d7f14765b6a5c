// What kubernetes.wait waits for, as it is written: "Ready", "deleted", a condition, or a field's value.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"

namespace sdlrun::stages::kubernetes {

/// Of an object; null where it is not there.
using Expectation = std::function<bool(const nlohmann::json&)>;

engine::Result<Expectation> expectation(const std::string& text);

/// The value at a simple JSONPath, such as `{.status.phase}` or `{.status.conditions[0].type}`; null where there is none.
engine::Result<nlohmann::json> value_at_path(const nlohmann::json& object, const std::string& path);

}  // namespace sdlrun::stages::kubernetes
