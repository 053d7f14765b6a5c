// What a failed installation of packages means, from what the installer printed.
#pragma once

#include <string>
#include <vector>

#include "engine/error.hpp"
#include "stages/python/lock_file.hpp"

namespace sdlrun::stages {

/// `printed` is the end of the log; `requirements` the lock file's path, `packages` what it pins.
engine::Error install_error(const std::string& printed, const std::string& requirements, const std::vector<PinnedPackage>& packages);

}  // namespace sdlrun::stages
