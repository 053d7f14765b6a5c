// What a step asks for: a cluster of a provider, by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::kubernetes {

struct ClusterWish {
  std::string provider = "existing";  // or "minikube", "kind", "gke", "digitalocean"
  std::string name = {};
  std::string pipeline = {};
  std::int64_t nodes = 1;
  /// Kubernetes' own, without a `v`; empty: the provider's choice.
  std::string version = {};
  // minikube
  std::optional<std::int64_t> memory = {};  // bytes; none: none was asked for
  std::int64_t cpus = 2;
  bool asks_cpus = false;  // the step says so itself
  std::string driver = {};
  // clouds
  std::string project = {};   // gke
  std::string location = {};  // a zone or region
  std::string machine = {};
  std::string api = {};  // where the provider's API is, without a slash at the end
  engine::Milliseconds timeout{1'800'000};
  engine::Milliseconds poll{10'000};

  bool is_existing() const { return provider == "existing"; }
  bool is_cloud() const { return provider == "gke" || provider == "digitalocean"; }
};

/// Inputs must have no mistakes (`mistakes_of`).
ClusterWish wish_of(engine::StageContext& context);
/// What is known of it before anything runs; without a name where none is given.
ClusterWish wish_of(const dsl::Fields& known, const std::string& pipeline);

/// Inputs that the provider has no use for, those that it needs and has not, and values that cannot be.
std::vector<engine::InputMistake> mistakes_of(const engine::KnownInputs& known);
/// The first of them, of a step that is about to run.
engine::Result<void> check_wish(const engine::StageInputs& inputs);

/// "sdlrun-imdb": lower-case letters, digits and `-`, at most 40, as all providers take them.
std::string default_name(const std::string& pipeline);
/// "3 × s-2vcpu-4gb in fra1", "2 nodes with 4GiB and 2 processors each".
std::string size_text(const ClusterWish& wish);
/// "the minikube cluster `demo`"; without a name as long as none is known.
std::string title_of(const ClusterWish& wish);
/// What minikube is asked for, in MiB: it takes no less than 1800.
std::int64_t minikube_mebibytes(const ClusterWish& wish);

}  // namespace sdlrun::stages::kubernetes
