// sdl.yaml, by yaml-cpp; its exceptions end here.
//
//     profiles:
//       staging:
//         epochs: 5
//         target: kubernetes
//         models: [small, large]
//     pools:
//       gpu: 1
//     shared_cache:
//       url: https://cache.example.com/team
//       mode: read_only
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/shared/settings.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine {

using Profiles = std::map<std::string, std::map<std::string, std::string>>;

/// Where `name: value` stands in the text of sdl.yaml, in bytes.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// By profile and param.
using ProfilePlaces = std::map<std::string, std::map<std::string, TextRange>>;

struct Configuration {
  Profiles profiles;
  ProfilePlaces places;
  dsl::Pools pools;  // how many of the steps that name one run at once
  std::optional<SharedCacheConfiguration> shared_cache;
  std::string text;  // all of it
};

/// Of profiles: a scalar's text is taken as on the command line (`epochs=5`); lists and maps are written as .sdl has them. In these,
/// what YAML quotes is a string, and of the rest numbers, true, false, durations and sizes stay as they are. A map
/// whose keys are all names is a record, unless they are quoted. Errors name the file, the line and the column.
Result<Configuration> read_configuration(const std::filesystem::path& path);

}  // namespace sdlrun::engine
