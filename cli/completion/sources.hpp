// Where candidates come from: folders, pipelines' files, past runs, stages.
#pragma once

#include <string>
#include <vector>

#include "cli/completion/candidates.hpp"

namespace sdlrun::cli {

/// .sdl files in the folder of what is typed, and the folders there with a `/` behind them.
std::vector<Candidate> pipeline_files(const std::string& typed);
/// `name=` for each param or, where that is typed already, with the values its type names; then the steps.
std::vector<Candidate> params_and_goals(const std::string& file, const std::string& typed, bool with_goals);
/// The steps of a file's pipeline.
std::vector<Candidate> steps_of(const std::string& file);
/// Steps of recent runs; of the newest run's pipeline where `file` is empty.
std::vector<Candidate> past_steps(const std::string& file);
/// Recent runs, with their pipeline and outcome; of all pipelines where `file` is empty.
std::vector<Candidate> past_run_names(const std::string& file);
std::vector<Candidate> stage_names();

}  // namespace sdlrun::cli
