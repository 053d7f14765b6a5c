// In which order objects are put on a cluster, so that what one needs is there before it.
#pragma once

#include <string>

namespace sdlrun::stages::kubernetes {

/// Smaller ones first; those of one rank need nothing of each other. `api_version` as in manifests.
int rank_of(const std::string& api_version, const std::string& kind);

/// The ranks that others wait for: what is in a namespace, and what is of a kind that is made here.
inline constexpr int rank_of_namespaces = 0, rank_of_definitions = 1;

}  // namespace sdlrun::stages::kubernetes
