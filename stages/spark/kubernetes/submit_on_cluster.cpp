#include "stages/spark/kubernetes/submit_on_cluster.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "stages/embedded.hpp"
#include "stages/image/image_reference.hpp"
#include "stages/program/user_program.hpp"
#include "stages/program/variables.hpp"
#include "stages/python/environment.hpp"
#include "stages/spark/java.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/kubernetes/driver_job.hpp"
#include "stages/spark/submit_command.hpp"

namespace sdlrun::stages::spark {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

/// A ConfigMap holds 1 MiB in all, and base64 takes a third more.
constexpr std::size_t largest_configuration = 700 * 1024;

/// What is said elsewhere, or wants more than the API can give.
Result<void> check_conf(const Properties& conf, bool is_by_spark) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> refused{
      {{"spark.kubernetes.namespace", "`namespace` of `spark.kubernetes` says it"},
       {"spark.kubernetes.container.image", "`image` of the step says it"},
       {"spark.kubernetes.driver.pod.name", "names are derived from the step, so that it is found again"},
       {"spark.kubernetes.executor.podNamePrefix", "names are derived from the step, so that it is found again"},
       {"spark.kubernetes.authenticate.driver.serviceAccountName", "`spark.kubernetes` makes the accounts"},
       {"spark.kubernetes.authenticate.executor.serviceAccountName", "`spark.kubernetes` makes the accounts"},
       {"spark.kubernetes.driver.podTemplateFile", "only spark-submit itself reads templates: `via = \"spark_submit\"`"},
       {"spark.kubernetes.executor.podTemplateFile", "only spark-submit itself reads templates: `via = \"spark_submit\"`"},
       {"spark.kubernetes.file.upload.path", "files come by `files`, `py_files` and `app`"},
       {"spark.driver.host", "in cluster mode it is the driver's service"},
       {"spark.driver.bindAddress", "in cluster mode it is the Pod's address"},
       {"spark.app.id", "it is derived from the step"}}};
  for (const auto& [name, hint] : refused) {
    if (is_by_spark && name.ends_with(".podTemplateFile")) continue;
    if (conf.contains(std::string(name))) return engine::failure("`conf` sets `" + std::string(name) + "`, which cannot be set here", std::string(hint));
  }
  return {};
}

Result<void> check_application(const engine::StageInputs& inputs) {
  if (!inputs.has("image")) return engine::failure("on Kubernetes a job needs an `image`, with Spark and what the script imports in it", "`image.build` makes one, `image.push` brings it to where the cluster finds it");
  const int applications = (inputs.has("app") ? 1 : 0) + (inputs.has("in_image") ? 1 : 0) + (inputs.has("class") ? 1 : 0);
  if (applications != 1) return engine::failure("of `app`, `in_image` and `class` one is to be given", "`app` is a script of this machine, `in_image` one of the image, `class` one of Java");
  if (inputs.has("in_image") && !inputs.text("in_image").starts_with('/')) return engine::failure("`in_image` is `" + inputs.text("in_image") + "`, which does not begin with a slash", "it is a path in the image, such as \"/opt/app/main.py\"");
  if (!inputs.texts("jars").empty()) {
    return engine::failure("on Kubernetes jars come in the image", "put them there by `files` of `image.build`, and name them in `jars_in_image`");
  }
  if (inputs.has("class") && inputs.texts("jars_in_image").empty()) return engine::failure("`class` needs `jars_in_image`", "the first jar is the application's: its path in the image");
  if (inputs.text("via") == "spark_submit" && !inputs.texts("py_files").empty()) {
    return engine::failure("by spark-submit `py_files` come in the image", "put them where its Python looks; or let sdlrun submit the job");
  }
  return {};
}

/// The Spark of the step's Python environment.
Result<SparkHere> spark_here(const engine::StageContext& context, const kubernetes::KubeContext& cluster) {
  if (!context.inputs().has("python")) return engine::failure("`via = \"spark_submit\"` needs `python`, an environment with pyspark: its spark-submit is run", "`python.venv` makes one; or let sdlrun submit the job");
  const PythonEnvironment python = python_environment(context.inputs()["python"]);
  if (python.package_version("pyspark").empty()) return engine::failure("the Python environment has no pyspark", "add it to " + python.requirements);
  if (!cluster.impersonated.empty()) return engine::failure("the context `" + cluster.name + "` acts for `" + cluster.impersonated + "`, which spark-submit cannot", "take another context; or let sdlrun submit the job");
  auto java = find_java(context.environment());
  if (!java) return tl::unexpected(java.error());
  return SparkHere{.home = python.site_packages() / "pyspark", .program = python.folder / "bin" / "spark-submit", .java = std::move(*java)};
}

