// Why Pods don't start, from what the API says of them.
#include "stages/kubernetes/pods/trouble.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/api_error.hpp"
#include "stages/kubernetes/objects/quantity.hpp"
#include "tests/unit/contains.hpp"

namespace sdlrun::stages::kubernetes {

namespace {

using nlohmann::json;

json waiting(const std::string& reason, const std::string& message) {
  return {{"spec", {{"containers", json::array({{{"resources", {{"requests", {{"cpu", "1500m"}, {"memory", "64Gi"}}}}}}})}}},
          {"status", {{"phase", "Pending"}, {"containerStatuses", json::array({{{"name", "c"}, {"image", "registry.example/a:1"}, {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}})}}}};
}

json unschedulable(const std::string& message) {
  json pod = waiting("ContainerCreating", "");
  pod["status"]["conditions"] = json::array({{{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}, {"message", message}}});
  return pod;
}

}  // namespace

TEST_CASE("an image that cannot be pulled is named, with the answer, and is not waited for") {
  const auto trouble = start_trouble(waiting("ImagePullBackOff", "Back-off pulling image: not found"), "the driver", {});
  REQUIRE(trouble);
  CHECK(trouble->error.message == "the driver cannot start: the image `registry.example/a:1` cannot be pulled");
  CHECK(contains(trouble->error.hint, "has the image been pushed"));
  CHECK(trouble->is_final);
  CHECK_FALSE(start_trouble(waiting("ErrImagePull", "timeout"), "x", {})->is_final);
  CHECK(contains(start_trouble(waiting("ImagePullBackOff", "401 Unauthorized"), "x", {})->error.hint, "in its `imagePullSecrets`"));
  CHECK_FALSE(start_trouble(waiting("ContainerCreating", ""), "x", {}));
}

TEST_CASE("what a busy node says is waited for: it tries again by itself") {
  const auto is_final = [](const char* reason, const char* message) { return start_trouble(waiting(reason, message), "x", {})->is_final; };
  CHECK_FALSE(is_final("CreateContainerConfigError", "failed to sync secret cache: timed out waiting for the condition"));
  CHECK_FALSE(is_final("CreateContainerError", "context deadline exceeded"));
  CHECK_FALSE(is_final("CreateContainerError", "failed to reserve container name main_a_default_1_0: name \"main_a_default_1_0\" is reserved for \"7b\""));
  CHECK_FALSE(is_final("ImagePullBackOff", "Back-off pulling image \"a:1\": ErrImagePull: pull QPS exceeded"));
  CHECK_FALSE(is_final("ImagePullBackOff", "Back-off pulling image \"a:1\": ErrImagePull: failed to pull: dial tcp 192.0.2.7:443: i/o timeout"));
  CHECK(is_final("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"));
  CHECK(is_final("CreateContainerError", "no command specified"));
}

TEST_CASE("what finds no room is told with what it asks for and what there is") {
  const LargestNode largest{.name = "node1", .cpu = "2", .memory = "23GiB"};
  const auto trouble = start_trouble(unschedulable("0/1 nodes are available: 1 Insufficient memory."), "an executor", largest);
  REQUIRE(trouble);
  CHECK(trouble->error.message == "an executor finds no place on a node: 0/1 nodes are available: 1 Insufficient memory.");
  CHECK(contains(trouble->error.hint, "it asks for 1.5 CPUs and 64GiB of memory; the largest node (`node1`) has 2 CPUs and 23GiB"));
  CHECK_FALSE(trouble->is_final);
  CHECK(contains(start_trouble(unschedulable("1 node(s) had untolerated taint"), "x", {})->error.hint, "tainted"));
  CHECK(contains(start_trouble(unschedulable("didn't match Pod's node affinity/selector"), "x", {})->error.hint, "--show-labels"));
}

TEST_CASE("exit codes have meanings") {
  CHECK(contains(meaning_of_exit_code(137, ""), "memory"));
  CHECK(contains(meaning_of_exit_code(1, "OOMKilled"), "OOMKilled"));
  CHECK(contains(meaning_of_exit_code(52, ""), "Java's memory"));
  CHECK(contains(meaning_of_exit_code(143, ""), "SIGTERM"));
  CHECK(meaning_of_exit_code(1, "Error").empty());
}

TEST_CASE("quantities are Kubernetes' own") {
  CHECK(quantity("500m") == 0.5);
  CHECK(quantity("2") == 2);
  CHECK(quantity("1.5Gi") == 1.5 * 1024 * 1024 * 1024);
  CHECK(quantity("1k") == 1000);
  for (const char* wrong : {"", "m", "1x", "1 Gi"}) CHECK_FALSE(quantity(wrong));
  CHECK(memory_text(quantity("24000000Ki").value_or(0)) == "22.89GiB");
  CHECK(cpu_text(0.3) == "0.3");
}

TEST_CASE("refusals say what to do") {
  const auto refused = [](int status, const std::string& message) { return refusal(status, json{{"kind", "Status"}, {"message", message}}, "make the Pod `a`"); };
  CHECK(refused(403, "pods is forbidden: User \"u\" cannot create resource \"pods\"").message == "cannot make the Pod `a`: pods is forbidden: User \"u\" cannot create resource \"pods\"");
  CHECK(contains(refused(403, "pods is forbidden: User \"u\" cannot create resource \"pods\"").hint, "Role"));
  CHECK(contains(refused(403, "exceeded quota: spark").hint, "ResourceQuota"));
  CHECK(contains(refused(403, "error looking up service account spark/x").hint, "spark.kubernetes"));
  CHECK_FALSE(refused(403, "error looking up service account spark/x: serviceaccount \"x\" not found").transient);
  CHECK(refused(403, "error looking up service account new/default: serviceaccount \"default\" not found").transient);
  CHECK(refused(403, "pods \"a\" is forbidden: status unknown for quota: spark, resources: pods").transient);
  CHECK(contains(refused(403, "error looking up service account new/default: serviceaccount \"default\" not found").hint, "controllers"));
  CHECK(refused(409, "Operation cannot be fulfilled on resourcequotas \"spark\": the object has been modified; please apply your changes to the latest version and try again").transient);
  CHECK(refused(409, "object is being deleted: pods \"a\" already exists").transient);
  CHECK_FALSE(refused(409, "Apply failed with 1 conflict: conflict with \"kubectl\": .data.mode").transient);
  CHECK(contains(refused(401, "Unauthorized").hint, "expired"));
  CHECK(refused(429, "").transient);
  CHECK(refused(503, "").message == "cannot make the Pod `a`: the API server answered 503");
}

}  // namespace sdlrun::stages::kubernetes
