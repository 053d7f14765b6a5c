// YAML as Kubernetes reads it: every value becomes what kubectl would make of it in JSON.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/error.hpp"

namespace sdlrun::stages::kubernetes {

struct YamlDocument {
  nlohmann::json value = {};
  int line = 1;  // where it begins
};

/// All documents of a text, empty ones left out. JSON is YAML too. `place` is named in errors: "`app.yaml`".
engine::Result<std::vector<YamlDocument>> yaml_documents(const std::string& text, const std::string& place);

}  // namespace sdlrun::stages::kubernetes
