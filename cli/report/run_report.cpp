#include "cli/report/run_report.hpp"

#include <algorithm>

#include "cli/console.hpp"
#include "cli/pipeline_words.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"
#include "dsl/diagnostics/source_excerpt.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t cached_steps_named = 3;

std::string attempts_text(const engine::StepFinished& event) {
  return event.attempts > 1 ? "  (attempt " + std::to_string(event.attempts) + ')' : "";
}

/// What was fetched from a shared cache is something that was done.
bool is_nothing_to_do(const engine::RunFinished& event) {
  return event.success && !event.interrupted && event.ran == 0 && event.from_shared_cache == 0;
}

}  // namespace

std::vector<std::string> RunReport::lines_for(const engine::Event& event) {
  std::visit([this](const auto& kind) { take(kind); }, event);
  for (std::string& line : lines_) line = shown_line(line, options_.style);
  return std::exchange(lines_, {});
}

void RunReport::take(const engine::StepsAdded& event) {
  if (quiet() || !verbose()) return;
  add_step(Mark::ran, event.name, "adds " + counted(event.count, "step"));
}

void RunReport::take(const engine::StepStarted& event) {
  if (quiet() || !options_.announce_starts) return;
  add_step(Mark::running, event.name, paint(Tone::quiet, event.reason));
}

void RunReport::take(const engine::StepRetried& event) {
  if (quiet()) return;
  const std::string next = event.pause.count() == 0 ? "tried again" : "tried again in " + duration_text(event.pause);
  add_step(Mark::warning, event.name, "attempt " + std::to_string(event.attempt) + " of " + std::to_string(event.attempts) + " failed, " + next);
  add_wrapped("  ", event.error.message);
}

void RunReport::take(const engine::StepPrinted& event) {
  if (!verbose()) return;
  add_cached();
  lines_.push_back(paint(Tone::quiet, event.name + " |") + ' ' + clean_line(event.line));
}

void RunReport::take(const engine::StepFinished& event) {
  const std::string time = duration_text(event.duration);
  const std::string values = small_values(event.outputs);
  switch (event.outcome) {
    case engine::StepOutcome::cached:
      if (event.from_shared_cache) {
        if (!quiet()) add_step(Mark::cached, event.name, paint(Tone::quiet, "from the shared cache") + (values.empty() ? "" : "  " + values));
        break;
      }
      cached_.push_back(event.name);
      if (verbose() || !event.warnings.empty()) add_cached();
      break;
    case engine::StepOutcome::ran:
      if (!quiet()) add_step(Mark::ran, event.name, "ran " + (values.empty() ? time : padded(time, 7) + "  " + values) + attempts_text(event));
      break;
    case engine::StepOutcome::skipped:
      if (!quiet()) add_step(Mark::skipped, event.name, "skipped");
      break;
    case engine::StepOutcome::stopped: add_step(Mark::stopped, event.name, "stopped after " + time); break;
    case engine::StepOutcome::failed: add_failure(event); break;
    case engine::StepOutcome::not_reached: break;
  }
  for (const std::string& warning : event.warnings) {
    add_wrapped("  ", options_.style.mark(Mark::warning) + ' ' + event.name + ": " + warning);
  }
}

void RunReport::take(const engine::RequirementDecided& event) {
  const std::string name = event.name.empty() ? "require" : event.name;
  if (event.holds) {
    if (verbose()) add_step(Mark::ran, name, "holds");
    return;
  }
  add_step(Mark::failed, name, paint(Tone::bad, "does not hold"));
  if (!event.message.empty()) add_wrapped("  ", event.message);
  add_place("required at", event.span);
}

void RunReport::take(const engine::RunNoted& event) {
  if (!event.is_warning && quiet()) return;
  add_cached();
  add_wrapped("", event.is_warning ? options_.style.mark(Mark::warning) + ' ' + event.text : paint(Tone::quiet, event.text));
  if (!event.hint.empty()) add_wrapped("  ", "try: " + event.hint);
}

void RunReport::take(const engine::RunFinished& event) {
  if (is_nothing_to_do(event) && !verbose()) cached_.clear();
  add_cached();
  if (quiet() && event.success) return;
  add(end_line(event));
  if (event.success) add_outputs();
  if (event.interrupted) add_wrapped("  ", "what has finished is kept: run the same command to continue");
}

