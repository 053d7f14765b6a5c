#include "stages/spark/submit_command.hpp"

#include <algorithm>
#include <fstream>
#include <initializer_list>

#include "stages/embedded.hpp"
#include "stages/program/user_program.hpp"
#include "stages/program/variables.hpp"
#include "stages/spark/kubernetes/properties.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;

namespace {

/// Spark's own lines are for its developers: what they warn of is kept, the rest is left out. Two warnings that come with
/// every run, and that nobody can do anything about, are silenced.
constexpr const char* logging = R"(rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.size.name = org.apache.spark.scheduler.TaskSetManager
logger.size.level = error
)";

Result<void> write_text(const fs::path& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  if (stream) return {};
  return engine::failure("cannot write " + path.string(), "is the disk full?");
}

void add_list(std::vector<std::string>& command, const std::string& option, const std::vector<std::string>& values) {
  if (values.empty()) return;
  command.push_back(option);
  command.push_back(spark::comma_list(values));
}

/// `files` by the names that they get in the step's folder.
dsl::Fields placed_files(const engine::StageInputs& inputs) {
  dsl::Fields files;
  if (const dsl::List* list = inputs["files"].as_list()) {
    for (const dsl::Value& file : *list) files.emplace_back(fs::path(dsl::plain_text(file)).filename().string(), file);
  }
  return files;
}

Result<void> check_lists(const engine::StageInputs& inputs) {
  for (const char* input : {"jars", "py_files", "files"}) {
    for (const std::string& path : inputs.texts(input)) {
      if (path.find(',') != std::string::npos) {
        return engine::failure("`" + path + "` in `" + input + "` has a comma in its path, at which spark-submit splits it", "rename it");
      }
    }
  }
  const dsl::Fields files = placed_files(inputs);
  for (auto file = files.begin(); file != files.end(); ++file) {
    const bool again = std::any_of(file + 1, files.end(), [&](const auto& other) { return other.first == file->first; });
    const bool is_application = inputs.has("app") && file->first == application_name(inputs);
    if (again || is_application) {
      return engine::failure("two files of the step are called `" + file->first + "`, and both go into its folder", "rename one of them");
    }
  }
  return {};
}

std::string mebibytes_text(const dsl::Value& memory) { return std::to_string(std::max<std::int64_t>(1, memory.as<dsl::Size>()->bytes >> 20)) + "m"; }

void add_properties(std::vector<std::string>& command, const engine::StageInputs& inputs, const SubmitPlaces& places, std::uint16_t ui_port) {
  const auto add = [&](const std::string& name, const std::string& value) { command.insert(command.end(), {"--conf", name + "=" + value}); };
  if (ui_port != 0) add("spark.ui.port", std::to_string(ui_port));
  add("spark.ui.showConsoleProgress", "false");
  add("spark.driver.host", "127.0.0.1");
  // Else Java leaves files in /tmp, which nobody removes after a kill.
  std::string options = "\"-Djava.io.tmpdir=" + places.temporary.string() + "\" -XX:-UsePerfData";
  for (const auto& [name, value] : *inputs["conf"].as_fields()) {
    if (name == "spark.driver.extraJavaOptions") options += " " + dsl::plain_text(value);
    else add(name, dsl::plain_text(value));
  }
  command.insert(command.end(), {"--driver-java-options", options});
}

}  // namespace

Result<void> check_properties(const dsl::Fields& properties, const std::string& where) {
  for (const auto& [name, value] : properties) {
    if (name == "spark.master" || name == "spark.submit.deployMode" || name == "spark.remote") {
      return engine::failure("`conf` sets `" + name + "`, which the cluster of the step decides", "take it out, or give another `cluster`");
    }
    if (name == "spark.driver.memory") {
      return engine::failure("`conf` sets `" + name + "`, which the cluster of the step decides", "give " + where + " its memory");
    }
    if (!name.starts_with("spark.")) {
      return engine::failure("`" + name + "` in `conf` is no property of Spark: their names begin with `spark.`",
                             "Hadoop's own are written `spark.hadoop." + name + "`");
    }
  }
  return {};
}

std::string spark_logging() { return logging; }

SubmitPlaces::SubmitPlaces(const fs::path& scratch_directory)
    : driver(scratch_directory / "spark" / "driver.py"),
      report(scratch_directory / "spark" / "report.json"),
      configuration(scratch_directory / "spark" / "conf"),
      temporary(scratch_directory / "spark" / "tmp") {}

std::string application_name(const engine::StageInputs& inputs) {
  return inputs.has("class") ? inputs.text("class") : fs::path(inputs.text("app")).filename().string();
}

