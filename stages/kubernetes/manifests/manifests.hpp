// The objects that a step names: by files and folders of YAML and JSON, or by texts.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::kubernetes {

struct Manifest {
  nlohmann::json object = {};  // with apiVersion, kind and metadata.name
  std::string place = {};      // "`k8s/app.yaml`, line 12"
};

/// Of the inputs `manifests` and `objects`. Each object is there once; a `kind: List` is what is in it.
engine::Result<std::vector<Manifest>> manifests_of(engine::StageContext& step);

/// Those of one text.
engine::Result<std::vector<Manifest>> manifests_in(const std::string& text, const std::string& place);

}  // namespace sdlrun::stages::kubernetes
