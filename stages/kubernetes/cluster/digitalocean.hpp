// DigitalOcean Kubernetes, by its REST API, v2: https://docs.digitalocean.com/reference/api/reference/kubernetes, and its specification,
// https://github.com/digitalocean/openapi (specification/resources/kubernetes).
#pragma once

#include "stages/kubernetes/cluster/cloud_api.hpp"
#include "stages/kubernetes/cluster/own_files.hpp"
#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

/// A cluster with one pool of nodes, `sdlrun`, and the tag `sdlrun`. Its kubeconfig holds a token for seven days; each run asks for one anew.
class DigitalOcean final : public Provider {
 public:
  DigitalOcean(engine::StageContext& context, ClusterWish wish, std::string token);

  engine::Task<engine::Result<FoundCluster>> find() override;
  engine::Task<engine::Result<bool>> make() override;
  /// Never asked: it has no clusters that are stopped.
  engine::Task<engine::Result<bool>> start() override { co_return false; }
  engine::Task<engine::Result<bool>> scale() override;
  bool can_scale() const override { return true; }
  engine::Task<engine::Result<bool>> give_access() override;
  engine::Task<engine::Result<bool>> remove() override;
  engine::Task<engine::Result<std::string>> price() override;

 private:
  /// All of a list, page by page.
  engine::Task<engine::Result<nlohmann::json>> list(std::string path, std::string name, std::string what);

  engine::StageContext& context_;
  ClusterWish wish_;
  CloudApi api_;
  OwnFiles own_;
  std::string id_ = {};    // of the cluster, as it was found last
  std::string pool_ = {};  // of its pool
};

}  // namespace sdlrun::stages::kubernetes
