#include "stages/kubernetes/pods/claims.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/pods/complaints.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

Task<std::string> unbound_claims(Client& client, json pod) {
  const std::string space = text_at(pod, {"metadata", "namespace"});
  std::string words;
  for (const json& volume : list_in(object_in(pod, "spec"), "volumes")) {
    const std::string name = text_at(volume, {"persistentVolumeClaim", "claimName"});
    if (name.empty()) continue;
    Task<Result<std::optional<json>>> finding = client.find(path_of({.plural = "persistentvolumeclaims"}, space, name), "look at the claim `" + name + '`');
    const auto claim = co_await finding;
    if (!claim || (claim->has_value() && text_at(**claim, {"status", "phase"}) == "Bound")) continue;
    words += (words.empty() ? "" : "; ") + ("the claim `" + name + "` ");
    if (!claim->has_value()) {
      words += "is not there";
      continue;
    }
    const std::string storage = text_at(**claim, {"spec", "storageClassName"});
    Task<std::string> asking = last_event(client, space, text_at(**claim, {"metadata", "uid"}), {});
    const std::string why = co_await asking;
    words += "has no volume yet (" + (storage.empty() ? "no storage class" : "storage class `" + storage + '`') + ')' + (why.empty() ? "" : ": " + why);
  }
  co_return words;
}

}  // namespace sdlrun::stages::kubernetes
