// What a cluster tells of itself, asked at once.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

struct ClusterState {
  std::int64_t now = 0;      // seconds since 1970
  std::string version = {};  // "v1.34.4"
  nlohmann::json nodes = nlohmann::json::array();
  nlohmann::json pods = nlohmann::json::array();
  nlohmann::json claims = nlohmann::json::array();  // of persistent volumes
  nlohmann::json warnings = nlohmann::json::array();  // events of that type
  /// What may not be asked, in words.
  std::vector<std::string> unknown = {};
};

/// An error where the cluster does not answer at all.
engine::Task<engine::Result<ClusterState>> look_at(Client& client);

}  // namespace sdlrun::stages::kubernetes