std::string application_of(const engine::StageInputs& inputs) {
  if (inputs.has("class")) return inputs.text("class");
  return fs::path(inputs.text(inputs.has("app") ? "app" : "in_image")).filename().string();
}

std::string user_name(const engine::Environment& environment) {
  const std::string name = variable(environment, "USER");
  return name.empty() ? (::getuid() == 0 ? "root" : "user" + std::to_string(::getuid())) : name;
}

/// A key of a ConfigMap.
bool is_key(const std::string& name) {
  return !name.empty() && name.size() < 250 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos && !name.starts_with("..");
}

/// Files that come as part of the ConfigMap: the script, what it imports, and our own driver.
class Configuration {
 public:
  Configuration(engine::StageContext& context, Submission& submission) : context_(context), submission_(submission) {}

  /// Gives the path that the file has in the driver's container.
  Result<std::string> add_file(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    auto content = context_.world().files.read(path);
    if (!content) return tl::unexpected(content.error());
    if (!is_key(name)) return engine::failure("`" + name + "` is no name that a file may have on Kubernetes", "letters, digits, `-`, `_` and `.` are: rename it");
    const bool is_twice = std::any_of(submission_.files.begin(), submission_.files.end(), [&](const auto& file) { return file.first == name; });
    if (is_twice) return engine::failure("two files of the step are called `" + name + "`", "rename one of them");
    return add(name, std::move(*content));
  }
  Result<std::string> add(const std::string& name, std::string content) {
    size_ += content.size();
    if (size_ > largest_configuration) return engine::failure("the script and its `py_files` are larger than 700 KiB", "put them into the image: `in_image` names a script there, and what lies on its PYTHONPATH can be imported");
    submission_.files.emplace_back(name, std::move(content));
    return std::string(configuration_folder) + '/' + name;
  }

 private:
  engine::StageContext& context_;
  Submission& submission_;
  std::size_t size_ = 0;
};

Result<void> add_application(engine::StageContext& context, const engine::StageInputs& inputs, JobDescription& job) {
  Submission& submission = job.submission;
  Configuration configuration(context, submission);
  static_cast<void>(configuration.add("log4j2.properties", spark_logging()));
  for (const std::string& jar : inputs.texts("jars_in_image")) submission.jars.push_back("local://" + jar);
  if (inputs.has("class")) {
    submission.main_class = inputs.text("class");
    submission.primary = submission.jars.front();
  } else {
    submission.main_class = python_runner;
    submission.is_python = true;
    submission.primary = "local://" + std::string(configuration_folder) + "/cluster_driver.py";
    for (const auto& [name, source] : {std::pair("cluster_driver.py", "spark/kubernetes/cluster_driver.py"), std::pair("driver.py", "spark/driver.py"), std::pair("driver_error.py", "spark/driver_error.py")}) {
      static_cast<void>(configuration.add(name, embedded(source)));
    }
    if (job.files.needs_store()) static_cast<void>(configuration.add("sdlrun_carry.py", embedded("kubernetes/artifacts/carry.py")));
    auto script = inputs.has("app") ? configuration.add_file(inputs.text("app")) : Result<std::string>(inputs.text("in_image"));
    if (!script) return tl::unexpected(script.error());
    submission.args.push_back(std::move(*script));
  }
  for (const std::string& file : inputs.texts("py_files")) {
    auto path = configuration.add_file(file);
    if (!path) return tl::unexpected(path.error());
    submission.py_files.push_back("file://" + *path);
  }
  for (const std::string& argument : inputs.texts("args")) submission.args.push_back(argument);
  return {};
}

