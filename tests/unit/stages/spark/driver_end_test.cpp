// What is said of a driver's end, by what its Pods and the logs tell. What Pods look like was seen on a real cluster (tests/kubernetes/faults_test.py).
#include "stages/spark/kubernetes/driver_end.hpp"

#include <doctest/doctest.h>

#include "stages/spark/kubernetes/executor_words.hpp"
#include "stages/spark/kubernetes/submission.hpp"
#include "tests/unit/contains.hpp"

namespace sdlrun::stages::spark {

namespace {

using nlohmann::json;

const FollowedApplication job{.name = "sdl-1", .space = "jobs", .application = "main.py", .wanted_executors = "2"};

json pod(const std::string& name, const std::string& role, int exit_code) {
  const std::string container(role == "driver" ? driver_container : executor_container);
  return {{"metadata", {{"name", name}, {"labels", {{"spark-role", role}}}}},
          {"status", {{"phase", exit_code == 0 ? "Succeeded" : "Failed"}, {"containerStatuses", json::array({{{"name", container}, {"state", {{"terminated", {{"exitCode", exit_code}}}}}}})}}}};
}

json running(const std::string& name) { return {{"metadata", {{"name", name}, {"labels", {{"spark-role", "executor"}}}}}, {"status", {{"phase", "Running"}}}}; }

std::string message_of(const ApplicationPods& pods, const JobWords& words = {}) {
  const DriverEnd end = driver_end(pods.now(), job, words);
  return end.failure ? end.failure->message : "";
}

}  // namespace

TEST_CASE("who took a driver away is said") {
  ApplicationPods pods(true);
  json driver = pod("sdl-1-driver", "driver", 143);
  pods.changed(driver, false);
  CHECK(message_of(pods) == "main.py: the driver ended with exit code 143: asked to end (SIGTERM): deleted, evicted, or its node was drained");
  pods.changed(driver, true);
  CHECK(message_of(pods) == "the driver `sdl-1-driver` was deleted while it ran");
  driver["status"]["conditions"] = json::array({{{"type", "DisruptionTarget"}, {"status", "True"}, {"reason", "PreemptionByScheduler"}}});
  pods.changed(driver, true);
  CHECK(message_of(pods) == "the driver `sdl-1-driver` was evicted for a Pod of higher priority");
  driver["status"]["conditions"][0]["reason"] = "TerminationByKubelet";
  driver["status"]["reason"] = "Evicted";
  driver["status"]["message"] = "The node was low on resource: memory.";
  pods.changed(driver, false);
  CHECK(message_of(pods) == "the driver `sdl-1-driver` was evicted by its node: The node was low on resource: memory.");
}

TEST_CASE("a driver that was deleted after it had done its work has done it") {
  ApplicationPods pods(true);
  pods.changed(pod("sdl-1-driver", "driver", 0), true);
  CHECK(message_of(pods).empty());
}

TEST_CASE("executors that others replace are told as a warning, those that the driver takes away are not") {
  for (const bool replaces : {true, false}) {
    ApplicationPods pods(replaces);
    pods.listed(json::array({running("sdl-1-exec-1"), running("sdl-1-exec-2")}));
    pods.changed(pod("sdl-1-exec-1", "executor", 137), false);
    pods.changed(running("sdl-1-exec-2"), true);
    CHECK(pods.now().failures.size() == 1);  // no other has come yet
    pods.changed(running("sdl-1-exec-3"), false);
    CHECK(pods.now().failures.size() == (replaces ? 2 : 1));  // with dynamic allocation executors come and go
    pods.changed(running("sdl-1-exec-3"), true);
    pods.changed(pod("sdl-1-driver", "driver", 0), false);
    const DriverEnd end = driver_end(pods.now(), job, {});
    REQUIRE(end.warnings.size() == 1);
    CHECK(contains(end.warnings[0], "sdl-1-exec-1: exit code 137: killed (SIGKILL)"));
    CHECK(contains(end.warnings[0], "sdl-1-exec-2: deleted while the job ran") == replaces);
    CHECK_FALSE(contains(end.warnings[0], "exec-3"));
  }
}

TEST_CASE("a list that has forgotten what was there means that it has gone") {
  ApplicationPods pods(true);
  pods.listed(json::array({pod("sdl-1-driver", "driver", 1)}));
  pods.listed(json::array());
  CHECK(pods.is_done());
  CHECK(pods.now().is_driver_gone);
}

TEST_CASE("what executors say explains why the driver has failed") {
  ApplicationPods pods(true);
  pods.changed(pod("sdl-1-driver", "driver", 1), false);
  const std::string refused = "Caused by: org.apache.spark.SparkException: Exception thrown in awaitResult\nCaused by: java.io.IOException: Failed to connect to sdl-1-driver-svc.jobs.svc/10.91.0.5:7078\n"
                              "Caused by: io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: sdl-1-driver-svc.jobs.svc/10.91.0.5:7078\n";
  CHECK(message_of(pods, {.executors = refused}) == "executors cannot reach the driver: AbstractChannel$AnnotatedConnectException: Connection refused: sdl-1-driver-svc.jobs.svc/10.91.0.5:7078");
  CHECK(contains(message_of(pods, {.executors = "Caused by: java.net.UnknownHostException: sdl-1-driver-svc.jobs.svc\n"}), "its name `sdl-1-driver-svc` cannot be resolved"));
  CHECK(contains(message_of(pods, {.driver = "[PYTHON_VERSION_MISMATCH] Python in worker has different version"}), "different versions of Python"));
}

TEST_CASE("a refusal that the driver was told is read from its log") {
  const std::string line = "io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://kubernetes.default.svc/api/v1/namespaces/jobs/pods. Message: "
                           "pods \"sdl-1-exec-1\" is forbidden: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1. Received status: Status(apiVersion=v1, code=403)";
  const auto error = refused_executor(line);
  REQUIRE(error);
  CHECK(error->message == "cannot make executors: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1");
  CHECK(contains(error->hint, "ResourceQuota leaves no room"));
  CHECK_FALSE(refused_executor("Failure executing: DELETE at: https://kubernetes.default.svc/api/v1/namespaces/jobs/pods. Message: no"));
  CHECK_FALSE(refused_executor("a line"));
}

}  // namespace sdlrun::stages::spark
