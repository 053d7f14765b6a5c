// What `exec.run` and `shell.run` do: a program of the user's, on this machine or, by `with { on, image }`, as a Job.
#pragma once

#include <string>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::kubernetes {

/// Whether a step with these inputs runs as a Job.
bool runs_as_job(const dsl::Fields& inputs);

/// Here or, where the step says so, as a Job: runs a command with the step's `files` in its folder, and takes the declared outputs. Files and folders among its words are carried
/// too. `shown` is what messages call it.
engine::Task<engine::Result<engine::StageOutputs>> run_here_or_as_job(engine::StageContext& context, dsl::List command, std::string shown);

}  // namespace sdlrun::stages::kubernetes
