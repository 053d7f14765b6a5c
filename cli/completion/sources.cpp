#include "cli/completion/sources.hpp"

#include <filesystem>
#include <functional>
#include <sstream>

#include "cli/opened_pipeline.hpp"
#include "cli/past_runs.hpp"
#include "stages/all_stages.hpp"

namespace sdlrun::cli {

namespace {

namespace fs = std::filesystem;

/// Files beginning with what is typed, and folders with a `/` behind them; `wanted` chooses among the files.
std::vector<Candidate> files(const std::string& typed, const std::function<bool(const fs::path&)>& wanted) {
  const std::string folder = typed.substr(0, typed.rfind('/') + 1);
  const bool hidden_too = typed.substr(folder.size()).starts_with('.');
  std::vector<Candidate> result;
  std::error_code problem;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, problem), end; !problem && entry != end; entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') && !hidden_too) continue;
    std::error_code unknown;
    if (entry->is_directory(unknown)) {
      result.push_back({folder + name + '/'});
    } else if (wanted(entry->path())) {
      result.push_back({folder + name});
    }
  }
  return result;
}

std::optional<dsl::PipelineSignature> signature_of(const std::string& file) {
  if (missing_file(file)) return std::nullopt;
  dsl::Sources sources;
  dsl::Diagnostics diagnostics;
  const engine::StageSet stages = stages::all_stages();
  const auto program = dsl::load_program(sources, file, stages.schemas(), diagnostics);
  return program ? dsl::signature(*program) : std::nullopt;
}

/// The values that a param's type names: the members of an enum, true and false.
std::vector<std::string> values_of(const std::string& type_text) {
  if (type_text.starts_with("bool")) return {"true", "false"};
  std::vector<std::string> values;
  if (!type_text.starts_with("enum(")) return values;
  for (std::size_t open = type_text.find('"'); open != std::string::npos;) {
    const std::size_t close = type_text.find('"', open + 1);
    if (close == std::string::npos) break;
    values.push_back(type_text.substr(open + 1, close - open - 1));
    open = type_text.find('"', close + 1);
  }
  return values;
}

std::vector<Candidate> param_values(const dsl::PipelineSignature::Param& param, const std::string& typed) {
  std::vector<Candidate> result;
  for (const std::string& value : values_of(param.type_text)) result.push_back({param.name + '=' + value});
  if (param.type_text.starts_with("file") || param.type_text.starts_with("dir")) {
    for (const Candidate& file : files(typed.substr(param.name.size() + 1), [](const fs::path&) { return true; })) {
      result.push_back({param.name + '=' + file.word});
    }
  }
  return result;
}

std::vector<Candidate> params(const dsl::PipelineSignature& signature, const std::string& typed) {
  std::vector<Candidate> result;
  for (const auto& param : signature.params) {
    if (typed.starts_with(param.name + '=')) return param_values(param, typed);
    result.push_back({param.name + '=', param.doc.substr(0, param.doc.find('\n'))});
  }
  return result;
}

void add_steps(const dsl::PipelineSignature& signature, std::vector<Candidate>& all) {
  for (const std::string& step : signature.steps) all.push_back({step, "step"});
}

/// Asks the state of a file's project, or of the current folder's. Nothing is said of what is wrong with it.
std::vector<Candidate> from_past(const std::string& file, const std::function<std::vector<Candidate>(engine::State&)>& ask) {
  std::ostringstream unheard;
  std::istringstream nothing;
  Console console{.input = nothing, .output = {.stream = unheard}, .errors = {.stream = unheard}, .variables = {}};
  const engine::Result<engine::Project> project = project_of(file);
  if (!project) return {};
  const auto session = open_session(*project, Access::read, Messages(console, false));
  return session ? ask(*session->state) : std::vector<Candidate>();
}

}  // namespace

std::vector<Candidate> pipeline_files(const std::string& typed) {
  return files(typed, [](const fs::path& path) { return path.extension() == ".sdl"; });
}

std::vector<Candidate> params_and_goals(const std::string& file, const std::string& typed, bool with_goals) {
  const auto signature = signature_of(file);
  if (!signature) return {};
  std::vector<Candidate> result = params(*signature, typed);
  if (!with_goals) return result;
  add_steps(*signature, result);
  return result;
}

std::vector<Candidate> steps_of(const std::string& file) {
  const auto signature = signature_of(file);
  std::vector<Candidate> result;
  if (signature) add_steps(*signature, result);
  return result;
}

std::vector<Candidate> past_steps(const std::string& file) {
  return from_past(file, [&](engine::State& state) {
    std::vector<Candidate> result;
    for (const std::string& step : known_steps(state, pipeline_of(file, state))) result.push_back({step, "step"});
    return result;
  });
}

std::vector<Candidate> past_run_names(const std::string& file) {
  constexpr std::size_t most = 50;
  return from_past(file, [&](engine::State& state) {
    std::vector<Candidate> result;
    const std::string pipeline = file.empty() ? "" : pipeline_of(file, state);
    for (const engine::RunRecord& run : past_runs(state, pipeline, most)) result.push_back({run.run, run.pipeline + ", " + run.outcome});
    return result;
  });
}

std::vector<Candidate> stage_names() {
  const engine::StageSet stages = stages::all_stages();
  std::vector<Candidate> result;
  for (const dsl::StageSchema* schema : stages.schemas().all()) result.push_back({schema->full_name(), schema->summary});
  return result;
}

}  // namespace sdlrun::cli
