// sdl.yaml, by yaml-cpp; its exceptions end here.
//
//     profiles:
//       staging:
//         epochs: 5
//         target: kubernetes
//         models: [small, large]
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "engine/error.hpp"

namespace sdlrun::engine {

using Profiles = std::map<std::string, std::map<std::string, std::string>>;

/// A scalar's text is taken as on the command line (`epochs=5`); lists and maps are written as .sdl has them. In these,
/// what YAML quotes is a string, and of the rest numbers, true, false, durations and sizes stay as they are. A map
/// whose keys are all names is a record, unless they are quoted. Errors name the file and the line.
Result<Profiles> read_profiles(const std::filesystem::path& path);

}  // namespace sdlrun::engine
