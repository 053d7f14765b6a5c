// CoreDNS that asks itself (stages/kubernetes/diagnosis/dns_loop.hpp), on a cluster that sdlrun has made.
#pragma once

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/cluster/minikube.hpp"

namespace sdlrun::stages::kubernetes {

/// Waits until CoreDNS is ready. Where it loops because of what the kubelet gives it and the node is this machine, minikube is started
/// with the proper setting; in all other cases the cause and the repair are told. `minikube`: none where another has made the cluster.
engine::Task<engine::Result<bool>> settle_dns(Client& client, Minikube* minikube, bool node_is_this_machine);

}  // namespace sdlrun::stages::kubernetes
