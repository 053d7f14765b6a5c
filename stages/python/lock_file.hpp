// A file of pinned requirements, as `pip freeze` and `uv pip compile` write it.
#pragma once

#include <string>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::stages {

struct PinnedPackage {
  std::string name;     // lower case, `_` and `.` as `-` (PEP 503)
  std::string version;
  int line = 0;
};

/// The packages in the order written. A line that pins no version is an error that names it.
engine::Result<std::vector<PinnedPackage>> read_lock_file(const std::string& path);

/// A package's name as it is compared: https://peps.python.org/pep-0503/#normalized-names
std::string normalized_package(const std::string& name);

/// Two files that pin the same, in any order and with any comments, have one digest for one `use` of them.
std::string lock_digest(const std::vector<PinnedPackage>& packages, const std::string& use);

}  // namespace sdlrun::stages
