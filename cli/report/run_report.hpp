// The lines about a run that stay on the screen (or in a file): what has finished, what failed and why, and the end.
// Knows nothing of time and redrawing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/style.hpp"
#include "dsl/source/source.hpp"
#include "engine/run/event.hpp"

namespace sdlrun::cli {

enum class Loudness { quiet, normal, verbose };

struct RunReportOptions {
  Style style;
  Loudness loudness = Loudness::normal;
  /// Says when a step starts, too: where nothing is redrawn, it is the only sign of life.
  bool announce_starts = false;
  /// How wide lines may be; asked for each, as the window may change.
  std::function<std::size_t()> columns;
  /// Where requirements are written; may be null.
  const dsl::Sources* sources = nullptr;
  /// The pipeline's file, as commands that are offered name it.
  std::string file = {};
  /// Gives a secret's text, where an output that is one may be shown: to a person at a terminal.
  std::function<engine::Result<std::string>(const dsl::SecretValue&)> reveal = {};
  /// Steps' names are padded to it.
  std::size_t name_width = 0;
};

class RunReport {
 public:
  explicit RunReport(RunReportOptions options) : options_(std::move(options)) {}

  /// The lines that an event leaves, without their ends.
  std::vector<std::string> lines_for(const engine::Event& event);

 private:
  void take(const engine::RunStarted& event) { pipeline_ = event.pipeline; }
  void take(const engine::StepsAdded& event);
  void take(const engine::StepStarted& event);
  void take(const engine::StepRetried& event);
  void take(const engine::StepProgressed&) {}
  void take(const engine::StepPrinted& event);
  void take(const engine::StepFinished& event);
  void take(const engine::RequirementDecided& event);
  void take(const engine::OutputPublished& event) { outputs_.push_back(event); }
  void take(const engine::RunNoted& event);
  void take(const engine::RunEstimated&) {}
  void take(const engine::RunFinished& event);

  void add(std::string line);
  void add_wrapped(std::string_view indent, std::string_view text);
  void add_step(Mark mark, std::string_view name, std::string_view fact);
  void add_cached();
  void add_failure(const engine::StepFinished& event);
  void add_place(std::string_view what, dsl::Span span);
  void add_outputs();
  std::string output_text(const engine::OutputPublished& output) const;
  std::string end_line(const engine::RunFinished& event) const;
  std::string paint(Tone tone, std::string_view text) const { return options_.style.paint(tone, text); }
  bool quiet() const { return options_.loudness == Loudness::quiet; }
  bool verbose() const { return options_.loudness == Loudness::verbose; }

  RunReportOptions options_;
  std::vector<std::string> lines_;
  std::string pipeline_;
  /// Cached steps not told of yet: many in a row become one line, and none where there was nothing to do.
  std::vector<std::string> cached_;
  std::vector<engine::OutputPublished> outputs_;
};

/// "pi = 3.14, rows = 20", of what is small enough for a line.
std::string small_values(const dsl::Fields& outputs);

}  // namespace sdlrun::cli
