#include "cli/run_view_choice.hpp"

#include <algorithm>
#include <chrono>

#include "cli/slots.hpp"
#include "cli/terminal/json_view.hpp"
#include "cli/terminal/live_view.hpp"
#include "cli/terminal/plain_view.hpp"
#include "cli/terminal/text_width.hpp"
#include "engine/plan/plan.hpp"
#include "engine/run/secrets.hpp"
#include "engine/world/real/machine.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::chrono::milliseconds redraw_interval(100);
/// In redraws: a second.
constexpr int estimate_interval = 10;
constexpr std::size_t widest_name_column = 32;

std::size_t name_width(const dsl::Pipeline& pipeline) {
  std::size_t width = 0;
  for (const dsl::Node& node : pipeline.nodes) width = std::max(width, display_width(node.name));
  return std::min(width, widest_name_column);
}

engine::Milliseconds monotonic_now() {
  return std::chrono::duration_cast<engine::Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

bool is_redrawn(const Console& console, const RunChoices& choices) {
  return console.output.is_terminal && choices.loudness() != Loudness::quiet;
}

RunReportOptions report_options(const Console& console, const RunChoices& choices) {
  const Screen& screen = console.output;
  return {.style = screen.style,
          .loudness = choices.loudness(),
          .announce_starts = !is_redrawn(console, choices),
          .columns = [screen] { return screen.columns(); },
          .file = choices.given.front()};
}

std::unique_ptr<LiveView> live_view(const Screen& screen, RunReportOptions options) {
  return std::make_unique<LiveView>(screen.stream, std::move(options), LiveView::Setting{.window = screen.window, .now = monotonic_now});
}

}  // namespace

std::unique_ptr<RunView> view_of_unchanged_run(Console& console, const RunChoices& choices) {
  RunReportOptions options = report_options(console, choices);
  if (is_redrawn(console, choices)) return live_view(console.output, std::move(options));
  return std::make_unique<PlainView>(console.output.stream, std::move(options));
}

RunViewInUse::RunViewInUse(Console& console, const OpenedPipeline& opened, const RunChoices& choices, engine::State& state, engine::Files& files)
    : remaining_(opened.pipeline, engine::needed_nodes(opened.pipeline, opened.goals), slots_of(choices.jobs, engine::machine_limits()), state) {
  const Screen& screen = console.output;
  if (choices.common.json) {
    view_ = std::make_unique<JsonView>(screen.stream, opened.sources);
    ticker_.emplace(estimate_interval * redraw_interval, [this] {
      if (has_moved_.exchange(false)) estimate();
    });
    return;
  }
  RunReportOptions options = report_options(console, choices);
  options.sources = &opened.sources;
  options.name_width = name_width(opened.pipeline);
  if (screen.is_terminal) {
    options.reveal = [&console, &opened, &files](const dsl::SecretValue& secret) {
      return engine::Secrets(console.variables, files, opened.project.state_folder).read(secret);
    };
  }
  if (!is_redrawn(console, choices)) {
    view_ = std::make_unique<PlainView>(screen.stream, std::move(options));
    return;
  }
  auto view = live_view(screen, std::move(options));
  LiveView* const drawn = view.get();
  view_ = std::move(view);
  ticker_.emplace(redraw_interval, [this, drawn, redraws = 0]() mutable {
    if (redraws++ % estimate_interval == 0) estimate();
    drawn->redraw();
  });
}

void RunViewInUse::show(const engine::Event& event) {
  remaining_.take(event, monotonic_now());
  if (std::holds_alternative<engine::StepStarted>(event) || std::holds_alternative<engine::StepFinished>(event)) has_moved_ = true;
  view_->show(event);
}

void RunViewInUse::estimate() {
  if (const auto estimate = remaining_.estimate(monotonic_now())) view_->show(*estimate);
}

}  // namespace sdlrun::cli
