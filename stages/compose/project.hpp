// What a stack is called: Compose knows all that belongs to one by its project's name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::stages::compose {

/// From a step's inputs `project` and `file`, the first where it is given: as Compose itself names it, the file's own `name`,
/// else its folder's.
engine::Result<std::string> project_of(engine::StageContext& context);

/// Refuses a compose file that a step has made.
engine::Result<void> check_file(const engine::StageInputs& inputs);

/// Whether Compose takes it as a name.
bool is_project_name(std::string_view name);

/// The compose file's own `name`; empty where it has none, or where it is no YAML, which Compose says better.
std::string name_in(const std::string& compose_file);

/// Of a folder's name what a project may be called: "My App" is `myapp`. May be empty.
std::string name_of_folder(const std::filesystem::path& folder);

}  // namespace sdlrun::stages::compose