Result<void> check_submit_inputs(const engine::StageInputs& inputs) {
  for (const char* name : {"image", "in_image"}) {
    if (inputs.has(name)) return engine::failure("`" + std::string(name) + "` is for jobs on Kubernetes, and this cluster is this machine", "take it out, or give the step a cluster of `spark.kubernetes`");
  }
  if (!inputs.has("python")) return engine::failure("on this machine a job needs `python`, an environment with pyspark", "`python.venv` makes one");
  const bool has_class = inputs.has("class");
  if (inputs.has("app") == has_class) {
    return engine::failure(has_class ? "both `app` and `class` are given" : "neither `app` nor `class` is given",
                           "give a script as `app`, or a `class` with the `jars` it is in");
  }
  if (has_class && inputs.texts("jars").empty()) return engine::failure("`class` needs `jars`", "the first jar is the application's");
  if (auto fine = check_properties(*inputs["conf"].as_fields(), "`spark.local`"); !fine) return fine;
  return check_lists(inputs);
}

Result<void> place_application(const engine::StageInputs& inputs, const SubmitPlaces& places, const fs::path& folder) {
  std::error_code code;
  fs::create_directories(places.configuration, code);
  fs::create_directories(places.temporary, code);
  for (const char* name : {"driver.py", "driver_error.py"}) {
    const std::string program = embedded(std::string("spark/") + name);
    if (auto written = write_text(places.driver.parent_path() / name, program); !written) return written;
  }
  if (auto written = write_text(places.configuration / "log4j2.properties", logging); !written) return written;
  dsl::Fields files = placed_files(inputs);
  if (inputs.has("app")) files.emplace_back(application_name(inputs), inputs["app"]);
  return place_files(folder, dsl::Value::map(std::move(files)));
}

std::vector<std::string> submit_command(const engine::StageInputs& inputs, const PythonEnvironment& python, const SubmitPlaces& places,
                                        std::uint16_t ui_port) {
  const dsl::Value& cluster = inputs["cluster"];
  std::vector<std::string> command = {(python.folder / "bin" / "spark-submit").string(), "--master", dsl::plain_text(*cluster.find("master")),
                                      "--driver-memory", mebibytes_text(*cluster.find("memory")), "--name", application_name(inputs)};
  add_properties(command, inputs, places, ui_port);
  add_list(command, "--py-files", inputs.texts("py_files"));
  std::vector<std::string> files;  // Spark hands single files to workers elsewhere; folders lie in the step's folder only
  for (const auto& [name, value] : placed_files(inputs)) {
    if (value.as<dsl::FileValue>() != nullptr) files.push_back(dsl::plain_text(value));
  }
  add_list(command, "--files", files);
  std::vector<std::string> jars = inputs.texts("jars");
  if (inputs.has("class")) {
    const std::string application = jars.front();
    jars.erase(jars.begin());
    add_list(command, "--jars", jars);
    command.insert(command.end(), {"--class", inputs.text("class"), application});
  } else {
    add_list(command, "--jars", jars);
    command.insert(command.end(), {places.driver.string(), places.report.string(), application_name(inputs)});
  }
  for (std::string& argument : inputs.texts("args")) command.push_back(std::move(argument));
  return command;
}

engine::Environment submit_environment(engine::Environment environment, const PythonEnvironment& python, const SubmitPlaces& places,
                                       const fs::path& java) {
  environment = activated(std::move(environment), python);
  const auto set_default = [&](const std::string& name, const std::string& value) {
    if (variable(environment, name).empty()) set_variable(environment, name, value);
  };
  set_variable(environment, "JAVA_HOME", java.string());
  set_variable(environment, "SPARK_HOME", (python.site_packages() / "pyspark").string());
  set_variable(environment, "SPARK_CONF_DIR", places.configuration.string());
  set_variable(environment, "SPARK_LOCAL_DIRS", places.temporary.string());
  set_variable(environment, "PYSPARK_PYTHON", python.interpreter().string());
  set_variable(environment, "PYSPARK_DRIVER_PYTHON", python.interpreter().string());
  // Everything is on this machine: names and addresses of its network do not matter, and may not even resolve.
  set_variable(environment, "SPARK_LOCAL_IP", "127.0.0.1");
  // Libraries that would write into the user's home.
  set_default("MPLCONFIGDIR", (places.temporary / "matplotlib").string());
  set_default("KERAS_HOME", (places.temporary / "keras").string());
  set_default("MPLBACKEND", "Agg");
  set_default("TF_CPP_MIN_LOG_LEVEL", "2");
  return environment;
}

}  // namespace sdlrun::stages
