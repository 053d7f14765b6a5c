#include "stages/spark/kubernetes/application_pods.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

using nlohmann::json;

json terminated(const json& pod, const std::string& container) {
  for (const json& status : list_in(object_in(pod, "status"), "containerStatuses")) {
    if (text_in(status, "name") == container) return value_at(status, {"state", "terminated"});
  }
  return nullptr;
}

void ApplicationPods::listed(const json& items) {
  const std::lock_guard lock(mutex_);
  executors_.clear();
  driver_ = nullptr;
  for (const json& pod : items) take(pod, false);
}

void ApplicationPods::changed(const json& object, bool is_gone) {
  const std::lock_guard lock(mutex_);
  take(object, is_gone);
}

void ApplicationPods::take(const json& pod, bool is_gone) {
  const std::string name = text_at(pod, {"metadata", "name"});
  if (text_at(pod, {"metadata", "labels", "spark-role"}) == "driver") {
    driver_ = is_gone ? json() : pod;
    was_driver_seen_ = true;
    return;
  }
  const json end = terminated(pod, executor_container);
  const std::string phase = text_at(pod, {"status", "phase"});
  has_failed_[name] = has_failed_[name] || phase == "Failed" || (!end.is_null() && integer_at(end, {"exitCode"}) != 0 && value_at(pod, {"metadata", "deletionTimestamp"}).is_null());
  if (is_gone) executors_.erase(name);
  else executors_[name] = pod;
}

bool ApplicationPods::is_done() const {
  const std::lock_guard lock(mutex_);
  if (is_stopped_ || (was_driver_seen_ && driver_.is_null())) return true;
  const std::string phase = text_at(driver_, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed" || !terminated(driver_, driver_container).is_null();
}

void ApplicationPods::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
}

PodsSeen ApplicationPods::now() const {
  const std::lock_guard lock(mutex_);
  PodsSeen seen;
  seen.driver = driver_;
  seen.was_driver_seen = was_driver_seen_;
  for (const auto& [name, pod] : executors_) seen.executors.push_back(pod);
  seen.executors_seen = has_failed_.size();
  for (const auto& [name, failed] : has_failed_) seen.executors_failed += failed ? 1 : 0;
  return seen;
}

}  // namespace sdlrun::stages::spark
