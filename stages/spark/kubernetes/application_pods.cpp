#include "stages/spark/kubernetes/application_pods.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/trouble.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

using nlohmann::json;

json terminated(const json& pod, const std::string& container) {
  for (const json& status : list_in(object_in(pod, "status"), "containerStatuses")) {
    if (text_in(status, "name") == container) return value_at(status, {"state", "terminated"});
  }
  return nullptr;
}

namespace {

/// How an executor has failed; empty where it has not, or was deleted: most often its driver has done that.
std::string failure_of(const json& pod) {
  const json end = terminated(pod, executor_container);
  const int code = static_cast<int>(integer_at(end, {"exitCode"}));
  if (std::string disruption = kubernetes::disruption_of(pod); !disruption.empty()) return disruption;
  const bool was_deleted = kubernetes::is_being_deleted(pod);
  if (end.is_null() || code == 0 || was_deleted) return "";
  return kubernetes::exit_code_text(code, text_in(end, "reason"));
}

}  // namespace

void ApplicationPods::listed(const json& items) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, executor] : executors_) executor.is_gone = true;
  is_driver_gone_ = !driver_.is_null();
  for (const json& pod : items) take(pod, false);
}

void ApplicationPods::changed(const json& object, bool is_gone) {
  const std::lock_guard lock(mutex_);
  take(object, is_gone);
}

void ApplicationPods::take(const json& pod, bool is_gone) {
  if (text_at(pod, {"metadata", "labels", "spark-role"}) != "driver") return take_executor(text_at(pod, {"metadata", "name"}), pod, is_gone);
  driver_ = pod;
  is_driver_gone_ = is_gone;
}

void ApplicationPods::take_executor(const std::string& name, const json& pod, bool is_gone) {
  if (replaces_deleted_ && !executors_.contains(name)) {
    for (auto& [other, executor] : executors_) {
      const bool was_deleted = executor.is_gone || kubernetes::is_being_deleted(executor.pod);
      if (was_deleted && executor.failure.empty()) executor.failure = "deleted while the job ran";
    }
  }
  Executor& executor = executors_[name];
  executor.pod = pod;
  executor.is_gone = is_gone;
  if (executor.failure.empty()) executor.failure = failure_of(pod);
}

bool ApplicationPods::is_done() const {
  const std::lock_guard lock(mutex_);
  const std::string phase = text_at(driver_, {"status", "phase"});
  return is_stopped_ || is_driver_gone_ || phase == "Succeeded" || phase == "Failed" || !terminated(driver_, driver_container).is_null();
}

void ApplicationPods::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
}

PodsSeen ApplicationPods::now() const {
  const std::lock_guard lock(mutex_);
  PodsSeen seen{.driver = driver_, .is_driver_gone = is_driver_gone_, .executors_seen = executors_.size()};
  for (const auto& [name, executor] : executors_) {
    if (!executor.is_gone) seen.executors.push_back(executor.pod);
    if (!executor.failure.empty()) seen.failures.push_back(name + ": " + executor.failure);
  }
  return seen;
}

}  // namespace sdlrun::stages::spark
