// What is kept of a cluster that a step has made: its kubeconfig, so that the user's own stays as it is, and a mark that it is ours.
//
// Below $XDG_CACHE_HOME/sdlrun/clusters: a minikube or kind cluster is this user's, whatever the project. All of it but the mark can be
// had anew; who takes the mark away has `kubernetes.delete_cluster` refuse to delete, and nothing worse.
#pragma once

#include <filesystem>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/cluster/wish.hpp"

namespace sdlrun::stages::kubernetes {

struct OwnFiles {
  std::filesystem::path folder = {};

  std::filesystem::path kubeconfig() const { return folder / "kubeconfig"; }
  std::filesystem::path token() const { return folder / "token"; }
  std::filesystem::path authority() const { return folder / "ca.crt"; }
  std::filesystem::path mark() const { return folder / "made-by-sdlrun"; }
};

OwnFiles own_files(const engine::StageContext& context, const ClusterWish& wish);

bool is_there(engine::Files& files, const std::filesystem::path& path);
/// Readable by its owner alone, whole at each moment; makes the folder.
engine::Result<void> write_secret_file(engine::Files& files, const std::filesystem::path& path, std::string_view text);
/// Says that the cluster is ours. Written before it is asked for: a run that is killed in between leaves nothing that nobody may delete.
engine::Result<void> write_mark(engine::Files& files, const OwnFiles& own, const ClusterWish& wish);

}  // namespace sdlrun::stages::kubernetes