std::string RunReport::end_line(const engine::RunFinished& event) const {
  const Style& style = options_.style;
  const std::string time = duration_text(event.duration);
  const std::string name = paint(Tone::strong, pipeline_);
  if (is_nothing_to_do(event)) {
    return style.mark(Mark::ran) + ' ' + name + ": nothing to do (" + std::to_string(event.cached) + " cached, " + time + ')';
  }
  std::string counts = std::to_string(event.ran) + " ran, " + std::to_string(event.cached) + " cached";
  if (event.from_shared_cache > 0) counts += " (" + std::to_string(event.from_shared_cache) + " from the shared cache)";
  if (event.failed > 0) counts = std::to_string(event.failed) + " failed, " + counts;
  if (event.not_reached > 0) counts += ", " + std::to_string(event.not_reached) + " not reached";
  const Mark mark = event.interrupted ? Mark::stopped : event.success ? Mark::ran : Mark::failed;
  const std::string_view word = event.interrupted ? " interrupted after " : event.success ? " done in " : " failed after ";
  return style.mark(mark) + ' ' + name + std::string(word) + time + ": " + counts;
}

/// Lines that stay are never cut: what they say must be there to read, and to copy. The terminal breaks them.
void RunReport::add(std::string line) { lines_.push_back(std::move(line)); }

void RunReport::add_wrapped(std::string_view indent, std::string_view text) {
  const std::size_t columns = options_.columns();
  for (const std::string& line : wrapped(text, columns > indent.size() ? columns - indent.size() : 1)) {
    lines_.push_back(std::string(indent) + line);
  }
}

void RunReport::add_step(Mark mark, std::string_view name, std::string_view fact) {
  add_cached();
  add(options_.style.mark(mark) + ' ' + padded(name, options_.name_width) + "  " + std::string(fact));
}

void RunReport::add_cached() {
  const std::vector<std::string> names = std::exchange(cached_, {});
  if (quiet()) return;
  if (names.size() > cached_steps_named && !verbose()) {
    add(options_.style.mark(Mark::cached) + ' ' + paint(Tone::quiet, std::to_string(names.size()) + " cached"));
    return;
  }
  for (const std::string& name : names) add_step(Mark::cached, name, paint(Tone::quiet, "cached"));
}

void RunReport::add_failure(const engine::StepFinished& event) {
  add_step(Mark::failed, event.name, paint(Tone::bad, "failed") + " after " + duration_text(event.duration) + attempts_text(event));
  add_wrapped("  ", event.error.message);
  if (event.error.span) add_place("written at", *event.error.span);
  const auto add_block = [this](std::string_view text) {
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.empty()) return;
    for (const std::string& line : wrapped(text, unlimited)) {
      add("  " + paint(Tone::quiet, "|") + ' ' + clean_line(line));
    }
  };
  add_block(event.error.detail.empty() ? event.log_tail : event.error.detail);
  if (!event.log_file.empty()) lines_.push_back("  log: " + near_path(event.log_file));
  // A step that failed before it started has printed nothing.
  const std::string log_command = event.log_file.empty() ? "" : shell_text({"sdlrun", "log", options_.file, event.name});
  const std::string& hint = event.error.hint.empty() ? log_command : event.error.hint;
  if (!hint.empty()) add_wrapped("  ", "try: " + hint);
}

/// "required at imdb.sdl:50:11", the line, and a caret under what it is about.
void RunReport::add_place(std::string_view what, dsl::Span span) {
  if (options_.sources == nullptr || static_cast<std::size_t>(span.file) >= options_.sources->size()) return;
  const dsl::SourceFile& file = options_.sources->file(span.file);
  const dsl::Position place = file.position(span.begin);
  const dsl::SourceExcerpt excerpt = dsl::source_excerpt(file, span);
  add("  " + paint(Tone::quiet, std::string(what) + ' ' + file.path().string() + ':' + std::to_string(place.line) + ':' +
                                    std::to_string(place.column)));
  add("  " + paint(Tone::quiet, "|") + ' ' + excerpt.text);
  add("  " + paint(Tone::quiet, "|") + ' ' + std::string(excerpt.mark_column, ' ') +
      paint(Tone::bad, std::string(excerpt.mark_columns, '^')));
}

void RunReport::add_outputs() {
  std::size_t width = 0;
  for (const auto& output : outputs_) width = std::max(width, display_width(output.name));
  for (const auto& output : outputs_) {
    add("  " + padded(output.name, width) + "  " + output_text(output));
  }
}

std::string RunReport::output_text(const engine::OutputPublished& output) const {
  const auto* secret = output.value.as<dsl::SecretValue>();
  if (secret == nullptr) return output.link.empty() ? dsl::value_text(output.value) : near_path(output.link);
  if (!options_.reveal) return "a secret, shown at a terminal only";
  const auto text = options_.reveal(*secret);
  return text ? *text : text.error().message;
}

std::string small_values(const dsl::Fields& outputs) {
  constexpr std::size_t longest = 40;
  std::string result;
  for (const auto& [name, value] : outputs) {
    const std::string text = dsl::value_text(value);
    if (display_width(text) > longest) continue;
    if (!result.empty()) result += ", ";
    result += name;
    result += " = " + text;
  }
  return result;
}

}  // namespace sdlrun::cli
