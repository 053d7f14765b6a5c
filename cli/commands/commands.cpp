#include "cli/commands/commands.hpp"

#include <algorithm>

namespace sdlrun::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"check", "find the mistakes of a file without running it", check_command},
      {"plan", "show for every step whether it would run, and why", plan_command},
      {"simulate", "show how a run would go, on virtual time", simulate_command},
      {"graph", "draw the steps: text, dot, mermaid or json", graph_command},
      {"fmt", "bring files into the canonical form", format_command},
      {"log", "print what a step printed", log_command},
      {"explain", "tell why a step ran, was cached, or would run", explain_command},
      {"runs", "list past runs", runs_command},
      {"report", "write a report of a run: HTML, trace or JUnit XML", report_command},
      {"diff", "compare two runs, step by step", diff_command},
      {"clean", "forget results and remove outputs", clean_command},
      {"gc", "remove results and past runs that were not used for long", gc_command},
      {"help", "explain a stage or a pipeline's file", help_command},
      {"completions", "print a completion script: bash, zsh or fish", completions_command},
      {"docs", "", docs_command},
      {"__complete", "", complete_command},
  };
  return all;
}

const Command* find_command(std::string_view name) {
  const auto found = std::find_if(commands().begin(), commands().end(), [&](const Command& command) { return command.name == name; });
  return found == commands().end() ? nullptr : &*found;
}

}  // namespace sdlrun::cli
