#include "stages/spark/kubernetes/application_pods.hpp"

#include "stages/json/json_fields.hpp"
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

/// How an executor has failed; empty where it has not, or was asked to end by its driver.
std::string failure_of(const json& pod) {
  const json end = terminated(pod, executor_container);
  const int code = static_cast<int>(integer_at(end, {"exitCode"}));
  const bool was_asked = !value_at(pod, {"metadata", "deletionTimestamp"}).is_null();
  if (!end.is_null() && code != 0 && !was_asked) {
    const std::string meaning = kubernetes::meaning_of_exit_code(code, text_in(end, "reason"));
    return "exit code " + std::to_string(code) + (meaning.empty() ? "" : ", " + meaning);
  }
  if (text_at(pod, {"status", "phase"}) != "Failed") return "";
  const std::string reason = text_at(pod, {"status", "reason"}), message = text_at(pod, {"status", "message"});
  return reason.empty() ? std::string() : reason + (message.empty() ? "" : ": " + message);
}

}  // namespace

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
  std::string& failure = failures_[name];
  if (failure.empty()) failure = failure_of(pod);
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
  seen.executors_seen = failures_.size();
  for (const auto& [name, failure] : failures_) {
    if (!failure.empty()) seen.failures.push_back(name + ": " + failure);
  }
  return seen;
}

}  // namespace sdlrun::stages::spark
