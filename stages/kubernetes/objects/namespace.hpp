// A namespace that steps put things into.
#pragma once

#include <string>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// Whether it is there. True too where we may not look: who has rights in one namespace only has been given one that is there.
engine::Task<engine::Result<bool>> has_namespace(Client& client, std::string space);

/// Makes it where it is not there yet.
engine::Task<engine::Result<bool>> make_namespace(Client& client, std::string space);

}  // namespace sdlrun::stages::kubernetes
