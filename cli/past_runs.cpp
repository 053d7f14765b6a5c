#include "cli/past_runs.hpp"

#include <algorithm>
#include <limits>

#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/pipeline_help.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t most_runs_searched = 1000;

bool has_log(const engine::StepAttempt& attempt) {
  std::error_code problem;
  return !attempt.log_file.empty() && std::filesystem::exists(attempt.log_file, problem);
}

std::optional<engine::StepAttempt> attempt_in_run(engine::State& state, const AttemptQuery& query, const std::string& run) {
  for (engine::StepAttempt& attempt : state.attempts(run)) {
    if (attempt.step == query.step && (!query.with_log || has_log(attempt))) return std::move(attempt);
  }
  return std::nullopt;
}

std::optional<engine::StepAttempt> newest_attempt(engine::State& state, const AttemptQuery& query) {
  std::optional<engine::StepAttempt> last = state.last_attempt(query.pipeline, query.step);
  if (!query.with_log || !last || has_log(*last)) return last;
  // A cached step has left its log in the run in which it ran.
  for (const engine::RunRecord& run : past_runs(state, query.pipeline, most_runs_searched)) {
    if (auto attempt = attempt_in_run(state, query, run.run)) return attempt;
  }
  return last;
}

/// Elements of a for-each step, inner steps of a composite one.
std::string parts_of(const std::string& step, const std::vector<std::string>& known) {
  std::string result;
  for (const std::string& name : known) {
    if (!name.starts_with(step + '[') && !name.starts_with(step + '/')) continue;
    result += (result.empty() ? "`" : ", `") + name + '`';
  }
  return result;
}

/// `pipeline`: empty for any.
engine::Error nothing_has_run(engine::State& state, const std::string& pipeline) {
  const bool has_runs = !state.runs(1).empty();
  return {.message = nothing_has_run_text(state, pipeline), .hint = has_runs ? "`sdlrun runs` lists past runs" : "run a pipeline first: sdlrun FILE"};
}

std::vector<std::string> run_names(const std::vector<engine::RunRecord>& runs) {
  std::vector<std::string> names;
  for (const engine::RunRecord& run : runs) names.push_back(run.run);
  return names;
}

std::vector<std::string> steps_of_run(engine::State& state, const std::string& run) {
  std::vector<std::string> names;
  for (engine::StepAttempt& attempt : state.attempts(run)) names.push_back(std::move(attempt.step));
  return names;
}

engine::Error unknown_step(engine::State& state, const AttemptQuery& query) {
  const std::vector<std::string> known = query.run.empty() ? known_steps(state, query.pipeline) : steps_of_run(state, query.run);
  if (known.empty() && query.run.empty()) return nothing_has_run(state, query.pipeline);
  if (const std::string parts = parts_of(query.step, known); !parts.empty()) {
    return {.message = '`' + query.step + "` is several steps", .hint = "name one of " + parts};
  }
  const std::string where = query.run.empty() ? "pipeline `" + query.pipeline + '`' : "run " + query.run;
  return {.message = where + " knows no step `" + query.step + '`',
          .hint = dsl::did_you_mean(query.step, {known.begin(), known.end()}, query.run.empty() ? "`sdlrun runs` lists past runs" : "`sdlrun diff` shows which steps only one of two runs has")};
}

}  // namespace

std::string nothing_has_run_text(engine::State& state, const std::string& pipeline) {
  const bool others_have = !pipeline.empty() && !state.runs(1).empty();
  return others_have ? "pipeline `" + pipeline + "` has not run in this project yet" : "nothing has run in this project yet";
}

PipelineWords past_words(const std::vector<std::string>& words) {
  return told_apart(words, !words.empty() && words.front().ends_with(".sdl"));
}

engine::Result<engine::Project> project_of(const std::string& file) {
  if (!file.empty()) {
    if (auto error = missing_file(file)) return tl::unexpected(std::move(*error));
    return engine::find_project(file);
  }
  std::error_code problem;
  const std::filesystem::path here = std::filesystem::current_path(problem);
  if (problem) return engine::failure("the current folder is gone", "change to another one");
  return engine::find_project(here / "any.sdl");
}

int with_past(const std::string& file, const Messages& messages, const std::function<int(const engine::Project&, const Session&)>& work) {
  const engine::Result<engine::Project> project = project_of(file);
  if (!project) {
    messages.error(project.error());
    return exit_code::wrong_input;
  }
  const engine::Result<Session> session = open_session(*project, Access::read, messages);
  if (!session) {
    messages.error(session.error());
    return exit_code::cannot_work;
  }
  return work(*project, *session);
}

std::string pipeline_of(const std::string& file, engine::State& state) {
  if (!file.empty()) return names_in_file(file).pipeline;
  const std::optional<engine::RunRecord> newest = newest_run(state, "");
  return newest ? newest->pipeline : "";
}

std::vector<engine::RunRecord> past_runs(engine::State& state, const std::string& pipeline, std::size_t most) {
  if (pipeline.empty()) return state.runs(most);
  std::vector<engine::RunRecord> runs = state.runs(most_runs_searched);
  std::erase_if(runs, [&](const engine::RunRecord& run) { return run.pipeline != pipeline; });
  if (runs.size() > most) runs.resize(most);
  return runs;
}

std::optional<engine::RunRecord> newest_run(engine::State& state, const std::string& pipeline) {
  std::vector<engine::RunRecord> runs = past_runs(state, pipeline, 1);
  if (runs.empty()) return std::nullopt;
  return std::move(runs.front());
}

engine::Result<engine::RunRecord> find_run(engine::State& state, const std::string& pipeline, const std::string& name) {
  std::vector<engine::RunRecord> runs = state.runs(std::numeric_limits<std::size_t>::max());
  if (runs.empty()) return tl::unexpected(nothing_has_run(state, ""));
  const auto is_meant = [&](const engine::RunRecord& run) {
    return name.empty() ? pipeline.empty() || run.pipeline == pipeline : run.run == name;
  };
  const auto found = std::find_if(runs.begin(), runs.end(), is_meant);
  if (found != runs.end()) return std::move(*found);
  if (name.empty()) return tl::unexpected(nothing_has_run(state, pipeline));
  const std::vector<std::string> names = run_names(runs);
  return engine::failure("there is no run `" + name + '`', dsl::did_you_mean(name, {names.begin(), names.end()}, "`sdlrun runs` lists past runs"));
}

engine::Result<void> check_comparable(const engine::RunRecord& then, const engine::RunRecord& now) {
  if (then.run == now.run) {
    return engine::failure("both are run " + then.run, "name two runs: `sdlrun runs` lists them");
  }
  if (then.pipeline != now.pipeline) {
    return engine::failure("run " + then.run + " is of pipeline `" + then.pipeline + "`, run " + now.run + " of `" + now.pipeline + '`',
                           "name two runs of one pipeline: `sdlrun runs FILE` lists them");
  }
  return {};
}

engine::Result<engine::StepAttempt> find_attempt(engine::State& state, const AttemptQuery& query) {
  auto found = query.run.empty() ? newest_attempt(state, query) : attempt_in_run(state, query, query.run);
  if (!found) return tl::unexpected(unknown_step(state, query));
  return std::move(*found);
}

std::vector<std::string> known_steps(engine::State& state, const std::string& pipeline) {
  constexpr std::size_t recent = 10;
  std::vector<std::string> names;
  for (const engine::RunRecord& run : past_runs(state, pipeline, recent)) {
    for (const engine::StepAttempt& attempt : state.attempts(run.run)) names.push_back(attempt.step);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace sdlrun::cli
