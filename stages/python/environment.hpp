// The handle that `python.venv` gives and others take: `python.environment`.
#pragma once

#include <filesystem>
#include <string>

#include "dsl/values/value.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

struct PythonEnvironment {
  std::filesystem::path folder;
  std::string version;       // "3.11"
  std::string requirements;  // the lock file's path, for messages
  dsl::Value packages;       // a map of names (lower case) to versions
  std::string platform = {}; // "linux/amd64"; empty: this machine

  std::filesystem::path interpreter() const { return folder / "bin" / "python"; }
  std::filesystem::path site_packages() const { return folder / "lib" / ("python" + version) / "site-packages"; }
  /// Empty where the package is not there.
  std::string package_version(std::string_view package) const;
};

inline constexpr const char* python_environment_type = "python.environment";
/// The same without an interpreter, from `python.packages`.
inline constexpr const char* python_packages_type = "python.packages";

PythonEnvironment python_environment(const dsl::Value& handle);

/// The step's environment with the Python environment's programs first on the PATH.
engine::Environment activated(engine::Environment environment, const PythonEnvironment& python);

}  // namespace sdlrun::stages
