#include "cli/opened_pipeline.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/report/words.hpp"
#include "dsl/values/path_problem.hpp"
#include "engine/plan/look_ahead.hpp"
#include "stages/all_stages.hpp"

namespace sdlrun::cli {

namespace {

std::vector<std::string> files_of_pipelines(const std::filesystem::path& folder) {
  std::vector<std::string> result;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    if (entry->path().extension() == ".sdl") result.push_back(entry->path().filename().string());
  }
  return result;
}

/// Where a profile's param stands in sdl.yaml.
std::optional<dsl::GivenPlace> place_of(const engine::Project& project, const std::string& profile, const std::string& param, const std::shared_ptr<const std::string>& text) {
  const auto places = project.profile_places.find(profile);
  if (places == project.profile_places.end() || !project.configuration) return std::nullopt;
  const auto found = places->second.find(param);
  if (found == places->second.end() || found->second.end == 0) return std::nullopt;
  return dsl::GivenPlace{near_path(*project.configuration), text, static_cast<std::uint32_t>(found->second.begin), static_cast<std::uint32_t>(found->second.end)};
}

/// The params of the profile, below those of the command line.
std::optional<engine::Error> add_profile(const OpenRequest& request, const engine::Project& project, dsl::GivenParams& given) {
  if (request.profile.empty()) return std::nullopt;
  const auto profile = project.profiles.find(request.profile);
  if (profile == project.profiles.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, params] : project.profiles) names.push_back(name);
    const std::string place = project.configuration ? '`' + project.configuration->string() + '`' : "this project, which has no sdl.yaml";
    return engine::Error{.message = "there is no profile `" + request.profile + "` in " + place,
                         .hint = dsl::did_you_mean(request.profile, names, "profiles stand in sdl.yaml under `profiles`")};
  }
  const auto whole = std::make_shared<const std::string>(project.configuration_text);
  for (const auto& [name, text] : profile->second) {
    given[name] = {.text = text, .source = dsl::PipelineParam::Source::profile, .directory = project.root, .place = place_of(project, request.profile, name, whole)};
  }
  return std::nullopt;
}

std::optional<engine::Error> add_params(const OpenRequest& request, const engine::Project& project, dsl::GivenParams& given) {
  if (auto error = add_profile(request, project, given)) return error;
  for (const auto& [name, text] : request.words.params) given[name] = {.text = text};
  return std::nullopt;
}

bool lacks_params(const dsl::PipelineSignature& signature, const dsl::GivenParams& given) {
  return std::any_of(signature.params.begin(), signature.params.end(),
                     [&](const auto& param) { return param.default_text.empty() && !given.contains(param.name); });
}

/// Reads, checks and binds; false where something is wrong.
bool load(const OpenRequest& request, OpenedPipeline& opened, const Messages& messages) {
  opened.program = dsl::load_program(opened.sources, request.words.file, opened.stages.schemas(), opened.diagnostics);
  if (!opened.program) return false;
  dsl::GivenParams given;
  if (const auto error = add_params(request, opened.project, given)) {
    messages.error(*error);
    return false;
  }
  opened.signature = dsl::signature(*opened.program);
  if (request.check_only && (!opened.signature || lacks_params(*opened.signature, given))) return true;
  std::optional<dsl::Pipeline> pipeline = dsl::open_pipeline(opened.sources, opened.program, given, opened.diagnostics, opened.project.pools);
  if (!pipeline) return false;
  opened.pipeline = std::move(*pipeline);
  opened.is_bound = true;
  return true;
}

std::optional<engine::Error> find_goals(const OpenRequest& request, OpenedPipeline& opened) {
  if (!opened.is_bound) return std::nullopt;
  for (const std::string& name : request.words.names) {
    const auto steps = find_steps(opened.pipeline, name);
    if (!steps) return steps.error();
    opened.goals.insert(opened.goals.end(), steps->begin(), steps->end());
  }
  return std::nullopt;
}

}  // namespace

std::optional<engine::Error> missing_file(const std::string& file) {
  std::error_code unreadable;
  const std::filesystem::path path(file);
  const bool is_folder = std::filesystem::is_directory(path, unreadable);
  const auto problem = dsl::path_problem(path);
  if (!is_folder && !problem) return std::nullopt;
  if (problem && !problem->hint.empty()) return engine::Error{.message = "cannot read `" + file + "`: " + problem->reason, .hint = problem->hint};
  const std::filesystem::path folder = is_folder ? path : path.parent_path();
  const std::vector<std::string> found = files_of_pipelines(folder);
  const std::vector<std::string_view> names(found.begin(), found.end());
  const std::string_view nearest = is_folder && found.size() == 1 ? names.front() : dsl::nearest_name(path.filename().string(), names);
  const std::string hint = nearest.empty() ? "name a .sdl file; `sdlrun --help` shows examples"
                                           : "did you mean `" + (folder / nearest).string() + "`?";
  return engine::Error{.message = is_folder ? '`' + file + "` is a folder, not a pipeline's file" : "there is no file `" + file + '`',
                       .hint = hint};
}

engine::Result<std::vector<dsl::NodeId>> find_steps(const dsl::Pipeline& pipeline, const std::string& name) {
  std::vector<dsl::NodeId> found = pipeline.find(name);
  if (!found.empty()) return found;
  std::vector<std::string_view> names;
  for (const dsl::Node& node : pipeline.nodes) {
    names.push_back(node.name);
    names.push_back(names.back().substr(0, names.back().find('[')));  // all elements of a for-each step
  }
  for (const dsl::PipelineParam& param : pipeline.params) {
    if (param.name == name) return engine::failure('`' + name + "` is a param, not a step", "set it by `" + name + "=value`");
  }
  for (const dsl::Node& node : pipeline.nodes) {
    const std::string all = node.name.substr(0, node.name.rfind('['));
    if (node.kind != dsl::NodeKind::gate || !name.starts_with(all + '[')) continue;
    return engine::failure("whether there will be a step `" + name + "` is known only while the pipeline runs", "name all of them: `" + all + '`');
  }
  return engine::failure("pipeline `" + pipeline.name + "` has no step `" + name + '`',
                         dsl::did_you_mean(name, names, "`sdlrun graph FILE` shows all steps"));
}

std::unique_ptr<OpenedPipeline> open_pipeline(const OpenRequest& request, const Messages& messages) {
  if (const auto error = missing_file(request.words.file)) {
    messages.error(*error);
    return nullptr;
  }
  engine::Result<engine::Project> project = engine::find_project(request.words.file);
  if (!project) {
    messages.error(project.error());
    return nullptr;
  }
  auto opened = std::make_unique<OpenedPipeline>();
  opened->stages = stages::all_stages();
  opened->project = std::move(*project);
  const bool loaded = load(request, *opened, messages);
  messages.diagnostics(opened->sources, opened->diagnostics);
  if (!loaded) return nullptr;
  if (const auto error = find_goals(request, *opened)) {
    messages.error(*error);
    return nullptr;
  }
  return opened;
}

bool looks_good_ahead(const OpenedPipeline& opened, const Messages& messages) {
  if (!opened.is_bound) return true;
  const dsl::Diagnostics found = engine::look_ahead(opened.pipeline, opened.stages, opened.goals);
  messages.diagnostics(opened.sources, found);
  return found.empty();
}

}  // namespace sdlrun::cli
