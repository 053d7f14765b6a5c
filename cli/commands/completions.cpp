// sdlrun completions, and the hidden command that the shells' scripts call.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/completion/candidates.hpp"
#include "cli/completion/scripts.hpp"
#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::cli {

int completions_command(Console& console, const Words& words) {
  Options options("completions", "completions bash|zsh|fish", "Prints a script that lets the shell complete commands, files, params, steps and stages.");
  std::vector<std::string> shells;
  options.words(shells);
  options.footer("bash: eval \"$(sdlrun completions bash)\" in ~/.bashrc\n"
                 "zsh:  eval \"$(sdlrun completions zsh)\" in ~/.zshrc, after compinit\n"
                 "fish: sdlrun completions fish > ~/.config/fish/completions/sdlrun.fish");
  if (const auto code = options.parse(words, console)) return *code;
  if (shells.size() != 1) return options.refuse(console, "name one shell");
  const std::string_view script = completion_script(shells.front());
  if (script.empty()) {
    return options.refuse(console, "there is no script for `" + shells.front() + '`',
                          dsl::did_you_mean(shells.front(), {"bash", "zsh", "fish"}, "shells: bash, zsh, fish"));
  }
  console.output.stream << script;
  return exit_code::done;
}

int complete_command(Console& console, const Words& words) {
  for (const Candidate& candidate : candidates(words)) {
    console.output.stream << candidate.word;
    if (!candidate.description.empty()) console.output.stream << '\t' << candidate.description;
    console.output.stream << '\n';
  }
  return exit_code::done;
}

}  // namespace sdlrun::cli
