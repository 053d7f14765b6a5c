// The commands of sdlrun. Each gets the words behind its name and gives the program's exit code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"

namespace sdlrun::cli {

using Words = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;  // empty: not shown
  int (*run)(Console& console, const Words& words);
};

const std::vector<Command>& commands();
const Command* find_command(std::string_view name);

int run_command(Console& console, const Words& words);  // `sdlrun FILE …`
int check_command(Console& console, const Words& words);
int plan_command(Console& console, const Words& words);
int simulate_command(Console& console, const Words& words);
int graph_command(Console& console, const Words& words);
int format_command(Console& console, const Words& words);
int log_command(Console& console, const Words& words);
int explain_command(Console& console, const Words& words);
int runs_command(Console& console, const Words& words);
int report_command(Console& console, const Words& words);
int diff_command(Console& console, const Words& words);
int clean_command(Console& console, const Words& words);
int gc_command(Console& console, const Words& words);
int help_command(Console& console, const Words& words);
int completions_command(Console& console, const Words& words);
int docs_command(Console& console, const Words& words);
int complete_command(Console& console, const Words& words);

}  // namespace sdlrun::cli
