// What an object's own fields say of it, whatever it is asked to be (readiness.hpp).
#pragma once

#include <algorithm>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

/// It is there, and on its way out.
inline bool is_being_deleted(const nlohmann::json& object) { return !value_at(object, {"metadata", "deletionTimestamp"}).is_null(); }

/// By its condition `Ready`: it serves.
inline bool is_pod_ready(const nlohmann::json& pod) {
  const nlohmann::json conditions = list_in(object_in(pod, "status"), "conditions");
  return std::any_of(conditions.begin(), conditions.end(), [](const nlohmann::json& condition) { return text_in(condition, "type") == "Ready" && text_in(condition, "status") == "True"; });
}

}  // namespace sdlrun::stages::kubernetes
