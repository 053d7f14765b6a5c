#include <filesystem>
#include <memory>

#include "stages/image/image_reference.hpp"
#include "stages/program/user_program.hpp"
#include "stages/python/environment.hpp"
#include "stages/spark/java.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/kubernetes/submit_on_cluster.hpp"
#include "stages/spark/progress.hpp"
#include "stages/spark/run_submit.hpp"
#include "stages/spark/spark_stages.hpp"
#include "stages/spark/submit_command.hpp"
#include "stages/spark/submit_failure.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

class SparkSubmit final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "app" && value.as<dsl::FileValue>() != nullptr) return "submit " + fs::path(dsl::plain_text(value)).filename().string() + " to Spark";
    }
    return "submit the application to Spark";
  }

  /// A job in a cluster; spark-submit on this machine ends with the run.
  bool starts_outside(const dsl::Fields& inputs) const override {
    for (const auto& [name, value] : inputs) {
      if (name == "cluster") return spark::is_on_kubernetes(value);
    }
    return false;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    if (spark::is_on_kubernetes(context.inputs()["cluster"])) {
      Task<Result<engine::StageOutputs>> submitting = spark::submit_on_cluster(context);
      co_return co_await submitting;
    }
    if (auto fine = check_submit_inputs(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const PythonEnvironment python = python_environment(context.inputs()["python"]);
    if (python.package_version("pyspark").empty()) co_return engine::failure("the Python environment has no pyspark", "add it to " + python.requirements);
    const auto java = find_java(context.environment());
    if (!java) co_return tl::unexpected(java.error());
    const SubmitPlaces places(context.scratch_directory());
    if (auto placed = place_application(context.inputs(), places, context.work_directory()); !placed) co_return tl::unexpected(placed.error());
    const std::uint16_t port = free_port();
    engine::ProcessRequest request;
    request.command = submit_command(context.inputs(), python, places, port);
    request.environment = submit_environment(context.environment(), python, places, *java);
    request.standard_output_file = standard_output_file(context);
    Task<Result<engine::ProcessResult>> watching = run_submit(context, std::move(request), port, "");
    const Result<engine::ProcessResult> result = co_await watching;
    if (!result) co_return tl::unexpected(result.error());
    if (result->success()) co_return engine::collect_declared_outputs(context, standard_output_file(context).value_or(""));
    const FailedApplication failed{.name = application_name(context.inputs()),
                                   .report = context.world().files.read(places.report).value_or(""),
                                   .printed = context.log_tail(200),
                                   .requirements = python.requirements};
    co_return tl::unexpected(submit_failed(failed, *result));
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("spark", "submit", "Runs an application on Spark, by spark-submit.")
          .doc("The environment's own Spark is used (the package pyspark brings it); Java 17 or newer is looked for in JAVA_HOME, on the PATH and "
               "below /usr/lib/jvm.\n\n"
               "A script runs in a folder of its own and leaves its outputs there: `$SDL_OUTPUT_<NAME>` is the path of each. While it runs, "
               "the terminal shows Spark's stages and tasks. When it raises, the step fails with the script's own error and traceback, in its "
               "own lines, also where the error happened in a worker. A driver that would live on after that, as Elephas's "
               "parameter servers make it, is ended.\n\n"
               "On Kubernetes (`spark.kubernetes`) the job runs in cluster mode, from an `image` that has Spark and what the script imports. What "
               "Spark's own submission makes is made without Java on this machine, under names that are derived from the step: a run that was "
               "killed is taken up where it was, and no job is submitted twice. The script and its `py_files` go with the job's ConfigMap, `files` and outputs by a Pod that keeps each content once for all jobs of the namespace "
               "(docs/kubernetes.md). The step fails as the driver's container does, and says why; what cannot start is given up after `start_timeout`, or at once where waiting does not help.")
          .example("step train = spark.submit {\n"
                   "  cluster = cluster.spark\n"
                   "  python = python.env\n"
                   "  app = \"train.py\"\n"
                   "  args = [\"--epochs\", \"3\"]\n"
                   "} outputs {\n"
                   "  model: file at \"model.keras\"\n"
                   "}")
          .input("cluster", "spark.cluster", "Where it runs: `spark.local` or `spark.kubernetes`.")
          .input("python", "python.environment?", "On this machine: an environment with pyspark and what the script imports.", "none")
          .input("image", std::string(image::reference_or_name) + '?', "On Kubernetes: the image, as `image.push` and `image.load` give it, or the name under which the nodes find it.", "none")
          .input("app", "file?", "The script; none: an application of `class`, or one `in_image`.", "none")
          .input("in_image", "string?", "On Kubernetes: the script's path in the image, in place of `app`.", "none")
          .input("class", "string?", "The main class of an application in Java or Scala.", "none")
          .input("jars", "[file]", "Jars; with `class`, the first is the application's.", "[]")
          .input("jars_in_image", "[string]", "On Kubernetes: their paths in the image.", "[]")
          .input("args", "[string | file | dir]", "The application's arguments.", "[]")
          .input("conf", "{string: string}", "Properties of Spark.", "{}")
          .input("py_files", "[file]", "Python files and archives that workers import.", "[]")
          .input("files", "[file | dir]", "Files and folders that the application finds in its folder, by their names.", "[]")
          .input("start_timeout", "duration", "On Kubernetes: how long driver and executors may wait for a place and an image.", "10m")
          .input("via", "enum(\"sdlrun\", \"spark_submit\")", "On Kubernetes: who submits the job. `spark_submit`: that of `python`'s pyspark, which needs Java on this machine; for Pod templates, and to compare.", "\"sdlrun\"")
          .input("on_interrupt", "enum(\"delete\", \"leave\")", "On Kubernetes: what becomes of the job when the run is interrupted; one that is left is taken up by the next run.", "\"delete\"")
          .takes_outputs_clause()
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> spark_submit_stage() { return std::make_unique<SparkSubmit>(); }

}  // namespace sdlrun::stages
