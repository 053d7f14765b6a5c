#include "stages/kubernetes/pods/trouble.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/objects/quantity.hpp"

namespace sdlrun::stages::kubernetes {

using nlohmann::json;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A node that is asked for much at once says so, and one whose network has failed it; both try again by themselves.
bool may_pass(std::string_view message) {
  static constexpr std::array<std::string_view, 8> passing{"context deadline exceeded", "timed out waiting for the condition", "DeadlineExceeded", " is reserved for ", "QPS exceeded",
                                                           "i/o timeout", "TLS handshake timeout", "connection reset by peer"};
  return std::any_of(passing.begin(), passing.end(), [&](std::string_view words) { return contains(message, words); });
}

PodTrouble image_trouble(const std::string& shown, const std::string& image, const std::string& reason, const std::string& message, const PodSettings& settings) {
  PodTrouble trouble{.error = {.message = shown + " cannot start: the image `" + image + "` cannot be pulled", .detail = message}, .is_final = reason != "ErrImagePull" && !may_pass(message)};
  std::string& hint = trouble.error.hint;
  if (reason == "InvalidImageName") hint = "the name is none that an image can have";
  else if (reason == "ErrImageNeverPull") hint = "the pull policy is `Never`, and the node does not have it: load it (`image.load`), or let it be pulled";
  else if (contains(message, "not found") || contains(message, "manifest unknown")) hint = "is the tag right, and has the image been pushed?";
  else if (contains(message, "401") || contains(message, "403") || contains(message, "authorization failed") || contains(message, "denied")) hint = "the cluster has no credentials for that registry: make a Secret (`kubectl create secret docker-registry`) and name it " + settings.credentials;
  else if (contains(message, "no match for platform") || contains(message, "exec format")) hint = "the image is for another processor than the nodes have: build it with their `platform`";
  else if (contains(message, "server gave HTTP response to HTTPS client") || contains(message, "x509")) hint = "the nodes do not trust that registry: it wants a certificate that they know, or a word in the container runtime's configuration";
  else hint = "can the nodes reach that registry?";
  return trouble;
}

std::optional<PodTrouble> waiting_trouble(const json& status, const std::string& shown, const PodSettings& settings) {
  const json& waiting = value_at(status, {"state", "waiting"});
  const std::string reason = text_in(waiting, "reason"), message = text_in(waiting, "message");
  if (reason == "ImagePullBackOff" || reason == "ErrImagePull" || reason == "InvalidImageName" || reason == "ErrImageNeverPull" || reason == "ImageInspectError") {
    return image_trouble(shown, text_in(status, "image"), reason, message, settings);
  }
  if (reason == "CreateContainerConfigError" || reason == "CreateContainerError" || reason == "RunContainerError" || reason == "StartError") {
    const bool has_no_user = contains(message, "non-root") || contains(message, "runAsNonRoot");
    return PodTrouble{.error = {.message = shown + " cannot start: " + (message.empty() ? reason : message),
                                .hint = has_no_user ? "the namespace wants containers that are not root: give the image a `user`" : contains(message, "not found") ? "what the Pod refers to is not there: was it deleted meanwhile?" : ""},
                      .is_final = !may_pass(message) && (reason != "CreateContainerConfigError" || !contains(message, "not found"))};
  }
  return std::nullopt;
}

std::optional<PodTrouble> scheduling_trouble(const json& pod, const std::string& shown, const LargestNode& largest, const PodSettings& settings) {
  const json condition = condition_of(pod, "PodScheduled");
  if (text_in(condition, "status") != "False" || text_in(condition, "reason") != "Unschedulable") return std::nullopt;
  const std::string message = text_in(condition, "message");
  PodTrouble trouble{.error = {.message = shown + " finds no place on a node: " + message}};
  std::string& hint = trouble.error.hint;
  trouble.is_no_room = contains(message, "Insufficient");
  if (trouble.is_no_room) {
    hint = "it asks for " + requests_of(pod);
    if (!largest.name.empty()) hint += "; the largest node (`" + largest.name + "`) has " + largest.cpu + " CPUs and " + largest.memory;
    hint += ": ask for less (" + settings.sizes + "), end what else runs, or add nodes";
  } else if (contains(message, "taint")) hint = "the nodes are tainted: a toleration, or another node pool, is wanted";
  else if (contains(message, "node selector") || contains(message, "affinity")) hint = "no node has the labels that are asked for: look at " + settings.nodes + " (`kubectl get nodes --show-labels`)";
  else if (contains(message, "PersistentVolumeClaim") || contains(message, "persistentvolumeclaim")) {
    hint = "make the claim before (`kubernetes.apply`), of a storage class that the cluster has (`kubectl get storageclass`)";
    trouble.wants_volume = true;
  }
  return trouble;
}

}  // namespace

