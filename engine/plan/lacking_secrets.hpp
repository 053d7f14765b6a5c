// Secrets that steps will want and that are not there: said when a run begins to work, and not when it comes to them, hours later.
#pragma once

#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/error.hpp"
#include "engine/run/secrets.hpp"

namespace sdlrun::engine {

struct LackingSecret {
  std::vector<dsl::NodeId> wanted_by;  // in the pipeline's order
  Error error = {};                    // as the step will say it
};

/// Of these steps (one entry a node), as far as it is known that they are wanted, and with what. Each secret once. A generated one is not
/// missing, as the first to read it makes it. Files are read.
std::vector<LackingSecret> lacking_secrets(const dsl::Pipeline& pipeline, const std::vector<bool>& steps, const Secrets& secrets);

/// "the secret `token` is not there: the environment variable `TOKEN` is not set; step `push` will want it"
std::string lacking_secret_text(const dsl::Pipeline& pipeline, const LackingSecret& secret);

}  // namespace sdlrun::engine
