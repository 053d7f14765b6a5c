// Where a project begins, and what its sdl.yaml says.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/shared/settings.hpp"
#include "engine/error.hpp"
#include "engine/project/configuration.hpp"

namespace sdlrun::engine {

struct Project {
  /// The nearest folder upwards from the pipeline's file that has sdl.yaml, else the git root, else the file's folder.
  std::filesystem::path root;
  /// root/.sdl
  std::filesystem::path state_folder;
  /// profiles.<profile>.<param> = text
  Profiles profiles;
  ProfilePlaces profile_places;  // where each stands in `configuration_text`
  /// What sdl.yaml sets under `pools`.
  dsl::Pools pools;
  std::optional<SharedCacheConfiguration> shared_cache;
  std::optional<std::filesystem::path> configuration;  // sdl.yaml, where there is one
  std::string configuration_text;                      // what it holds
};

/// `pipeline_file` need not exist. An sdl.yaml that cannot be read or understood is an error with its path and line.
Result<Project> find_project(const std::filesystem::path& pipeline_file);

/// $XDG_CACHE_HOME/sdlrun, else $HOME/.cache/sdlrun (without HOME that of this user), whether it is there or not.
Result<std::filesystem::path> shared_cache_place();
/// The same; made where missing.
Result<std::filesystem::path> shared_cache_directory();

}  // namespace sdlrun::engine
