#include "cli/common_options.hpp"

#include "cli/debug_log.hpp"

namespace sdlrun::cli {

void CommonOptions::declare(Options& options, bool with_json) {
  if (with_json) options.flag("--json", json, "for programs: JSON instead of text");
  options.flag("--color", colour, "colours also where there is no terminal");
  options.flag("--no-color", no_colour, "no colours");
  options.text("--debug-log", debug_log, "FILE", "write what sdlrun does inside to FILE");
}

void CommonOptions::apply(Console& console) const {
  if (colour || no_colour) {
    const ColourChoice choice = no_colour ? ColourChoice::never : ColourChoice::always;
    for (Screen* screen : {&console.output, &console.errors}) {
      screen->style = style_of(console, screen->is_terminal, choice);
    }
  }
  start_debug_log(console, debug_log);
}

}  // namespace sdlrun::cli
