// A namespace that steps put things into.
#pragma once

#include <string>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// The step's `namespace`; where it says none, that of the kubeconfig's context.
std::string namespace_of(const engine::StageInputs& inputs, const Client& client);

/// Whether it is there, and stays. True too where we may not look: who has rights in one namespace only has been given one that is there.
engine::Task<engine::Result<bool>> has_namespace(Client& client, std::string space);

/// Makes it where it is not there yet; where it is being deleted, when it has gone.
engine::Task<engine::Result<bool>> make_namespace(Client& client, std::string space);

}  // namespace sdlrun::stages::kubernetes
