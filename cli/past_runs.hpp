// What a project remembers of its runs, as `log`, `explain`, `runs`, `report`, `diff` and `clean` ask for it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/pipeline_words.hpp"
#include "cli/session.hpp"
#include "engine/cache/state.hpp"
#include "engine/project/project.hpp"

namespace sdlrun::cli {

/// Words that may begin with a pipeline's file: `log train`, `log imdb.sdl train`.
PipelineWords past_words(const std::vector<std::string>& words);

/// "nothing has run in this project yet", or that `pipeline` has not where others have; empty: any.
std::string nothing_has_run_text(engine::State& state, const std::string& pipeline);

/// The project of a file, or of the current folder where `file` is empty. A file that is not there is an error.
engine::Result<engine::Project> project_of(const std::string& file);

/// Opens the project of `file` and its state, to be read, for `work`, whose exit code it gives. What keeps them from being
/// opened is told.
int with_past(const std::string& file, const Messages& messages, const std::function<int(const engine::Project&, const Session&)>& work);

/// The pipeline that past commands are about: the file's, else the newest run's; empty where nothing has run.
std::string pipeline_of(const std::string& file, engine::State& state);

/// Newest first, at most so many; of all pipelines where `pipeline` is empty.
std::vector<engine::RunRecord> past_runs(engine::State& state, const std::string& pipeline, std::size_t most);
std::optional<engine::RunRecord> newest_run(engine::State& state, const std::string& pipeline);

/// The run of that name; the newest, of a pipeline if one is named, where `name` is empty. The error offers the nearest name.
engine::Result<engine::RunRecord> find_run(engine::State& state, const std::string& pipeline, const std::string& name);

/// Two runs of one pipeline, and not one run twice.
engine::Result<void> check_comparable(const engine::RunRecord& then, const engine::RunRecord& now);

/// The last time a step of a pipeline was looked at; with `run`, in that run. With `with_log` one that left a log, if
/// there is any. The error offers the nearest name.
struct AttemptQuery {
  std::string pipeline;
  std::string step;
  std::string run;
  bool with_log = false;
};
engine::Result<engine::StepAttempt> find_attempt(engine::State& state, const AttemptQuery& query);

/// Names of the steps that recent runs of a pipeline looked at, each once.
std::vector<std::string> known_steps(engine::State& state, const std::string& pipeline);

}  // namespace sdlrun::cli
