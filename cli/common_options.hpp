// Options that several commands share.
#pragma once

#include <string>

#include "cli/console.hpp"
#include "cli/options.hpp"

namespace sdlrun::cli {

struct CommonOptions {
  bool json = false;
  bool colour = false;
  bool no_colour = false;
  std::string debug_log;

  /// `--json` (where the command can write it), `--color`, `--no-color`, `--debug-log FILE`.
  void declare(Options& options, bool with_json = true);
  /// To be called once the words are parsed: sets the console's colours and the debug log.
  void apply(Console& console) const;
};

}  // namespace sdlrun::cli
