// Objects as they are named to the API server: their kind's place and their namespace are known.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/discovery.hpp"
#include "stages/kubernetes/manifests/manifests.hpp"

namespace sdlrun::stages::kubernetes {

struct Target {
  nlohmann::json object = {};
  Resource resource = {};
  std::string kind = {};
  std::string space = {};  // empty: its kind has no namespaces
  std::string name = {};
  std::string place = {};  // where it is written
  int rank = 0;
  bool can_watch = true;
  /// Its kind comes with a CustomResourceDefinition among the same objects.
  bool is_of_new_kind = false;

  std::string path() const { return path_of(resource, space, name); }
  /// "the Deployment `web` in `shop`".
  std::string shown() const;
  /// "Deployment shop/web".
  std::string short_name() const;
  /// What makes it one of a kind, whatever version of the API it is asked for by: "apps/Deployment/shop/web".
  std::string identity() const;
};

/// Sorted by rank. Those that name no namespace are in `space`. A kind that the cluster does not know is an error.
engine::Task<engine::Result<std::vector<Target>>> targets_of(Discovery& discovery, std::vector<Manifest> manifests, std::string space);

}  // namespace sdlrun::stages::kubernetes
