// Where an image is loaded into: the command lines of each engine, and what their answers mean.
#pragma once

#include <string>
#include <vector>

#include "engine/stage/stage.hpp"
#include "stages/image/oci/layout.hpp"

namespace sdlrun::stages::image {

enum class LoadKind { docker, podman, containerd, minikube, kind };

struct LoadTarget {
  LoadKind kind = LoadKind::docker;
  std::string cluster = {};    // minikube's profile, kind's cluster; empty: the tool's own default
  std::string name_space = {}; // containerd's
  std::string image = {};      // the name that it gets, in full

  /// "Docker", "kind's cluster `dev`".
  std::string title() const;
  std::string program() const;
  std::vector<std::string> load_command(const std::string& archive) const;
};

LoadTarget load_target(const engine::StageInputs& inputs, std::string image);

/// What an engine has by the image's name: this very image, another, or nothing; unknown where it could not be asked. In the
/// order of how good that is.
enum class Presence { unknown, absent, other, same };
engine::Task<Presence> presence_of(engine::StageContext& context, LoadTarget target, Image image);

/// The tool has failed and said this.
engine::Error load_failed(const LoadTarget& target, const engine::Environment& environment, const std::string& how_it_ended, const std::string& said);

}  // namespace sdlrun::stages::image
