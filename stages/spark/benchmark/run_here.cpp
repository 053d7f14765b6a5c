#include <filesystem>

#include "stages/json/json_fields.hpp"
#include "stages/program/variables.hpp"
#include "stages/python/environment.hpp"
#include "stages/spark/benchmark/one_run.hpp"
#include "stages/spark/java.hpp"
#include "stages/spark/progress.hpp"
#include "stages/spark/run_submit.hpp"
#include "stages/spark/submit_command.hpp"
#include "stages/spark/submit_failure.hpp"

namespace sdlrun::stages::spark {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

/// The environment's Spark as a folder of links: executors write below SPARK_HOME, and the environment is not ours to write into.
Result<void> link_spark_home(const fs::path& home, const PythonEnvironment& python, const SubmitPlaces& places) {
  std::error_code code;
  fs::create_directories(home, code);
  for (fs::directory_iterator entry(python.site_packages() / "pyspark", code), end; !code && entry != end; entry.increment(code)) {
    const fs::path name = entry->path().filename();
    if (name != "conf" && name != "work") fs::create_symlink(entry->path(), home / name, code);
  }
  if (!code) fs::create_directory_symlink(places.configuration, home / "conf", code);
  if (code) return engine::failure("cannot lay out Spark in " + home.string() + ": " + code.message(), "has the environment a whole pyspark?");
  return {};
}

/// Each executor that was started has a folder: SPARK_HOME/work/APPLICATION/NUMBER.
bool had_executors(const fs::path& home) {
  std::error_code code;
  for (fs::directory_iterator application(home / "work", code), end; !code && application != end; application.increment(code)) {
    if (!fs::is_empty(application->path(), code)) return true;
  }
  return false;
}

/// Java's temporary files come to lie in the step's folder, for executors too.
engine::StageInputs with_executor_options(const engine::StageInputs& run, const SubmitPlaces& places) {
  constexpr const char* name = "spark.executor.extraJavaOptions";
  dsl::Fields conf = *run["conf"].as_fields(), fields = run.fields();
  std::string options = "\"-Djava.io.tmpdir=" + places.temporary.string() + "\" -XX:-UsePerfData";
  for (const auto& [each, value] : conf) {
    if (each == name) options += ' ' + dsl::plain_text(value);
  }
  std::erase_if(conf, [](const auto& each) { return each.first == name; });
  conf.emplace_back(name, dsl::Value::text(options));
  for (auto& [each, value] : fields) {
    if (each == "conf") value = dsl::Value::map(conf);
  }
  return engine::StageInputs(std::move(fields));
}

/// The script's own times, as our driver has written them; an application of Java has none.
RunTime time_of(engine::StageContext& context, const SubmitPlaces& places, engine::Milliseconds asked_at, std::chrono::nanoseconds whole) {
  const nlohmann::json report = parsed_json(context.world().files.read(places.report).value_or(""));
  const nlohmann::json began = value_at(report, {"began"}), seconds = value_at(report, {"seconds"});
  if (!began.is_number() || !seconds.is_number()) return {.seconds = std::chrono::duration<double>(whole).count()};
  return {.seconds = seconds.get<double>(), .start = std::max(0.0, began.get<double>() - std::chrono::duration<double>(asked_at).count())};
}

engine::Error failed_run(engine::StageContext& context, const engine::StageInputs& run, const SubmitPlaces& places, const std::string& requirements, const engine::ProcessResult& result) {
  return submit_failed({.name = application_name(run),
                        .report = context.world().files.read(places.report).value_or(""),
                        .printed = context.log_tail(200),
                        .requirements = requirements},
                       result);
}

}  // namespace

Result<void> check_run_here(const engine::StageContext& context, const engine::StageInputs& run) {
  if (auto fine = check_submit_inputs(run); !fine) return fine;
  const PythonEnvironment python = python_environment(run["python"]);
  if (python.package_version("pyspark").empty()) return engine::failure("the Python environment has no pyspark", "add it to " + python.requirements);
  const auto java = find_java(context.environment());
  if (!java) return tl::unexpected(java.error());
  return {};
}

Task<Result<RunEnd>> run_here(engine::StageContext& context, engine::StageInputs run, std::size_t number, std::string shown) {
  const fs::path folder = context.scratch_directory() / ("run-" + std::to_string(number)), work = folder / "work", home = folder / "spark-home";
  const SubmitPlaces places(folder);
  run = with_executor_options(run, places);
  const PythonEnvironment python = python_environment(run["python"]);
  const auto java = find_java(context.environment());
  if (!java) co_return tl::unexpected(java.error());
  std::error_code code;
  fs::create_directories(work, code);
  if (auto placed = place_application(run, places, work); !placed) co_return tl::unexpected(placed.error());
  if (auto linked = link_spark_home(home, python, places); !linked) co_return tl::unexpected(linked.error());
  const std::uint16_t port = free_port();
  engine::ProcessRequest request;
  request.directory = work;
  request.command = submit_command(run, python, places, port);
  request.environment = submit_environment(context.environment(), python, places, *java);
  set_variable(request.environment, "SPARK_HOME", home.string());
  const engine::Milliseconds asked_at = context.world().clock.wall();
  const std::chrono::nanoseconds began = context.world().clock.monotonic();
  Task<Result<engine::ProcessResult>> running = run_submit(context, std::move(request), port, std::move(shown));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) co_return tl::unexpected(failed_run(context, run, places, python.requirements, *result));
  if (!had_executors(home)) {
    co_return engine::failure("`" + application_name(run) + "` ended well, but without a single executor", "a master set in the script (`setMaster`, `.master(…)`) beats the cluster's, and all was done in the driver");
  }
  RunEnd end{.time = time_of(context, places, asked_at, context.world().clock.monotonic() - began)};
  fs::remove_all(folder, code);  // what is left over goes with the step's folder
  co_return end;
}

}  // namespace sdlrun::stages::spark
