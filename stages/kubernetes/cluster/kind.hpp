// kind, by its program: https://kind.sigs.k8s.io/docs/user/configuration; answers as recorded of v0.33.0.
#pragma once

#include "stages/kubernetes/cluster/own_files.hpp"
#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

class Kind final : public Provider {
 public:
  Kind(engine::StageContext& context, ClusterWish wish);

  engine::Task<engine::Result<FoundCluster>> find() override;
  engine::Task<engine::Result<bool>> make() override;
  /// Never asked: kind knows of no cluster that is stopped.
  engine::Task<engine::Result<bool>> start() override { co_return false; }
  engine::Task<engine::Result<bool>> scale() override { co_return false; }
  bool can_scale() const override { return false; }
  engine::Task<engine::Result<bool>> give_access() override;
  engine::Task<engine::Result<bool>> remove() override;
  engine::Task<engine::Result<std::string>> price() override { co_return std::string(); }

 private:
  engine::StageContext& context_;
  ClusterWish wish_;
  OwnFiles own_;
};

}  // namespace sdlrun::stages::kubernetes
