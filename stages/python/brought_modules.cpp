#include "stages/python/brought_modules.hpp"

#include <sstream>

#include "stages/python/lock_file.hpp"
#include "stages/python/module_names.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;

namespace {

/// Files of setuptools and of packages in parts, which add no folder to the search.
bool is_harmless(const std::string& pth) { return pth == "distutils-precedence.pth" || pth == "_virtualenv.pth" || pth.ends_with("-nspkg.pth"); }

}  // namespace

BroughtModules::BroughtModules(const PythonEnvironment& python) {
  const dsl::Fields* packages = python.packages.as_fields();
  if (packages == nullptr || packages->empty()) all_known_ = false;
  for (const auto& package : packages == nullptr ? dsl::Fields() : *packages) packages_.insert(package.first);
  if (python.folder.empty()) {
    look_up();
  } else {
    look_into(python.site_packages());
  }
}

void BroughtModules::look_up() {
  modules_ = {"pip", "pkg_resources", "setuptools"};  // of an environment that is not made by uv
  for (const std::string& package : packages_) {
    const auto others = other_modules_of(package);
    all_known_ = all_known_ && others;
    std::istringstream words{std::string(others.value_or(""))};
    for (std::string module; words >> module;) modules_.insert(module);
  }
}

void BroughtModules::look_into(const fs::path& site_packages) {
  std::error_code code;
  for (fs::directory_iterator entry(site_packages, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    modules_.insert(name.substr(0, name.find('.')));
    if (name.ends_with(".pth") && !is_harmless(name)) all_known_ = false;
  }
  if (code) all_known_ = false;
}

Importable BroughtModules::importable(const std::string& module) const {
  if (is_standard_module(module) || packages_.contains(normalized_package(module)) || modules_.contains(module)) return Importable::yes;
  // Those of Python itself and of compiled packages are private, and change.
  const bool is_private = module.starts_with('_') || module.ends_with("__mypyc");
  return all_known_ && !is_private ? Importable::no : Importable::unknown;
}

}  // namespace sdlrun::stages
