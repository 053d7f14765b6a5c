// The objects that Spark's own submission to Kubernetes makes: the driver's Pod, the ConfigMap with its properties, and the
// headless Service by which executors reach it. Made here from values alone, without a JVM.
//
// After org.apache.spark.deploy.k8s.submit (KubernetesClientApplication and the feature steps) of Spark 3.5, 4.0 and 4.1; compared with
// what spark-submit posts in tests/kubernetes/spark_submit_objects. Where we differ, and why, stands in docs/kubernetes.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "stages/kubernetes/pods/trouble.hpp"
#include "stages/spark/kubernetes/properties.hpp"

namespace sdlrun::stages::spark {

struct Submission {
  std::string name = {};   // "sdl-0123456789abcdef0123-1": begins the names of all that is made
  std::string app = {};    // `spark.app.name`
  std::string space = {};  // the namespace
  std::string server = {};  // of the API, as this machine sees it
  std::string user = {};   // who submits
  std::string spark_version = {};  // "4.0.0"
  std::string image = {};
  std::string driver_account = {};
  std::string executor_account = {};
  /// The class to run; of a Python application PythonRunner.
  std::string main_class = {};
  bool is_python = false;
  std::string primary = {};  // "local:///opt/app/main.py", or the jar
  std::vector<std::string> args = {};
  std::vector<std::string> jars = {};
  std::vector<std::string> py_files = {};
  /// Sizes, and what else the user says. Names that decide what the cluster is are not among them.
  Properties conf = {};
  /// Files that lie beside the properties in /opt/spark/conf: name and bytes.
  std::vector<std::pair<std::string, std::string>> files = {};
  /// A Secret of variables for driver and executors: its name, and theirs. No name: none.
  std::string secret = {};
  std::vector<std::string> secret_variables = {};
  /// For the driver alone: a variable, and the Secret that has it under the same name.
  std::vector<std::pair<std::string, std::string>> driver_secrets = {};
  /// Plain ones for the driver alone.
  std::vector<std::pair<std::string, std::string>> driver_variables = {};
  std::int64_t submitted_at = 0;  // milliseconds since 1970
};

inline constexpr const char* python_runner = "org.apache.spark.deploy.PythonRunner";
inline constexpr const char* driver_container = "spark-kubernetes-driver";
inline constexpr const char* executor_container = "spark-kubernetes-executor";
/// Of the driver's Pod: the ConfigMap, also where spark-submit makes both.
inline constexpr const char* configuration_volume = "spark-conf-volume-driver";
/// Where the ConfigMap lies in the driver's container.
inline constexpr const char* configuration_folder = "/opt/spark/conf";

std::string application_id(const std::string& name);
/// Where users say what a job's Pods ask for.
kubernetes::PodSettings pod_settings();
std::string driver_pod_name(const std::string& name);
std::string configuration_name(const std::string& name);
std::string service_name(const std::string& name);

struct SubmissionObjects {
  nlohmann::json configuration = {};
  nlohmann::json service = {};
  nlohmann::json driver = {};
};

/// Names of Secrets with a registry's credentials, of `spark.kubernetes.container.image.pullSecrets`.
std::vector<std::string> pull_secrets(const Properties& conf);

/// The error names the property at fault.
engine::Result<SubmissionObjects> submission_objects(const Submission& submission);

/// All that stands in spark.properties.
Properties driver_properties(const Submission& submission);

}  // namespace sdlrun::stages::spark
