// The objects of our own submission beside those that the real spark-submit made, as tests/kubernetes/spark_submit_objects has them.
#include "stages/spark/kubernetes/submission.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::spark {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// From the project's folder, where ctest runs this.
const fs::path recordings = "tests/kubernetes/spark_submit_objects";
constexpr const char* name = "sdl-0123456789abcdef0123-1";

struct Recording {
  std::vector<std::string> command;
  json driver, configuration, service;

  explicit Recording(const fs::path& file) {
    std::ifstream stream(file);
    const json whole = json::parse(stream);
    command = whole["command"].get<std::vector<std::string>>();
    for (const json& sent : whole["sent"]) {
      const json& object = sent["object"];
      if (object["kind"] == "Pod") driver = object;
      if (object["kind"] == "ConfigMap") configuration = object;
      if (object["kind"] == "Service") service = object;
    }
  }
};

/// The command's words, as our stage would have them.
Submission submission_of(const Recording& recording, const std::string& version) {
  Submission submission{.name = name, .space = "jobs", .user = "tester", .spark_version = version, .submitted_at = 0};
  auto word = recording.command.begin() + 1;
  for (; word != recording.command.end() && word->starts_with("--"); word += 2) {
    const std::string value = *(word + 1);
    if (*word == "--master") submission.server = value.substr(std::string("k8s://").size());
    if (*word == "--name") submission.app = value;
    if (*word == "--class") submission.main_class = value;
    if (*word == "--py-files") submission.py_files = {value};
    if (*word == "--driver-memory") submission.conf["spark.driver.memory"] = value;
    if (*word == "--executor-memory") submission.conf["spark.executor.memory"] = value;
    if (*word == "--executor-cores") submission.conf["spark.executor.cores"] = value;
    if (*word == "--num-executors") submission.conf["spark.executor.instances"] = value;
    if (*word == "--driver-cores") submission.conf["spark.driver.cores"] = value;
    if (*word == "--conf") submission.conf[value.substr(0, value.find('='))] = value.substr(value.find('=') + 1);
  }
  submission.primary = *word++;
  submission.args.assign(word, recording.command.end());
  submission.is_python = submission.primary.ends_with(".py");
  if (submission.is_python) submission.main_class = python_runner;
  else submission.jars = {submission.primary};
  const auto take = [&](const char* property) {
    const std::string value = submission.conf[property];
    submission.conf.erase(property);
    return value;
  };
  submission.image = take("spark.kubernetes.container.image");
  submission.driver_account = take("spark.kubernetes.authenticate.driver.serviceAccountName");
  submission.executor_account = take("spark.kubernetes.authenticate.executor.serviceAccountName");
  take("spark.kubernetes.namespace");
  return submission;
}

/// Lists whose order means nothing, by their entries' names; fields that the API server fills in are left out.
json compared(json object) {
  json& spec = object["spec"];
  if (object["kind"] == "Pod") {
    for (const char* defaulted : {"terminationGracePeriodSeconds", "dnsPolicy", "securityContext", "enableServiceLinks", "serviceAccount"}) spec.erase(defaulted);
    if (spec.value("schedulerName", "") == "default-scheduler") spec.erase("schedulerName");
    json& container = spec["containers"][0];
    container.erase("terminationMessagePath");
    container.erase("terminationMessagePolicy");
    for (json& volume : spec["volumes"]) {
      for (const char* kind : {"configMap", "secret"}) {
        if (volume.contains(kind)) volume[kind].erase("defaultMode");
      }
      if (volume.contains("hostPath") && volume["hostPath"].value("type", "none") == "") volume["hostPath"].erase("type");
    }
  }
  if (object["kind"] == "Service") {
    for (json& port : spec["ports"]) port.erase("protocol");
  }
  const auto by_name = [](json& list) {
    json named = json::object();
    for (const json& entry : list) named[entry["name"].get<std::string>()] = entry;
    list = named;
  };
  if (object["kind"] == "Pod") {
    for (const char* list : {"env", "ports", "volumeMounts"}) by_name(spec["containers"][0][list]);
    by_name(spec["volumes"]);
  }
  object.erase("status");
  object["metadata"].erase("ownerReferences");  // given once all is there
  object["metadata"].erase("namespace");
  object["metadata"]["labels"].erase("app.kubernetes.io/managed-by");  // ours: to find what we made
  return object;
}

