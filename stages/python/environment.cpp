#include "stages/python/environment.hpp"

#include "stages/program/variables.hpp"
#include "stages/values/fields.hpp"

namespace sdlrun::stages {

std::string PythonEnvironment::package_version(std::string_view package) const {
  const dsl::Value* version_of = packages.find(package);
  return version_of == nullptr ? "" : dsl::plain_text(*version_of);
}

PythonEnvironment python_environment(const dsl::Value& handle) {
  const auto text = [&](std::string_view name) { return text_field(handle, name); };
  const dsl::Value* packages = handle.find("packages");
  return {.folder = text("folder"), .version = text("version"), .requirements = text("requirements"), .packages = packages == nullptr ? dsl::Value() : *packages,
          .platform = text("platform")};
}

engine::Environment activated(engine::Environment environment, const PythonEnvironment& python) {
  set_variable(environment, "PATH", (python.folder / "bin").string() + ":" + variable(environment, "PATH"));
  set_variable(environment, "VIRTUAL_ENV", python.folder.string());
  // What a program prints shows in the terminal as it comes.
  set_variable(environment, "PYTHONUNBUFFERED", "1");
  return environment;
}

}  // namespace sdlrun::stages
