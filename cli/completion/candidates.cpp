#include "cli/completion/candidates.hpp"

#include <algorithm>
#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/completion/sources.hpp"
#include "cli/past_runs.hpp"
#include "engine/project/project.hpp"

namespace sdlrun::cli {

namespace {

void keep_beginning_with(const std::string& beginning, std::vector<Candidate>& all) {
  std::erase_if(all, [&](const Candidate& candidate) { return !candidate.word.starts_with(beginning); });
}

void append(std::vector<Candidate>& all, std::vector<Candidate> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Candidate> command_names() {
  std::vector<Candidate> result;
  for (const Command& command : commands()) {
    if (!command.summary.empty()) result.push_back({std::string(command.name), std::string(command.summary)});
  }
  return result;
}

/// The options that a command's own help names, so that the two never differ.
std::vector<Candidate> option_names(const Command* command) {
  std::ostringstream help;
  std::istringstream nothing;
  Console console{.input = nothing, .output = {.stream = help}, .errors = {.stream = help}, .variables = {}};
  (command == nullptr ? run_command : command->run)(console, {"--help"});
  std::vector<Candidate> result;
  std::istringstream words(help.str());
  for (std::string word; words >> word;) {
    const std::size_t dashes = word.find("--");
    if (dashes == std::string::npos || (dashes != 0 && word[dashes - 1] != ',')) continue;
    const std::string option = word.substr(dashes, word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", dashes) - dashes);
    if (option.size() > 2) result.push_back({option});
  }
  return result;
}

std::vector<Candidate> option_values(const std::string& option, const std::string& file) {
  std::vector<Candidate> result;
  if (option == "--format") result = {{"text"}, {"dot"}, {"mermaid"}, {"json"}};
  if (option != "--profile") return result;
  if (const auto project = project_of(file)) {
    for (const auto& [name, values] : project->profiles) result.push_back({name, "profile"});
  }
  return result;
}

std::vector<Candidate> after_command(const Command& command, const std::vector<std::string>& before, const std::string& typed) {
  const std::string file = before.empty() ? "" : before.front();
  const auto is = [&](std::string_view name) { return command.name == name; };
  if (is("completions")) return {{"bash"}, {"zsh"}, {"fish"}};
  if (is("help")) {
    std::vector<Candidate> result = stage_names();
    append(result, command_names());
    append(result, pipeline_files(typed));
    return result;
  }
  if (is("diff")) return past_run_names("");
  if (is("gc")) return before.empty() ? pipeline_files(typed) : std::vector<Candidate>();
  if (is("fmt") || before.empty()) {
    std::vector<Candidate> result = pipeline_files(typed);
    if (is("log") || is("explain") || is("clean")) append(result, past_steps(""));
    if (is("report")) append(result, past_run_names(""));
    return result;
  }
  if (is("check") || is("graph")) return params_and_goals(file, typed, false);
  if (is("plan") || is("simulate") || is("explain")) return params_and_goals(file, typed, true);
  if (is("report")) return past_run_names(file.ends_with(".sdl") ? file : "");
  if (is("log") || is("clean")) return past_steps(file.ends_with(".sdl") ? file : "");
  return {};
}

std::vector<Candidate> all_candidates(std::vector<std::string> before, const std::string& typed) {
  const Command* command = before.empty() ? nullptr : find_command(before.front());
  if (command != nullptr) before.erase(before.begin());
  const std::string last = before.empty() ? "" : before.back();
  std::erase_if(before, [](const std::string& word) { return word.starts_with('-'); });
  const std::string file = before.empty() ? "" : before.front();
  if (last == "--format" || last == "--profile") return option_values(last, file);
  if (command != nullptr && (last == "--fail" || last == "--duration")) return steps_of(file);
  if (last == "--run") return past_run_names(file.ends_with(".sdl") ? file : "");
  if (typed.starts_with('-')) return option_names(command);
  if (command != nullptr) return after_command(*command, before, typed);
  if (!before.empty()) return params_and_goals(file, typed, true);
  std::vector<Candidate> result = command_names();
  append(result, pipeline_files(typed));
  return result;
}

}  // namespace

std::vector<Candidate> candidates(const std::vector<std::string>& words) {
  if (words.empty()) return candidates({""});
  std::vector<Candidate> result = all_candidates({words.begin(), words.end() - 1}, words.back());
  keep_beginning_with(words.back(), result);
  std::sort(result.begin(), result.end(), [](const Candidate& left, const Candidate& right) { return left.word < right.word; });
  return result;
}

}  // namespace sdlrun::cli
