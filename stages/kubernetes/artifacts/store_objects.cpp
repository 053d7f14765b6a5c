#include "stages/kubernetes/artifacts/store_objects.hpp"

#include "engine/base64.hpp"
#include "engine/cache/digest.hpp"
#include "stages/embedded.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

constexpr const char* program_name = "artifact_store.py";
constexpr const char* carry_name = "carry.py";

std::string store_program() { return std::string(embedded("kubernetes/artifacts/artifact_store.py")); }
std::string carrying_program() { return std::string(embedded("kubernetes/artifacts/carry.py")); }

json object(const char* kind, const std::string& space) {
  json made = object_of_ours("v1", kind, space, store_name());
  made["metadata"]["labels"]["app.kubernetes.io/name"] = store_name();
  return made;
}

}  // namespace

std::string store_name() { return "sdlrun-files-" + engine::sha256(store_program() + carrying_program()).substr(0, 10); }

json store_secret(const std::string& space, const std::string& token) {
  json secret = object("Secret", space);
  secret["data"][store_token_variable] = engine::to_base64(token);
  return secret;
}

json store_programs(const std::string& space) {
  json programs = object("ConfigMap", space);
  programs["data"] = {{program_name, store_program()}, {carry_name, carrying_program()}};
  return programs;
}

json store_service(const std::string& space) {
  json service = object("Service", space);
  service["spec"] = {{"selector", {{"app.kubernetes.io/name", store_name()}}}, {"ports", json::array({{{"name", "files"}, {"port", store_port}, {"targetPort", store_port}}})}};
  return service;
}

json store_pod(const StoreWish& wish) {
  json pod = object("Pod", wish.space);
  json container{{"name", "store"},
                 {"image", wish.image},
                 {"command", json::array({"python3", std::string("/opt/sdlrun/") + program_name, "/files", std::to_string(wish.keep_seconds), std::to_string(wish.most_bytes)})},
                 {"env", json::array({token_variable()})},
                 {"ports", json::array({{{"containerPort", store_port}, {"name", "files"}}})},
                 {"readinessProbe", {{"tcpSocket", {{"port", store_port}}}, {"periodSeconds", 1}}},
                 {"resources", small_resources()},
                 {"securityContext", few_rights()},
                 {"volumeMounts", json::array({programs_mount(), {{"name", "files"}, {"mountPath", "/files"}}})}};
  if (!wish.pull_policy.empty()) container["imagePullPolicy"] = wish.pull_policy;
  pod["spec"] = {{"containers", json::array({container})},
                 {"restartPolicy", "Never"},
                 {"enableServiceLinks", false},
                 {"automountServiceAccountToken", false},
                 {"terminationGracePeriodSeconds", 1},
                 {"volumes", json::array({programs_volume(), {{"name", "files"}, {"emptyDir", json::object()}}})}};
  if (!wish.account.empty()) pod["spec"]["serviceAccountName"] = wish.account;
  for (const std::string& secret : wish.pull_secrets) pod["spec"]["imagePullSecrets"].push_back({{"name", secret}});
  return pod;
}

json programs_volume() { return {{"name", "programs"}, {"configMap", {{"name", store_name()}}}}; }

json programs_mount() { return {{"name", "programs"}, {"mountPath", "/opt/sdlrun"}}; }

json token_variable() { return {{"name", store_token_variable}, {"valueFrom", {{"secretKeyRef", {{"name", store_name()}, {"key", store_token_variable}}}}}}; }

json small_resources() { return {{"requests", {{"cpu", "20m"}, {"memory", "64Mi"}}}, {"limits", {{"memory", "256Mi"}}}}; }

json few_rights() { return {{"allowPrivilegeEscalation", false}, {"capabilities", {{"drop", json::array({"ALL"})}}}}; }

}  // namespace sdlrun::stages::kubernetes
