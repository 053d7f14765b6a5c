// What differs between two forms of an object, field by field, as people read it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace sdlrun::stages::kubernetes {

/// "-   spec.replicas: 2", "+   spec.replicas: 3". What the API server itself writes, such as versions and the status, does not count;
/// a Secret's values are not shown.
std::vector<std::string> difference(const nlohmann::json& before, const nlohmann::json& after);

/// What shows that nobody has changed what we set: who sets a field of ours otherwise, or removes it, takes it out of those that the API
/// server holds as ours. Empty: we hold none.
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
std::string owned_fields_digest(const nlohmann::json& object);

}  // namespace sdlrun::stages::kubernetes
