// Who makes clusters: what each provider can be asked, and what is done with that (ensure.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/cluster/wish.hpp"

namespace sdlrun::stages::kubernetes {

enum class Standing {
  absent,
  stopped,     // there, and to be started
  unfinished,  // being made or changed: it is waited for
  ready,
  leaving,  // being deleted
  broken,   // and does not mend itself
};

struct FoundCluster {
  Standing standing = Standing::absent;
  /// The provider's own words about it.
  std::string detail = {};
  /// Who deletes, scales and repairs looks at this first.
  bool is_ours = false;
  /// None: not known.
  std::optional<std::int64_t> nodes = {};
};

/// One cluster, by its name. No call gives more than the provider's word for what it says.
class Provider {
 public:
  virtual ~Provider() = default;

  virtual engine::Task<engine::Result<FoundCluster>> find() = 0;
  /// Asks for it, with our mark; it may be unfinished when this returns. That it is there already is no failure.
  virtual engine::Task<engine::Result<bool>> make() = 0;
  virtual engine::Task<engine::Result<bool>> start() = 0;
  /// Where `can_scale`.
  virtual engine::Task<engine::Result<bool>> scale() = 0;
  virtual bool can_scale() const = 0;
  /// Writes the cluster's kubeconfig (own_files.hpp) where it is not there, or does not hold any more.
  virtual engine::Task<engine::Result<bool>> give_access() = 0;
  /// Deletes it; it may go on leaving when this returns.
  virtual engine::Task<engine::Result<bool>> remove() = 0;
  /// Whether its kubelet can be given this machine's real name servers, because the node is this machine.
  virtual bool can_mend_name_servers() const { return false; }
  /// Starts it anew with them.
  virtual engine::Task<engine::Result<bool>> mend_name_servers() { co_return false; }
  /// What so many nodes cost, such as "about $72 a month", and for what that holds; empty: nothing.
  virtual engine::Task<engine::Result<std::string>> price() = 0;
};

/// Reads the key where there is one. `wish` is checked (check_wish).
engine::Result<std::unique_ptr<Provider>> provider_of(engine::StageContext& context, ClusterWish wish);

}  // namespace sdlrun::stages::kubernetes
