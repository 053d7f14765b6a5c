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

/// "the Pod `driver` in `spark`".
std::string shown_name(const std::string& kind, const std::string& space, const std::string& name);
std::string name_of(const nlohmann::json& object);

/// The beginning of an object that we make: kind, name, and the label by which all of ours are found. No namespace: its kind has none.
nlohmann::json object_of_ours(const std::string& api_version, const std::string& kind, const std::string& space, const std::string& name);

/// To make an object, or to change it to what is given; what others have set in other fields stays. `force`: takes over fields that others own.
ApiRequest apply_request(std::string path, const nlohmann::json& object, bool force);
/// Does so, by force. Gives the object as it is then.
engine::Task<engine::Result<nlohmann::json>> apply(Client& client, Resource resource, nlohmann::json object);

}  // namespace sdlrun::stages::kubernetes
