#include "stages/spark/kubernetes/driver_end.hpp"

#include <sstream>
#include <string_view>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/trouble.hpp"
#include "stages/spark/kubernetes/executor_words.hpp"
#include "stages/spark/kubernetes/submission.hpp"
#include "stages/spark/submit_failure.hpp"

namespace sdlrun::stages::spark {

using engine::Error;
using nlohmann::json;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The last line that holds `part`; empty where there is none.
std::string line_with(const std::string& text, std::string_view part) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (contains(line, part)) found = line;
  }
  return found;
}

/// Causes that the log names and that no exit code tells apart.
std::optional<Error> known_cause(const JobWords& words, const FollowedApplication& followed) {
  const std::string& printed = words.driver;
  const std::string forbidden = line_with(printed, "is forbidden: User \"system:serviceaccount:");
  if (!forbidden.empty()) {
    const std::size_t begin = forbidden.find("User \"system:serviceaccount:");
    return Error{.message = "the driver's service account lacks a right: " + forbidden.substr(begin),
                 .hint = "`spark.kubernetes` gives the account what Spark needs: was its Role changed since?"};
  }
  if (contains(printed, "UnknownHostException") && contains(printed, "kubernetes.default.svc")) {
    return Error{.message = "the driver cannot resolve `kubernetes.default.svc`: the cluster's DNS does not answer", .hint = "`kubernetes.inspect` looks at CoreDNS; `kubectl -n kube-system get pods -l k8s-app=kube-dns` shows it"};
  }
  if (contains(printed + words.executors, "UnknownHostException: " + service_name(followed.name))) {
    return Error{.message = "executors cannot reach the driver: its name `" + service_name(followed.name) + "` cannot be resolved",
                 .hint = "was that Service deleted, or does the cluster's DNS answer late? `kubernetes.inspect` looks at it; `spark.kubernetes.allocation.driver.readinessTimeout` in `conf` gives it more time, and from Spark 4.1 on, `spark.kubernetes.executor.useDriverPodIP` does without DNS"};
  }
  if (contains(words.executors, "Failed to connect to " + service_name(followed.name))) {
    return Error{.message = "executors cannot reach the driver: " + last_cause(words.executors), .hint = "does a NetworkPolicy keep Pods of `" + followed.space + "` from each other? driver and executors talk at the ports 7078 and 7079"};
  }
  if (contains(printed, "PYTHON_VERSION_MISMATCH") || contains(printed, "different version than that in driver") || contains(printed, "different minor version")) {
    return Error{.message = followed.application + ": driver and executors have different versions of Python", .hint = "both are to be of one image: look at `spark.kubernetes.*.container.image`, and at PYSPARK_PYTHON"};
  }
  if (contains(printed, "No such file or directory") && contains(printed, "can't open file")) {
    return Error{.message = line_with(printed, "can't open file"), .hint = "the image does not have it: `app` brings a script of this machine, `in_image` names one of the image"};
  }
  return std::nullopt;
}

std::string memory_hint(bool is_driver) {
  return is_driver ? "give `driver_memory` more; what Python and TensorFlow use lies beside Java's: `spark.driver.memoryOverhead` in `conf`"
                   : "what Python and TensorFlow use lies beside Java's memory: raise `spark.executor.memoryOverhead` in `conf`, or take fewer `cores`";
}

Error failed_container(const json& end, const FollowedApplication& followed, const JobWords& words) {
  const std::string& printed = words.driver;
  const int code = static_cast<int>(integer_at(end, {"exitCode"}));
  const std::string reason = text_in(end, "reason"), meaning = kubernetes::meaning_of_exit_code(code, reason);
  if (auto cause = known_cause(words, followed)) {
    cause->detail = without_noise(printed);
    return *cause;
  }
  engine::ProcessResult result{.exit_code = code};
  Error error = submit_failed({.name = followed.application, .report = text_in(end, "message"), .printed = printed, .requirements = "the image's requirements"}, result);
  const bool is_explained = parsed_json(text_in(end, "message")).contains("type");
  if (is_explained || meaning.empty()) return error;
  error.message = followed.application + ": the driver ended with " + kubernetes::exit_code_text(code, reason);
  if (code == 137 || code == 52 || reason == "OOMKilled") error.hint = memory_hint(true);
  return error;
}

std::string one_a_line(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

/// The driver's Pod was taken away, by whomever; none: it was not.
std::optional<Error> taken_away(const PodsSeen& pods, const FollowedApplication& followed) {
  const std::string shown = "the driver `" + driver_pod_name(followed.name) + "` was ", again = "a `retry` of the step starts it again";
  const std::string disruption = kubernetes::disruption_of(pods.driver);
  if (!disruption.empty()) return Error{.message = shown + disruption, .hint = again};
  if (!pods.is_driver_gone && !pods.driver.is_null() && !kubernetes::is_being_deleted(pods.driver)) return std::nullopt;
  return Error{.message = shown + "deleted while it ran", .hint = "by whom? `kubectl get events -n " + followed.space + "` may tell; " + again};
}

DriverEnd good_end(const PodsSeen& pods, const FollowedApplication& followed, const JobWords& words) {
  DriverEnd end;
  if (followed.from_start && pods.executors_seen == 0 && !followed.wanted_executors.empty() && followed.wanted_executors != "0") {
    end.warnings.push_back(followed.application + " ended well, but without a single executor: a master set in the script (`setMaster`, `.master(…)`) beats the cluster's, and all was done in the driver");
  }
  if (!pods.failures.empty()) end.warnings.push_back("executors failed, and others took their place:\n" + one_a_line(pods.failures));
  if (words.refused_executor) end.warnings.push_back("it ran with fewer executors than it wanted: " + words.refused_executor->message);
  return end;
}

}  // namespace

DriverEnd driver_end(const PodsSeen& pods, const FollowedApplication& followed, const JobWords& words) {
  const json last = terminated(pods.driver, driver_container);
  if (!last.is_null() && integer_at(last, {"exitCode"}) == 0 && text_at(pods.driver, {"status", "phase"}) != "Failed") return good_end(pods, followed, words);
  DriverEnd end;
  if ((end.failure = taken_away(pods, followed))) return end;
  if (last.is_null()) {
    end.failure = Error{.message = "the driver was taken off its node", .hint = "a `retry` of the step starts it again"};
    return end;
  }
  end.failure = failed_container(last, followed, words);
  if (pods.failures.empty()) return end;
  end.failure->detail += (end.failure->detail.empty() ? "" : "\n") + ("executors that failed:\n" + one_a_line(pods.failures));
  if (contains(one_a_line(pods.failures), "memory ran out") && end.failure->hint.empty()) end.failure->hint = memory_hint(false);
  return end;
}

}  // namespace sdlrun::stages::spark
