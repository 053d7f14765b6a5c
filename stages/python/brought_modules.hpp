// Which modules a Python environment has for imports, told without running Python.
#pragma once

#include <set>
#include <string>

#include "stages/python/environment.hpp"

namespace sdlrun::stages {

/// Whether something may be imported: `unknown` where that cannot be told without trying.
enum class Importable { yes, no, unknown };

class BroughtModules {
 public:
  /// Looks into the environment's folder where it is there, else up what its packages are known to bring. A package that is not
  /// known, or a folder that adds others to the search (`.pth`), leaves it unknown what else there is.
  explicit BroughtModules(const PythonEnvironment& python);

  /// A module by its first name: `numpy` of `numpy.linalg`. One with the name of a pinned package counts as there.
  Importable importable(const std::string& module) const;

 private:
  void look_up();
  void look_into(const std::filesystem::path& site_packages);

  std::set<std::string> packages_;
  std::set<std::string> modules_;
  bool all_known_ = true;
};

}  // namespace sdlrun::stages
