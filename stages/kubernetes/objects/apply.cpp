#include "stages/kubernetes/objects/apply.hpp"

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

std::string path_of(const Resource& resource, const std::string& space, const std::string& name) {
  std::string path = (resource.api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + resource.api_version;
  if (resource.is_namespaced && !space.empty()) path += "/namespaces/" + escaped(space);
  path += '/' + resource.plural;
  if (!name.empty()) path += '/' + escaped(name);
  return path;
}

std::string shown_name(const std::string& kind, const std::string& space, const std::string& name) {
  return "the " + kind + " `" + name + '`' + (space.empty() ? "" : " in `" + space + '`');
}

std::string name_of(const json& object) { return shown_name(text_in(object, "kind"), text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})); }

json object_of_ours(const std::string& api_version, const std::string& kind, const std::string& space, const std::string& name) {
  json object{{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}, {"labels", {{"app.kubernetes.io/managed-by", "sdlrun"}}}}}};
  if (!space.empty()) object["metadata"]["namespace"] = space;
  return object;
}

ApiRequest apply_request(std::string path, const json& object, bool force) {
  return {.method = "PATCH",
          .path = std::move(path),
          .query = {{"fieldManager", field_manager}, {"force", force ? "true" : "false"}},
          .body = object.dump(-1, ' ', false, json::error_handler_t::replace),
          .content_type = "application/apply-patch+yaml"};
}

Task<Result<json>> apply(Client& client, Resource resource, json object) {
  ApiRequest request = apply_request(path_of(resource, text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})), object, true);
  Task<Result<json>> asking = client.ask(std::move(request), "apply " + name_of(object));
  co_return co_await asking;
}

}  // namespace sdlrun::stages::kubernetes