Result<void> add_files(engine::StageContext& context, const engine::StageInputs& inputs, JobDescription& job) {
  kubernetes::JobFiles& files = job.files;
  bool prints_outputs = false;
  for (const dsl::NodeOutput& output : context.declared_outputs()) {
    if (output.source == dsl::OutputSource::path) files.outputs.push_back(output.path);
    else prints_outputs = true;
  }
  for (const dsl::Value& value : *inputs["files"].as_list()) {
    const std::string path = dsl::plain_text(value);
    const auto* file = value.as<dsl::FileValue>();
    auto entries = kubernetes::carried_entries(context.world().files, path, kubernetes::work_beginning + fs::path(path).filename().string(), file == nullptr ? "" : file->digest);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    files.inputs.insert(files.inputs.end(), entries->begin(), entries->end());
  }
  if (inputs.has("class") && files.needs_store()) {
    return engine::failure("an application of Java has neither `files` nor outputs at a path on Kubernetes", "let it read from and write to a volume or an object store; outputs `at stdout` are taken from its log");
  }
  // What is printed comes by the log where there is no other reason for a store: that is quicker.
  files.wants_printed = files.needs_store() && prints_outputs;
  job.submission.driver_variables = engine::output_environment(context.declared_outputs(), "");  // the script runs in the folder
  return {};
}

}  // namespace

Result<void> check_job_inputs(const engine::StageInputs& inputs) {
  if (auto fine = check_application(inputs); !fine) return fine;
  return check_properties(*inputs["conf"].as_fields(), "`spark.kubernetes`");
}

Result<JobDescription> job_of(engine::StageContext& context, const engine::StageInputs& inputs, const kubernetes::Client& client) {
  const KubernetesCluster cluster = cluster_in(inputs["cluster"]);
  JobDescription job{.keep_seconds = cluster.keep_seconds, .store_bytes = cluster.store_bytes, .application = application_of(inputs)};
  job.submission = {.app = context.step_name(),
                    .space = cluster.space,
                    .server = client.context().server,
                    .user = user_name(context.environment()),
                    .spark_version = cluster.spark_version,
                    .image = image::referred_name(inputs["image"]),
                    .driver_account = cluster.driver_account,
                    .executor_account = cluster.executor_account,
                    .conf = cluster.sizes,
                    .submitted_at = context.world().clock.wall().count()};
  for (const auto& [name, value] : *inputs["conf"].as_fields()) job.submission.conf[name] = dsl::plain_text(value);
  const bool by_spark = inputs.text("via") == "spark_submit";
  if (auto fine = check_conf(job.submission.conf, by_spark); !fine) return tl::unexpected(fine.error());
  if (auto added = add_files(context, inputs, job); !added) return tl::unexpected(added.error());
  if (auto added = add_application(context, inputs, job); !added) return tl::unexpected(added.error());
  if (by_spark) {
    auto spark = spark_here(context, client.context());
    if (!spark) return tl::unexpected(spark.error());
    job.spark_submit = std::move(*spark);
  }
  job.variables = context.declared_environment();
  job.when_stopped = inputs.text("on_interrupt") == "leave" ? engine::WhenStopped::leave : engine::WhenStopped::remove;
  job.start_timeout = engine::Milliseconds(inputs["start_timeout"].as<dsl::Duration>()->milliseconds);
  if (const auto file = standard_output_file(context)) job.standard_output = *file;
  return job;
}

Task<Result<engine::StageOutputs>> submit_on_cluster(engine::StageContext& context) {
  if (auto fine = check_job_inputs(context.inputs()); !fine) co_return tl::unexpected(fine.error());
  kubernetes::ClusterPlace place = cluster_in(context.inputs()["cluster"]).place;
  Task<Result<std::shared_ptr<kubernetes::Client>>> opening = kubernetes::Client::open(context, std::move(place));
  const auto client = co_await opening;
  if (!client) co_return tl::unexpected(client.error());
  auto job = job_of(context, context.inputs(), **client);
  if (!job) co_return tl::unexpected(job.error());
  DriverJob driver(**client, std::move(*job));
  Task<Result<std::string>> doing = context.outside(driver);
  const Result<std::string> name = co_await doing;
  if (!name) co_return tl::unexpected(name.error());
  co_return engine::collect_declared_outputs(context, standard_output_file(context).value_or(""));
}

}  // namespace sdlrun::stages::spark
