// The environment of a step's programs: little of the user's, so that what a step gives does not hang on it.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/run/secrets.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

/// Whether a variable of the user's is handed on. None of them is part of a key: they say where things are on this
/// machine (programs, proxies, certificates, caches), not what a step is to do.
bool is_handed_on(std::string_view variable);
/// Those variables of the user's, sorted by name.
Environment handed_on(const Environment& user_environment);

struct StepEnvironmentRequest {
  const Environment& handed_on;
  const Environment& declared;  // `with { env }`
  const std::vector<dsl::NodeOutput>& outputs;
  const std::filesystem::path& work_directory;
  const std::filesystem::path& temporary_directory;
};

/// `with { env }`, whose values are strings and secrets, as texts. A secret that is not there is the error.
Result<Environment> texts_of(const dsl::Fields& declared, Secrets& secrets);

/// Later ones win: the user's, TMPDIR, `with { env }`, SDL_OUTPUT_<NAME>. Sorted by name.
Environment step_environment(const StepEnvironmentRequest& request);

}  // namespace sdlrun::engine
