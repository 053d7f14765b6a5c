#include "stages/spark/kubernetes/spark_submit.hpp"

#include <array>

#include "stages/program/variables.hpp"

namespace sdlrun::stages::spark {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

/// What it reads of the environment, and would hand on to the job.
bool is_about_spark(const std::string& name) {
  for (const char* beginning : {"SPARK_", "PYSPARK_", "HADOOP_", "SDL_OUTPUT_"}) {
    if (name.starts_with(beginning)) return true;
  }
  return false;
}

engine::Environment environment_for(const engine::Environment& given, const SparkHere& spark, const fs::path& folder) {
  engine::Environment environment;
  for (const auto& variable : given) {
    if (!is_about_spark(variable.first)) environment.push_back(variable);
  }
  for (const auto& [name, value] : {std::pair("JAVA_HOME", spark.java.string()), std::pair("SPARK_HOME", spark.home.string()), std::pair("SPARK_CONF_DIR", (folder / "conf").string()),
                                    std::pair("KUBECONFIG", (folder / "kubeconfig").string()), std::pair("SPARK_SUBMIT_OPTS", "-Djava.io.tmpdir=" + folder.string() + " -XX:-UsePerfData")}) {
    set_variable(environment, name, value);
  }
  return environment;
}

Result<void> write_files(kubernetes::Client& client, const Submission& submission, const fs::path& folder) {
  engine::Files& files = client.step().world().files;
  std::vector<std::pair<fs::path, std::string>> all{{folder / "spark.properties", properties_text(spark_submit_properties(submission))}};
  for (const auto& [name, bytes] : submission.files) all.emplace_back(folder / "conf" / name, bytes);
  if (auto made = files.make_directories(folder / "conf"); !made) return made;
  for (const auto& [path, text] : all) {
    if (auto written = files.write(path, text); !written) return written;
  }
  const auto kept = files.write_private(folder / "kubeconfig", client.kubeconfig());
  return kept ? Result<void>() : tl::unexpected(kept.error());
}

}  // namespace

Properties spark_submit_properties(const Submission& submission) {
  Properties all = driver_properties(submission);
  // What it decides itself, and partly refuses to be told.
  for (const char* own : {"spark.master", "spark.submit.deployMode", "spark.app.id", "spark.app.submitTime", "spark.driver.host", "spark.driver.port", "spark.driver.blockManager.port", "spark.kubernetes.submitInDriver",
                          "spark.kubernetes.resource.type", "spark.submit.pyFiles", "spark.jars"}) {
    all.erase(own);
  }
  all["spark.kubernetes.submission.waitAppCompletion"] = "false";
  all["spark.kubernetes.driver.label.app.kubernetes.io/managed-by"] = "sdlrun";
  for (const auto& [name, value] : submission.driver_variables) all["spark.kubernetes.driverEnv." + name] = value;
  for (const std::string& name : submission.secret_variables) all["spark.kubernetes.driver.secretKeyRef." + name] = submission.secret + ':' + name;
  for (const auto& [name, secret] : submission.driver_secrets) all["spark.kubernetes.driver.secretKeyRef." + name] = secret + ':' + name;
  return all;
}

Task<Result<engine::ProcessResult>> run_spark_submit(kubernetes::Client& client, SparkHere spark, Submission submission) {
  const fs::path folder = client.step().scratch_directory() / "spark-submit";
  if (auto written = write_files(client, submission, folder); !written) co_return tl::unexpected(written.error());
  engine::ProcessRequest request{.command = {spark.program.string(), "--master", "k8s://" + submission.server, "--deploy-mode", "cluster", "--name", submission.app, "--properties-file", (folder / "spark.properties").string()},
                                 .directory = folder,
                                 .environment = environment_for(client.step().environment(), spark, folder)};
  std::vector<std::string>& command = request.command;
  if (!submission.is_python) command.insert(command.end(), {"--class", submission.main_class});
  if (submission.jars.size() > 1) command.insert(command.end(), {"--jars", comma_list({submission.jars.begin() + 1, submission.jars.end()})});
  command.push_back(submission.primary);
  command.insert(command.end(), submission.args.begin(), submission.args.end());
  Task<Result<engine::ProcessResult>> running = client.step().run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  static_cast<void>(client.step().world().files.remove(folder / "kubeconfig"));
  co_return result;
}

}  // namespace sdlrun::stages::spark
