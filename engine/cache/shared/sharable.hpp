// Which results may leave this machine, or come from another.
#pragma once

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/types/type.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::engine {

/// Whether a shared cache is asked for this step, as far as the pipeline says: not with `cache = off` or `local`, not for
/// stages with effects outside, or outputs that mean something on one machine only, and not where a secret is read.
bool may_be_shared(const dsl::Node& step);

/// Whether a secret stands anywhere in it. Keys hold secrets by their names only: what one person's gave is not for others.
bool holds_secret(const dsl::Fields& values);

/// Whether a handle or a secret stands anywhere in it: what means something on one machine only.
bool holds_handle_or_secret(const dsl::Fields& values);

/// Whether outputs are what the step declares, by name and type: what comes from elsewhere may be anything.
bool are_outputs_of(const dsl::Node& step, const dsl::Fields& outputs);

}  // namespace sdlrun::engine
