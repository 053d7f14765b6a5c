#include "stages/spark/submit_failure.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "stages/program/user_program.hpp"

namespace sdlrun::stages {

using Json = nlohmann::json;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_noise(std::string_view line) {
  constexpr std::array<std::string_view, 4> beginnings = {"\tat ", "\t... ", "Using Spark's", "Setting default log level"};
  constexpr std::array<std::string_view, 5> parts = {"incubator modules", "ShutdownHookManager", "NativeCodeLoader", " WARN ", "development server"};
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view begin) { return line.starts_with(begin); }) ||
         std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(line, part); });
}

std::string hint_for(const std::string& type, const std::string& message, const FailedApplication& application) {
  if (type == "ModuleNotFoundError" || type == "ImportError") return "add its package to " + application.requirements + ", or the file to `py_files`";
  if (type == "WorkerDied") return "most often memory ran out: give the workers less data, or take fewer cores";
  if (contains(type, "OutOfMemoryError") || contains(message, "Java heap space")) return "Java's memory ran out: give the cluster more `memory`";
  if (type == "FileNotFoundError") return "the script runs in a folder of its own: name what it reads in `files` or `args`";
  if (type == "gaierror") return "Spark looks up `localhost` and this machine's name: does /etc/hosts have both?";
  if (contains(message, "Address already in use")) return "another program has this port: let the script take a free one";
  return "";
}

engine::Error script_failed(const FailedApplication& application, const Json& report) {
  const std::string type = report.value("type", "Error"), message = report.value("message", "");
  std::string place = application.name;
  if (const Json line = report.value("line", Json()); line.is_number_integer()) place += ":" + std::to_string(line.get<int>());
  if (const Json cell = report.value("cell", Json()); cell.is_number_integer()) place += " (code cell " + std::to_string(cell.get<int>()) + ")";
  const std::string where = report.value("in_worker", false) ? " in a worker" : "";
  return {.message = place + ": " + type + where + (message.empty() ? "" : ": " + message),
          .hint = hint_for(type, message, application),
          .detail = report.value("traceback", "")};
}

/// What spark-submit or the application's Java says when it gives up: its last such line.
std::string last_complaint(const std::string& printed) {
  constexpr std::array<std::string_view, 3> beginnings = {"Error: ", "Exception in thread \"main\" ", "Caused by: "};
  std::istringstream lines(printed);
  std::string complaint;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view begin : beginnings) {
      if (line.starts_with(begin)) complaint = line.substr(begin.size());
    }
  }
  return complaint;
}

}  // namespace

std::string without_noise(const std::string& printed) {
  std::istringstream lines(printed);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!is_noise(line)) kept += line + "\n";
  }
  if (!kept.empty()) kept.pop_back();
  return kept;
}

engine::Error submit_failed(const FailedApplication& application, const engine::ProcessResult& result) {
  const Json report = Json::parse(application.report, nullptr, false);
  if (report.is_object() && report.contains("type") && !result.timed_out && !result.stopped) return script_failed(application, report);
  engine::Error error = program_failed("`" + application.name + "`", result);
  error.detail = without_noise(application.printed);
  const std::string complaint = last_complaint(application.printed);
  if (complaint.empty() || result.signal != 0) return error;
  error.message = "`" + application.name + "`: " + complaint;
  error.hint = hint_for(complaint, complaint, application);
  if (contains(complaint, "Failed to load class") || contains(complaint, "ClassNotFoundException")) error.hint = "is the class in the first of `jars`?";
  return error;
}

}  // namespace sdlrun::stages
