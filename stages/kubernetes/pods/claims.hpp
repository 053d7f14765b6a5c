// The volumes that a Pod waits for.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// Of each claim that a Pod names and that is not there, or has no volume yet: which, and why by the cluster's word. Empty: there is none.
engine::Task<std::string> unbound_claims(Client& client, nlohmann::json pod);

}  // namespace sdlrun::stages::kubernetes
