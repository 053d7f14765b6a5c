// The container engines of a machine that build images: Docker, Podman and Buildah, by their command lines.
#pragma once

#include <string>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::container {

enum class EngineKind { docker, podman, buildah };

struct ContainerEngine {
  EngineKind kind = EngineKind::docker;
  std::string version = {};
  /// Docker only: BuildKit, which knows build secrets; else its classic builder.
  bool has_buildkit = false;
  /// Docker only: the client's plugin that new clients want for BuildKit.
  bool has_buildx = false;

  /// What is started: "docker".
  std::string program() const;
  /// For people: "Docker 20.10.24 with BuildKit".
  std::string title() const;
  /// The step's environment as this engine wants it.
  engine::Environment environment(engine::StageContext& context) const;
};

struct EngineWish {
  std::string name = "any";  // or "docker", "podman", "buildah"
  /// What is asked for wants build secrets: an engine without them does not do.
  bool with_build_secrets = false;
};

/// The one that is wished for, or the first of Docker, Podman and Buildah that answers. The error says of each what is missing,
/// and how to install it.
engine::Task<engine::Result<ContainerEngine>> find_build_engine(engine::StageContext& context, EngineWish wish);

}  // namespace sdlrun::stages::container