LargestNode largest_node(const json& nodes) {
  LargestNode largest;
  double most = -1;
  for (const json& node : nodes) {
    const std::string memory = text_at(node, {"status", "allocatable", "memory"});
    const double bytes = quantity(memory).value_or(0);
    if (bytes <= most) continue;
    most = bytes;
    largest = {.name = text_at(node, {"metadata", "name"}), .cpu = text_at(node, {"status", "allocatable", "cpu"}), .memory = memory_text(bytes)};
  }
  return largest;
}

std::string requests_of(const json& pod) {
  double cpu = 0, memory = 0;
  for (const json& container : value_at(pod, {"spec", "containers"})) {
    cpu += quantity(text_at(container, {"resources", "requests", "cpu"})).value_or(0);
    memory += quantity(text_at(container, {"resources", "requests", "memory"})).value_or(0);
  }
  for (const json& container : value_at(pod, {"spec", "initContainers"})) {
    cpu = std::max(cpu, quantity(text_at(container, {"resources", "requests", "cpu"})).value_or(0));
    memory = std::max(memory, quantity(text_at(container, {"resources", "requests", "memory"})).value_or(0));
  }
  return cpu_text(cpu) + " CPUs and " + memory_text(memory) + " of memory";
}

std::optional<PodTrouble> start_trouble(const json& pod, const std::string& shown, const LargestNode& largest, const PodSettings& settings) {
  if (auto trouble = scheduling_trouble(pod, shown, largest, settings)) return trouble;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : value_at(pod, {"status", list})) {
      if (auto trouble = waiting_trouble(status, shown, settings)) return trouble;
    }
  }
  return std::nullopt;
}

std::string disruption_of(const json& pod) {
  // https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
  static const std::array<std::pair<std::string_view, const char*>, 4> reasons{{{"EvictionByEvictionAPI", "evicted at somebody's request, as `kubectl drain` and autoscalers make it"},
                                                                               {"PreemptionByScheduler", "evicted for a Pod of higher priority"},
                                                                               {"DeletionByTaintManager", "evicted by a taint of its node"},
                                                                               {"DeletionByPodGC", "lost with its node"}}};
  const std::string told = text_at(pod, {"status", "message"});
  if (text_at(pod, {"status", "reason"}) == "Evicted") return "evicted by its node" + (told.empty() ? "" : ": " + told);
  if (const json disruption = condition_of(pod, "DisruptionTarget"); text_in(disruption, "status") == "True") {
    for (const auto& [reason, words] : reasons) {
      if (reason == text_in(disruption, "reason")) return words;
    }
    return "evicted: " + text_in(disruption, "message");
  }
  const std::string reason = text_at(pod, {"status", "reason"});
  return reason.empty() ? "" : "ended by its node: " + reason + (told.empty() ? "" : ": " + told);
}

std::string meaning_of_exit_code(int code, const std::string& reason) {
  if (reason == "OOMKilled") return "its memory ran out (OOMKilled)";
  // org.apache.spark.executor.ExecutorExitCode, SparkExitCode; above 128 a signal's number is added.
  static const std::array<std::pair<int, const char*>, 12> meanings{{{50, "an exception that nobody caught"},
                                                                     {51, "an exception that nobody caught, and another while it was told"},
                                                                     {52, "Java's memory ran out"},
                                                                     {53, "no folder for temporary files could be made"},
                                                                     {56, "the driver did not answer its heartbeats"},
                                                                     {57, "a task that would not end was killed with it"},
                                                                     {101, "the main class could not be run"},
                                                                     {126, "the program cannot be executed: is the image for this processor?"},
                                                                     {127, "the program is not in the image"},
                                                                     {137, "killed (SIGKILL), most often because memory ran out"},
                                                                     {139, "a segmentation fault in native code"},
                                                                     {143, "asked to end (SIGTERM): deleted, evicted, or its node was drained"}}};
  for (const auto& [each, meaning] : meanings) {
    if (each == code) return meaning;
  }
  return "";
}

std::string exit_code_text(int code, const std::string& reason) {
  const std::string meaning = meaning_of_exit_code(code, reason);
  return "exit code " + std::to_string(code) + (meaning.empty() ? "" : ": " + meaning);
}

}  // namespace sdlrun::stages::kubernetes