/// With our names in place of the recording's, which are made of a clock and chance.
json renamed(const json& object, const Recording& recording) {
  std::string text = object.dump();
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  };
  const std::string driver = text_at(recording.driver, {"metadata", "name"});
  replace(text_at(recording.service, {"metadata", "name"}), service_name(name));
  replace(driver, driver_pod_name(name));
  replace(text_at(recording.configuration, {"metadata", "name"}), configuration_name(name));
  replace(text_at(recording.driver, {"metadata", "labels", "spark-app-selector"}), application_id(name));
  for (const json& variable : recording.driver["spec"]["containers"][0]["env"]) {
    if (text_in(variable, "name") == "SPARK_LOCAL_DIRS" && text_in(variable, "value").starts_with("/var/data/")) replace(text_in(variable, "value"), "/var/data/" + application_id(name));
  }
  return json::parse(text);
}

std::map<std::string, std::string> lines_of(const std::string& text) {
  std::map<std::string, std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    std::size_t equals = line.find('=');
    while (equals != std::string::npos && equals > 0 && line[equals - 1] == '\\') equals = line.find('=', equals + 1);
    if (!line.starts_with('#')) lines[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 1);
    begin = end + 1;
  }
  return lines;
}

void compare(const fs::path& file, const std::string& version) {
  CAPTURE(file.string());
  const Recording recording(file);
  const Submission submission = submission_of(recording, version);
  const auto made = submission_objects(submission);
  REQUIRE(made);
  json driver = compared(made->driver);
  json theirs = compared(renamed(recording.driver, recording));
  if (submission.driver_account.empty()) driver["spec"].erase("serviceAccountName");
  CHECK(driver == theirs);
  CHECK_MESSAGE(json::diff(theirs, driver).empty(), json::diff(theirs, driver).dump(1));
  const json service = compared(made->service), their_service = compared(renamed(recording.service, recording));
  CHECK_MESSAGE(json::diff(their_service, service).empty(), json::diff(their_service, service).dump(1));
  const json their_configuration = renamed(recording.configuration, recording);
  CHECK(made->configuration["immutable"] == their_configuration["immutable"]);
  CHECK(text_at(made->configuration, {"data", "spark.kubernetes.namespace"}) == text_at(their_configuration, {"data", "spark.kubernetes.namespace"}));
  auto ours = lines_of(text_at(made->configuration, {"data", "spark.properties"}));
  auto expected = lines_of(text_at(their_configuration, {"data", "spark.properties"}));
  // Executors get names that are found by the job's; their account is always said. The moment is another.
  ours.erase("spark.kubernetes.executor.podNamePrefix");
  if (!expected.contains("spark.kubernetes.authenticate.executor.serviceAccountName")) ours.erase("spark.kubernetes.authenticate.executor.serviceAccountName");
  for (auto* lines : {&ours, &expected}) lines->erase("spark.app.submitTime");
  CHECK(ours == expected);
}

}  // namespace

TEST_CASE("a submission's objects are those that spark-submit makes") {
  for (const char* version : {"3.5.9", "4.0.0", "4.1.4"}) {
    for (const char* kind : {"java", "python", "odd_values", "volumes"}) compare(recordings / version / (std::string(kind) + ".json"), version);
  }
}

TEST_CASE("properties are written as Java writes them") {
  CHECK(properties_text({{"a b:c#", "  x y "}}) == "a\\ b\\:c\\#=\\  x y \n");
  CHECK(properties_text({{"k", "C:\\temp\tone\ntwo=!"}}) == "k=C\\:\\\\temp\\tone\\ntwo\\=\\!\n");
  CHECK(properties_text({{"k", "grün"}, {"l", ""}}) == "k=grün\nl=\n");
}

TEST_CASE("sizes are read as Spark reads them") {
  const auto read = [](const char* text) { return mebibytes(text, "spark.driver.memory").value_or(-1); };
  CHECK(read("512m") == 512);
  CHECK(read("2g") == 2048);
  CHECK(read("2GB") == 2048);
  CHECK(read("1024") == 1024);
  CHECK(read("1048576k") == 1024);
  for (const char* wrong : {"", "g", "2 g", "-1g", "99999999999999999999g", "2x"}) CHECK(read(wrong) == -1);
}

TEST_CASE("what Python needs lies beside Java's memory") {
  CHECK(overhead_mebibytes({}, "driver", 1024, false).value_or(0) == 384);
  CHECK(overhead_mebibytes({}, "driver", 8192, false).value_or(0) == 819);
  CHECK(overhead_mebibytes({}, "driver", 2048, true).value_or(0) == 819);
  CHECK(overhead_mebibytes({{"spark.driver.memoryOverhead", "1g"}}, "driver", 2048, true).value_or(0) == 1024);
  CHECK(overhead_mebibytes({{"spark.kubernetes.memoryOverheadFactor", "0.5"}}, "driver", 2048, true).value_or(0) == 1024);
}

}  // namespace sdlrun::stages::spark
