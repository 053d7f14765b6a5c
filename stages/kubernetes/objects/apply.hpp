// Objects on a cluster: where they are found, and server-side apply under our own name.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// Who owns the fields that we set.
inline constexpr const char* field_manager = "sdlrun";

/// A kind of objects: "pods" of "v1" (the core group) or of "apps/v1".
struct Resource {
  std::string api_version = "v1";
  std::string plural = {};
  bool is_namespaced = true;
};

/// "/api/v1/namespaces/spark/pods/driver"; without a name, the list's.
std::string path_of(const Resource& resource, const std::string& space, const std::string& name = {});

/// "Pod `driver` in `spark`".
std::string name_of(const nlohmann::json& object);

/// Makes the object, or changes it to what is given; what others have set in other fields stays. Gives it as it is then. `is_dry`: only asks
/// what would be. `force`: takes over fields that others own.
engine::Task<engine::Result<nlohmann::json>> apply(Client& client, Resource resource, nlohmann::json object, bool force = true, bool is_dry = false);

}  // namespace sdlrun::stages::kubernetes
