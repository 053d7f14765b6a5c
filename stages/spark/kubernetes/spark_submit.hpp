// The original spark-submit, in cluster mode, in place of our own submission: the Pod has the same name and holds the same, so that all after it is alike.
#pragma once

#include <filesystem>
#include <string>

#include "stages/kubernetes/api/client.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

/// Spark on this machine.
struct SparkHere {
  std::filesystem::path home = {};     // with jars/ in it
  std::filesystem::path program = {};  // spark-submit
  std::filesystem::path java = {};     // for JAVA_HOME
};

/// What spark-submit is told; it makes the rest itself. Also of a submission that has files: they lie in its folder of configuration, from where it
/// takes them into the driver's ConfigMap.
Properties spark_submit_properties(const Submission& submission);

/// Runs it until the driver's Pod and what belongs to it is made. Who we are is given to it as a kubeconfig in the step's scratch folder.
engine::Task<engine::Result<engine::ProcessResult>> run_spark_submit(kubernetes::Client& client, SparkHere spark, Submission submission);

}  // namespace sdlrun::stages::spark
