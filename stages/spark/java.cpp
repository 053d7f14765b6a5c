#include "stages/spark/java.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "stages/program/variables.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;

namespace {

constexpr int oldest_java = 17;

/// The major version that a Java installation's `release` file names; 0 where there is none.
int java_version(const fs::path& home) {
  if (access((home / "bin" / "java").c_str(), X_OK) != 0) return 0;
  std::ifstream stream(home / "release");
  constexpr std::string_view key = "JAVA_VERSION=\"";
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(key)) continue;
    const std::string version = line.substr(key.size());
    return std::atoi(version.starts_with("1.") ? version.c_str() + 2 : version.c_str());
  }
  return 0;
}

/// The installation that a java on the PATH belongs to: links lead there.
fs::path home_of_java_on_path(const std::string& path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const fs::path java = fs::path(path.substr(begin, end - begin)) / "java";
    std::error_code code;
    if (end > begin && access(java.c_str(), X_OK) == 0) return fs::canonical(java, code).parent_path().parent_path();
    begin = end + 1;
  }
  return {};
}

}  // namespace

engine::Result<fs::path> find_java(const engine::Environment& environment) {
  const std::string given = variable(environment, "JAVA_HOME");
  const std::string install = "apt-get install openjdk-17-jre-headless";
  if (!given.empty() && java_version(given) == 0) return engine::failure("JAVA_HOME is " + given + ", where there is no Java", "take JAVA_HOME out of the environment, or: " + install);
  std::vector<fs::path> candidates;
  if (!given.empty()) candidates.emplace_back(given);
  if (const fs::path home = home_of_java_on_path(variable(environment, "PATH")); !home.empty()) candidates.push_back(home);
  std::error_code code;
  std::vector<fs::path> installed;
  for (const auto& entry : fs::directory_iterator("/usr/lib/jvm", code)) installed.push_back(entry.path());
  std::sort(installed.begin(), installed.end());
  candidates.insert(candidates.end(), installed.begin(), installed.end());
  int newest = 0;
  for (const fs::path& home : candidates) {
    const int version = java_version(home);
    if (version >= oldest_java) return home;
    newest = std::max(newest, version);
  }
  if (newest == 0) return engine::failure("Spark needs Java, and there is none here", install);
  return engine::failure("Spark needs Java " + std::to_string(oldest_java) + ", and this machine has " + std::to_string(newest), install);
}

}  // namespace sdlrun::stages
