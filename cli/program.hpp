// The program: arguments in, exit code out.
#pragma once

#include <string>
#include <vector>

#include "cli/console.hpp"

namespace sdlrun::cli {

/// Exit codes: 0 done; 1 a step or requirement failed; 2 the command line, the file or a value is wrong; 3 sdlrun itself
/// could not work (state not writable, disk full); 130 interrupted.
int run_program(int argument_count, char** arguments);

/// The same in memory; `words` are those behind the program's name.
int run_program(Console& console, const std::vector<std::string>& words);

}  // namespace sdlrun::cli
