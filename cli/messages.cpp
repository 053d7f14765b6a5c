#include "cli/messages.hpp"

#include <ostream>

#include "cli/exit_code.hpp"
#include "cli/report/event_json.hpp"
#include "cli/terminal/text_width.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"

namespace sdlrun::cli {

void print_error(const Screen& screen, const engine::Error& error) {
  screen.say(screen.style.paint(Tone::bad, "error:") + ' ' + error.message + '\n');
  if (!error.detail.empty()) {
    for (const std::string& line : wrapped(error.detail, unlimited)) screen.stream << "  " << clean_line(line) << '\n';
  }
  if (!error.hint.empty()) screen.say(screen.style.paint(Tone::strong, "hint:") + ' ' + error.hint + '\n');
}

int code_once_written(const Console& console, int code) {
  console.output.stream.flush();
  if (console.output.stream || code != exit_code::done) return code;
  print_error(console.errors, {.message = "cannot write the output", .hint = "is the disk full, or has its reader gone?"});
  return exit_code::cannot_work;
}

void Messages::error(const engine::Error& error) const {
  if (json_) {
    console_.output.stream << error_json(error) << '\n';
  } else {
    print_error(console_.errors, error);
  }
}

void Messages::warning(std::string_view text) const {
  if (json_) {
    console_.output.stream << warning_json(text) << '\n';
  } else {
    console_.errors.say(console_.errors.style.paint(Tone::caution, "warning:") + ' ' + std::string(text) + '\n');
  }
}

void Messages::diagnostics(const dsl::Sources& sources, const dsl::Diagnostics& diagnostics) const {
  if (diagnostics.empty()) return;
  if (json_) {
    console_.output.stream << diagnostics_lines(sources, diagnostics);
  } else {
    console_.errors.stream << dsl::diagnostics_text(sources, diagnostics, {.colour = console_.errors.style.colour});
  }
}

}  // namespace sdlrun::cli
