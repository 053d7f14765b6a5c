// When an object is ready: as `kubectl rollout status` and kstatus see it.
#include "stages/kubernetes/objects/readiness.hpp"

#include <doctest/doctest.h>

#include "stages/kubernetes/objects/order.hpp"

using namespace sdlrun::stages::kubernetes;
using nlohmann::json;

namespace {

json deployment(json status, int replicas = 3) {
  return {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"metadata", {{"generation", 2}}}, {"spec", {{"replicas", replicas}}}, {"status", std::move(status)}};
}

std::string why(const json& object) {
  const Readiness readiness = readiness_of(object);
  return (readiness.state == Readiness::State::failed ? "failed: " : readiness.is_ready() ? "ready" : "") + readiness.why;
}

json with_condition(const char* api_version, const char* kind, const char* type, const char* status, const char* message = "") {
  return {{"apiVersion", api_version}, {"kind", kind}, {"status", {{"conditions", {{{"type", type}, {"status", status}, {"message", message}}}}}}};
}

}  // namespace

TEST_CASE("a Deployment goes from not seen over new and old replicas to available") {
  CHECK(why(deployment(json::object())) == "its controller has not seen it yet");
  CHECK(why(deployment({{"observedGeneration", 1}})) == "its controller has not seen the change yet");
  CHECK(why(deployment({{"observedGeneration", 2}, {"updatedReplicas", 1}})) == "1 of 3 replicas are new");
  CHECK(why(deployment({{"observedGeneration", 2}, {"updatedReplicas", 3}, {"replicas", 4}})) == "1 old replicas are still there");
  CHECK(why(deployment({{"observedGeneration", 2}, {"updatedReplicas", 3}, {"replicas", 3}, {"availableReplicas", 2}})) == "2 of 3 replicas are available");
  CHECK(why(deployment({{"observedGeneration", 2}, {"updatedReplicas", 3}, {"replicas", 3}, {"availableReplicas", 3}})) == "ready");
  CHECK(why(deployment({{"observedGeneration", 2}}, 0)) == "ready");
  CHECK(why(deployment({{"observedGeneration", 2}, {"conditions", {{{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}, {"message", "timed out"}}}}})) == "failed: timed out");
}

TEST_CASE("a StatefulSet, a DaemonSet and a Job count their Pods") {
  CHECK(why({{"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"spec", {{"replicas", 2}}}, {"status", {{"observedGeneration", 1}, {"readyReplicas", 1}}}}) == "1 of 2 replicas are ready");
  CHECK(why({{"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"spec", {{"replicas", 1}}}, {"status", {{"observedGeneration", 1}, {"readyReplicas", 1}, {"updatedReplicas", 1}, {"currentRevision", "a"}, {"updateRevision", "b"}}}}) == "old replicas are still there");
  CHECK(why({{"apiVersion", "apps/v1"}, {"kind", "DaemonSet"}, {"status", {{"observedGeneration", 1}, {"desiredNumberScheduled", 2}, {"updatedNumberScheduled", 2}, {"numberAvailable", 1}}}}) == "1 of 2 nodes have it available");
  CHECK(why({{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"spec", {{"completions", 2}}}, {"status", {{"succeeded", 1}}}}) == "1 of 2 Pods have done their work");
  CHECK(why(with_condition("batch/v1", "Job", "Complete", "True")) == "ready");
  CHECK(why(with_condition("batch/v1", "Job", "Failed", "True", "too many")) == "failed: it has failed: too many");
}

TEST_CASE("Pods, volumes, services, namespaces and definitions") {
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Pod"}, {"status", {{"phase", "Pending"}}}}) == "it is Pending");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Pod"}, {"status", {{"phase", "Succeeded"}}}}) == "ready");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Pod"}, {"status", {{"phase", "Failed"}}}}) == "failed: it has failed");
  CHECK(why(with_condition("v1", "Pod", "Ready", "True")) == "ready");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "PersistentVolumeClaim"}, {"status", {{"phase", "Pending"}}}}) == "it is Pending");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Service"}, {"spec", {{"type", "LoadBalancer"}}}}) == "it has no address of a load balancer yet");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Service"}, {"spec", {{"type", "ClusterIP"}}}}) == "ready");
  CHECK(why({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}, {"status", {{"phase", "Terminating"}}}}) == "it is being deleted");
  CHECK(why(with_condition("apiextensions.k8s.io/v1", "CustomResourceDefinition", "Established", "True")) == "ready");
  CHECK(why(with_condition("apiextensions.k8s.io/v1", "CustomResourceDefinition", "NamesAccepted", "False", "taken")) == "failed: taken");
}

TEST_CASE("a kind that nobody knows is judged by its conditions, and is ready without any") {
  CHECK(why(with_condition("example.com/v1", "Widget", "Ready", "False", "no oil")) == "its condition Ready is False: no oil");
  CHECK(why(with_condition("example.com/v1", "Widget", "Stalled", "True", "broken")) == "failed: broken");
  CHECK(why(with_condition("example.com/v1", "Widget", "Reconciling", "True", "at work")) == "at work");
  CHECK(why({{"apiVersion", "example.com/v1"}, {"kind", "Widget"}}) == "ready");
}

TEST_CASE("what others need goes first") {
  const auto before = [](const char* first, const char* first_version, const char* second, const char* second_version) { return rank_of(first_version, first) < rank_of(second_version, second); };
  CHECK(before("Namespace", "v1", "CustomResourceDefinition", "apiextensions.k8s.io/v1"));
  CHECK(before("ServiceAccount", "v1", "RoleBinding", "rbac.authorization.k8s.io/v1"));
  CHECK(before("Secret", "v1", "Deployment", "apps/v1"));
  CHECK(before("Service", "v1", "StatefulSet", "apps/v1"));
  CHECK(before("Deployment", "apps/v1", "Widget", "example.com/v1"));
  CHECK(before("Widget", "example.com/v1", "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"));
  CHECK(rank_of("serving.knative.dev/v1", "Service") == rank_of("example.com/v1", "Widget"));
}
