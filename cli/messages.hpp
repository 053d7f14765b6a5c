// How errors, warnings and notes reach people, or programs where `--json` was asked for.
#pragma once

#include <string_view>

#include "cli/console.hpp"
#include "dsl/diagnostics/diagnostic.hpp"
#include "engine/error.hpp"

namespace sdlrun::cli {

/// "error: message", its detail indented, "hint: …".
void print_error(const Screen& screen, const engine::Error& error);

/// The exit code: what is `done` only once its output has been written. Flushes it.
int code_once_written(const Console& console, int code);

/// Text goes to the console's errors; JSON objects, one a line, to its output.
class Messages {
 public:
  Messages(Console& console, bool json) : console_(console), json_(json) {}

  void error(const engine::Error& error) const;
  void warning(std::string_view text) const;
  /// Errors and warnings in a source text, in source order.
  void diagnostics(const dsl::Sources& sources, const dsl::Diagnostics& diagnostics) const;
  bool json() const { return json_; }

 private:
  Console& console_;
  bool json_;
};

}  // namespace sdlrun::cli
