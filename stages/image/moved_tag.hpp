// Whether a tag in a registry means another image than when a step has run.
#pragma once

#include <optional>
#include <string>

#include "stages/image/registry/registry.hpp"

namespace sdlrun::stages::image {

/// Nothing where the name still means `digest`, else why the step is to run. Where there is no network what is known is
/// believed, with a warning.
engine::Task<std::optional<std::string>> moved_tag(engine::StageContext& context, RegistryAccess access, std::string name, std::string digest);

}  // namespace sdlrun::stages::image
