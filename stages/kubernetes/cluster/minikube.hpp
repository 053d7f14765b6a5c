// minikube, by its program. What it answers in JSON: https://minikube.sigs.k8s.io/docs/commands (profile list, status, start), and its
// source, pkg/minikube/{cluster/status.go,out/register,reason/exitcodes.go} of v1.39.
#pragma once

#include <memory>

#include "stages/kubernetes/cluster/own_files.hpp"
#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

class Minikube final : public Provider {
 public:
  Minikube(engine::StageContext& context, ClusterWish wish);

  engine::Task<engine::Result<FoundCluster>> find() override;
  engine::Task<engine::Result<bool>> make() override;
  engine::Task<engine::Result<bool>> start() override;
  engine::Task<engine::Result<bool>> scale() override { co_return false; }
  bool can_scale() const override { return false; }
  engine::Task<engine::Result<bool>> give_access() override;
  engine::Task<engine::Result<bool>> remove() override;
  bool can_mend_name_servers() const override { return wish_.driver == "none"; }
  /// `minikube start` with the kubelet's resolvConf set to what systemd-resolved itself asks.
  engine::Task<engine::Result<bool>> mend_name_servers() override;
  engine::Task<engine::Result<std::string>> price() override { co_return std::string(); }

 private:
  engine::Task<engine::Result<bool>> run_start(bool with_resolv_conf);
  std::vector<std::string> start_command(bool with_resolv_conf) const;

  engine::StageContext& context_;
  ClusterWish wish_;
  OwnFiles own_;
  bool is_paused_ = false;
  bool is_misconfigured_ = false;
  /// What it has, where other memory or processors are asked for by name.
  std::string other_size_ = {};
};

/// What an event of `minikube start --output json` tells.
/// https://github.com/kubernetes/minikube/blob/master/pkg/minikube/out/register/log.go
struct MinikubeEvent {
  std::string progress = {};  // "Preparing Kubernetes (8 of 19)"
  std::string warning = {};
  std::string error = {};
  std::string advice = {};
  std::string error_name = {};  // "RSRC_INSUFFICIENT_CORES"
};
MinikubeEvent minikube_event(std::string_view line);

/// Whether this machine's name servers are systemd-resolved's stub, which Pods must not get.
bool has_resolver_stub(engine::Files& files);

}  // namespace sdlrun::stages::kubernetes
