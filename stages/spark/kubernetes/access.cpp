#include "stages/spark/kubernetes/access.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* role = "spark-driver";

json role_object(const std::string& space) {
  json object = kubernetes::object_of_ours("rbac.authorization.k8s.io/v1", "Role", space, role);
  std::string why;
  for (const kubernetes::Rule& rule : driver_rules()) {
    object["rules"].push_back({{"apiGroups", json::array({""})}, {"resources", rule.resources}, {"verbs", rule.verbs}});
    for (const std::string& resource : rule.resources) why += (why.empty() ? "" : "; ") + resource + ": " + rule.why;
  }
  object["metadata"]["annotations"]["sdlrun/why"] = why;  // a rule itself has no room for words
  return object;
}

json binding_object(const std::string& space) {
  json object = kubernetes::object_of_ours("rbac.authorization.k8s.io/v1", "RoleBinding", space, role);
  object["roleRef"] = {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", role}};
  object["subjects"] = json::array({{{"kind", "ServiceAccount"}, {"name", driver_account}, {"namespace", space}}});
  return object;
}

}  // namespace

const std::vector<kubernetes::Rule>& driver_rules() {
  static const std::vector<kubernetes::Rule> rules{
      {{"pods"}, {"get", "list", "watch", "create", "patch", "delete", "deletecollection"}, "the driver makes its executors, watches them, labels them, and ends them"},
      {{"configmaps"}, {"get", "list", "create", "delete", "deletecollection"}, "the driver makes one for its executors, and takes it away at its end"},
      {{"services"}, {"get", "list", "delete", "deletecollection"}, "the driver takes its own service away at its end"},
      {{"persistentvolumeclaims"}, {"get", "list", "create", "delete", "deletecollection"}, "the driver makes those that executors ask for, and looks for them at its end in any case"}};
  return rules;
}

const std::vector<kubernetes::Rule>& submitter_rules() {
  static const std::vector<kubernetes::Rule> rules{
      {{"pods"}, {"get", "list", "watch", "create", "patch", "delete"}, "to make the driver, follow it, and take it away"},
      {{"pods/log"}, {"get"}, "to show the driver's log"},
      {{"pods/proxy"}, {"get", "create", "update", "delete"}, "to carry files in and out, and to ask the driver how far it is"},
      {{"configmaps", "services", "secrets"}, {"get", "create", "patch", "delete"}, "to make what the driver needs"},
      {{"events"}, {"list"}, "to say why something does not start"}};
  return rules;
}

std::vector<AccessObject> access_objects(const std::string& space, const std::vector<std::pair<std::string, std::string>>& quota) {
  std::vector<AccessObject> objects;
  objects.push_back({{.plural = "serviceaccounts"}, kubernetes::object_of_ours("v1", "ServiceAccount", space, driver_account)});
  json executor = kubernetes::object_of_ours("v1", "ServiceAccount", space, executor_account);
  executor["automountServiceAccountToken"] = false;  // executors have no business with the API
  objects.push_back({{.plural = "serviceaccounts"}, std::move(executor)});
  objects.push_back({{.api_version = "rbac.authorization.k8s.io/v1", .plural = "roles"}, role_object(space)});
  objects.push_back({{.api_version = "rbac.authorization.k8s.io/v1", .plural = "rolebindings"}, binding_object(space)});
  if (quota.empty()) return objects;
  json limits = kubernetes::object_of_ours("v1", "ResourceQuota", space, "spark");
  for (const auto& [name, value] : quota) limits["spec"]["hard"][name] = value;
  objects.push_back({{.plural = "resourcequotas"}, std::move(limits)});
  return objects;
}

}  // namespace sdlrun::stages::spark
