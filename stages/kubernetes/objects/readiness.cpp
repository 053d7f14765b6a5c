#include "stages/kubernetes/objects/readiness.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

using State = Readiness::State;

Readiness waits(std::string why) { return {.state = State::waiting, .why = std::move(why)}; }
Readiness fails(std::string why) { return {.state = State::failed, .why = std::move(why)}; }

std::string counted(std::int64_t count, std::int64_t wanted, const std::string& what) { return std::to_string(count) + " of " + std::to_string(wanted) + ' ' + what; }

std::string words_of(const json& condition) {
  const std::string message = text_in(condition, "message"), reason = text_in(condition, "reason");
  return message.empty() ? reason : message;
}

std::int64_t status_count(const json& object, std::string_view field) { return integer_at(object, {"status", field}); }

Readiness deployment(const json& object) {
  if (const json progress = condition_of(object, "Progressing"); text_in(progress, "reason") == "ProgressDeadlineExceeded") return fails(words_of(progress));
  const std::int64_t wanted = integer_at(object, {"spec", "replicas"}, 1), updated = status_count(object, "updatedReplicas");
  if (updated < wanted) return waits(counted(updated, wanted, "replicas are new"));
  if (const std::int64_t all = status_count(object, "replicas"); all > updated) return waits(std::to_string(all - updated) + " old replicas are still there");
  if (const std::int64_t available = status_count(object, "availableReplicas"); available < wanted) return waits(counted(available, wanted, "replicas are available"));
  return {};
}

Readiness replica_set(const json& object) {
  const std::int64_t wanted = integer_at(object, {"spec", "replicas"}, 1), available = status_count(object, "availableReplicas");
  return available < wanted ? waits(counted(available, wanted, "replicas are available")) : Readiness{};
}

Readiness stateful_set(const json& object) {
  const std::int64_t wanted = integer_at(object, {"spec", "replicas"}, 1), ready = status_count(object, "readyReplicas");
  if (ready < wanted) return waits(counted(ready, wanted, "replicas are ready"));
  if (text_at(object, {"spec", "updateStrategy", "type"}) == "OnDelete") return {};
  const std::int64_t kept = integer_at(object, {"spec", "updateStrategy", "rollingUpdate", "partition"}), updated = status_count(object, "updatedReplicas");
  if (updated < wanted - kept) return waits(counted(updated, wanted - kept, "replicas are new"));
  if (kept == 0 && text_at(object, {"status", "currentRevision"}) != text_at(object, {"status", "updateRevision"})) return waits("old replicas are still there");
  return {};
}

Readiness daemon_set(const json& object) {
  const std::int64_t wanted = status_count(object, "desiredNumberScheduled"), updated = status_count(object, "updatedNumberScheduled"), available = status_count(object, "numberAvailable");
  if (text_at(object, {"spec", "updateStrategy", "type"}) != "OnDelete" && updated < wanted) return waits(counted(updated, wanted, "nodes have the new one"));
  if (available < wanted) return waits(counted(available, wanted, "nodes have it available"));
  return {};
}

Readiness job(const json& object) {
  if (const json failed = condition_of(object, "Failed"); text_in(failed, "status") == "True") return fails("it has failed: " + words_of(failed));
  if (condition_holds(object, "Complete") || condition_holds(object, "Suspended")) return {};
  return waits(counted(status_count(object, "succeeded"), integer_at(object, {"spec", "completions"}, 1), "Pods have done their work"));
}

Readiness pod(const json& object) {
  const std::string phase = text_at(object, {"status", "phase"});
  if (phase == "Succeeded" || condition_holds(object, "Ready")) return {};
  if (phase == "Failed") {
    const std::string message = text_at(object, {"status", "message"});
    return fails(message.empty() ? "it has failed" : "it has failed: " + message);
  }
  return waits("it is " + (phase.empty() ? "not seen by the scheduler yet" : phase));
}

Readiness service(const json& object) {
  const bool is_balanced = text_at(object, {"spec", "type"}) == "LoadBalancer";
  return is_balanced && value_at(object, {"status", "loadBalancer", "ingress"}).empty() ? waits("it has no address of a load balancer yet") : Readiness{};
}

Readiness definition(const json& object) {
  if (const json names = condition_of(object, "NamesAccepted"); text_in(names, "status") == "False") return fails(words_of(names));
  return condition_holds(object, "Established") ? Readiness{} : waits("it is not established yet");
}

Readiness phase_is(const json& object, const char* wanted) {
  const std::string phase = text_at(object, {"status", "phase"});
  return phase == wanted ? Readiness{} : waits("it is " + (phase.empty() ? "not looked at yet" : phase));
}

Readiness by_conditions(const json& object) {
  if (const json stalled = condition_of(object, "Stalled"); text_in(stalled, "status") == "True") return fails(words_of(stalled));
  if (const json busy = condition_of(object, "Reconciling"); text_in(busy, "status") == "True") return waits(words_of(busy));
  for (const char* type : {"Ready", "Available"}) {
    const json found = condition_of(object, type);
    if (!found.is_null() && text_in(found, "status") != "True") return waits("its condition " + std::string(type) + " is " + text_in(found, "status") + (words_of(found).empty() ? "" : ": " + words_of(found)));
  }
  return {};
}

}  // namespace

Readiness readiness_of(const json& object) {
  if (is_being_deleted(object)) return waits("it is being deleted");
  const json& observed = value_at(object, {"status", "observedGeneration"});
  const std::int64_t generation = integer_at(object, {"metadata", "generation"});
  if (observed.is_number_integer() && observed.get<std::int64_t>() < generation) return waits("its controller has not seen the change yet");
  const std::string kind = text_in(object, "kind"), version = text_in(object, "apiVersion");
  // These controllers write that field with all else: without it they have not been there.
  const bool is_of_apps = version.starts_with("apps/");
  if (is_of_apps && !observed.is_number_integer() && kind != "ControllerRevision") return waits("its controller has not seen it yet");
  if (is_of_apps && kind == "Deployment") return deployment(object);
  if (is_of_apps && kind == "StatefulSet") return stateful_set(object);
  if (is_of_apps && kind == "DaemonSet") return daemon_set(object);
  if (is_of_apps && kind == "ReplicaSet") return replica_set(object);
  if (version == "batch/v1" && kind == "Job") return job(object);
  if (version.starts_with("apiextensions.k8s.io/")) return definition(object);
  if (version != "v1") return by_conditions(object);
  if (kind == "Pod") return pod(object);
  if (kind == "Service") return service(object);
  if (kind == "PersistentVolumeClaim") return phase_is(object, "Bound");
  if (kind == "Namespace") return phase_is(object, "Active");
  return by_conditions(object);
}

}  // namespace sdlrun::stages::kubernetes
