#include "stages/spark/kubernetes/executor_words.hpp"

#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::spark {

namespace {

/// What stands between the two; empty where one of them is missing.
std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  const std::size_t to = from == std::string::npos ? from : text.find(end, from);
  return to == std::string::npos ? "" : text.substr(from + begin.size(), to - from - begin.size());
}

}  // namespace

std::optional<engine::Error> refused_executor(const std::string& line) {
  // As fabric8's KubernetesClientException words an answer.
  if (line.find("Failure executing: POST at: ") == std::string::npos || line.find("/pods. Message: ") == std::string::npos) return std::nullopt;
  std::string words = between(line, "/pods. Message: ", ". Received status:");
  const std::size_t forbidden = words.find(" is forbidden: ");
  if (forbidden == std::string::npos) return std::nullopt;
  const std::string whole = words;
  words.erase(0, forbidden + std::string_view(" is forbidden: ").size());
  constexpr int status = 403;
  engine::Error error = kubernetes::refusal(status, {{"message", words}}, "make executors");
  error.detail = whole;
  return error;
}

std::string last_cause(const std::string& log) {
  constexpr std::string_view caused = "Caused by: ";
  std::istringstream lines(log);
  std::string cause;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(caused)) cause = line.substr(caused.size());
  }
  // Without the package.
  const std::size_t name = cause.find_last_of('.', cause.find(':'));
  return name == std::string::npos ? cause : cause.substr(name + 1);
}

}  // namespace sdlrun::stages::spark
