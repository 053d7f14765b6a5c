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

std::string name_of(const json& object) {
  const std::string space = text_at(object, {"metadata", "namespace"});
  return "the " + text_in(object, "kind") + " `" + text_at(object, {"metadata", "name"}) + '`' + (space.empty() ? "" : " in `" + space + '`');
}

Task<Result<json>> apply(Client& client, Resource resource, json object, bool force, bool is_dry) {
  const std::string space = text_at(object, {"metadata", "namespace"}), name = text_at(object, {"metadata", "name"});
  ApiRequest request{.method = "PATCH",
                     .path = path_of(resource, space, name),
                     .query = {{"fieldManager", field_manager}, {"force", force ? "true" : "false"}},
                     .body = object.dump(-1, ' ', false, json::error_handler_t::replace),
                     .content_type = "application/apply-patch+yaml"};
  if (is_dry) request.query.emplace_back("dryRun", "All");
  std::string what = (is_dry ? "try " : "apply ") + name_of(object);
  Task<Result<json>> asking = client.ask(std::move(request), std::move(what));
  co_return co_await asking;
}

}  // namespace sdlrun::stages::kubernetes
