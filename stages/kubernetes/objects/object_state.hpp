// What an object's own fields say of it, whatever it is asked to be (readiness.hpp).
#pragma once

#include <string_view>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

/// It is there, and on its way out.
inline bool is_being_deleted(const nlohmann::json& object) { return !value_at(object, {"metadata", "deletionTimestamp"}).is_null(); }

/// Its condition of that type; null where it has none.
inline nlohmann::json condition_of(const nlohmann::json& object, std::string_view type) {
  for (const nlohmann::json& condition : list_in(object_in(object, "status"), "conditions")) {
    if (text_in(condition, "type") == type) return condition;
  }
  return nullptr;
}

inline bool condition_holds(const nlohmann::json& object, std::string_view type) { return text_in(condition_of(object, type), "status") == "True"; }

/// It serves.
inline bool is_pod_ready(const nlohmann::json& pod) { return condition_holds(pod, "Ready"); }

}  // namespace sdlrun::stages::kubernetes
