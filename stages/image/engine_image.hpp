// An image that a container engine of this machine has, by its name there: "docker-daemon:NAME" and "containers-storage:NAME",
// as skopeo and Podman write them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::image {

/// The engine's own id of what the base was, as an annotation of what was built on it.
inline constexpr const char* base_id = "org.sdlrun.base-id";

struct EngineImage {
  std::string program;  // "docker" or "podman"
  std::string name;     // in the engine

  std::string title() const;  // "Docker"
};

std::optional<EngineImage> image_in_engine(const dsl::Value& base);

/// Its id; none where the engine does not have it. Fails with what to do where there is no engine.
engine::Task<engine::Result<std::optional<std::string>>> id_in_engine(engine::StageContext& context, EngineImage image);

struct SavedImage {
  std::string id;
  std::filesystem::path archive;  // in the step's scratch folder
};
/// By its id, so that nobody can move the name meanwhile.
engine::Task<engine::Result<SavedImage>> save_from_engine(engine::StageContext& context, EngineImage image);

/// What has become of it since an image was built on `id`, for people; none where it is still the same, or nobody can be asked.
engine::Task<std::optional<std::string>> moved_in_engine(engine::StageContext& context, EngineImage image, std::string id);

}  // namespace sdlrun::stages::image
