// Google Kubernetes Engine, by its REST API, v1: https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters
#pragma once

#include <optional>

#include "stages/kubernetes/api/google_token.hpp"
#include "stages/kubernetes/cluster/cloud_api.hpp"
#include "stages/kubernetes/cluster/own_files.hpp"
#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

/// A cluster with one pool of nodes, `sdlrun`, and the label `sdlrun`.
///
/// Its kubeconfig holds no secret: it names a file with a token of one hour, which each run writes anew, and, in an
/// extension that others pass over, which secret makes the next one (Identity::renew).
class Gke final : public Provider {
 public:
  Gke(engine::StageContext& context, ClusterWish wish, ServiceAccountKey key);

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
  std::string parent() const { return "/v1/projects/" + wish_.project + "/locations/" + wish_.location; }
  std::string path() const { return parent() + "/clusters/" + wish_.name; }
  engine::Task<engine::Result<bool>> log_in();
  /// How what was asked for last has ended: an error, or nothing as long as it has not, or well.
  engine::Task<engine::Result<std::optional<std::string>>> failure_of_operation();
  engine::Task<engine::Result<bool>> ask_for(CloudRequest request, std::string what, bool may_be_there);

  engine::StageContext& context_;
  ClusterWish wish_;
  ServiceAccountKey key_;
  CloudApi api_;
  OwnFiles own_;
  std::string token_ = {};
  std::string operation_ = {};     // its name
  nlohmann::json cluster_ = {};    // as it was found last
};

}  // namespace sdlrun::stages::kubernetes
