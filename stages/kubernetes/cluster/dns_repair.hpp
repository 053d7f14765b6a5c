// CoreDNS that asks itself (stages/kubernetes/diagnosis/dns_loop.hpp), on a cluster that sdlrun has made.
#pragma once

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/cluster/provider.hpp"

namespace sdlrun::stages::kubernetes {

/// Waits until CoreDNS is ready. Where it loops because of what the kubelet gives it, and the provider can mend that, it is mended;
/// otherwise a warning tells the cause and the repair.
engine::Task<engine::Result<bool>> settle_dns(Client& client, Provider& provider);

}  // namespace sdlrun::stages::kubernetes
