#include "cli/terminal/running_steps.hpp"

#include <algorithm>

#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t most_names_wide = 32;

}  // namespace

void RunningSteps::take(const engine::Event& event, engine::Milliseconds now) {
  std::visit([&](const auto& kind) { take_kind(kind, now); }, event);
}

void RunningSteps::take_kind(const engine::RunStarted& event, engine::Milliseconds now) {
  running_ = true;
  started_ = now;
  steps_in_all_ = event.steps;
}

void RunningSteps::take_kind(const engine::StepsAdded& event, engine::Milliseconds) { steps_in_all_ += event.count; }

void RunningSteps::take_kind(const engine::StepStarted& event, engine::Milliseconds now) {
  steps_.push_back({.node = event.step, .name = event.name, .started = now, .progress = {}, .last_line = {}});
}

void RunningSteps::take_kind(const engine::StepRetried& event, engine::Milliseconds) {
  if (Step* step = find(event.step)) step->progress = "rests " + duration_text(event.pause) + " before attempt " + std::to_string(event.attempt + 1);
}

void RunningSteps::take_kind(const engine::StepProgressed& event, engine::Milliseconds) {
  if (Step* step = find(event.step)) step->progress = event.text;
}

void RunningSteps::take_kind(const engine::StepPrinted& event, engine::Milliseconds) {
  if (Step* step = find(event.step)) step->last_line = event.line;
}

void RunningSteps::take_kind(const engine::StepFinished& event, engine::Milliseconds) {
  std::erase_if(steps_, [&](const Step& step) { return step.node == event.step; });
  if (event.outcome != engine::StepOutcome::not_reached) ++finished_;
}

RunningSteps::Step* RunningSteps::find(dsl::NodeId node) {
  const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) { return step.node == node; });
  return found == steps_.end() ? nullptr : &*found;
}

std::vector<std::string> RunningSteps::lines(engine::Milliseconds now, WindowSize window, const Style& style) const {
  if (!running_ || window.rows < 3) return {};
  // The last column stays free: some terminals break the line when it is written to.
  const std::size_t columns = window.columns > 1 ? window.columns - 1 : 1;
  const std::size_t room = window.rows - 3;  // the summary, a line that counts the hidden ones, the cursor's own
  const std::size_t shown = std::min(steps_.size(), room);
  std::size_t name_width = 0;
  for (std::size_t index = 0; index < shown; ++index) {
    name_width = std::max(name_width, std::min(display_width(steps_[index].name), most_names_wide));
  }
  std::vector<std::string> result;
  for (std::size_t index = 0; index < shown; ++index) {
    const Step& step = steps_[index];
    const std::string word = clean_line(step.progress.empty() ? step.last_line : step.progress);
    const std::string name = padded(cut(step.name, name_width, style), name_width);
    const std::string line = style.mark(Mark::running) + ' ' + name + "  " + padded(elapsed_text(now - step.started), 6) +
                             "  " + style.paint(Tone::quiet, word);
    result.push_back(cut(line, columns, style));
  }
  if (shown < steps_.size()) {
    result.push_back(cut("  and " + std::to_string(steps_.size() - shown) + " more", columns, style));
  }
  result.push_back(cut(summary(now, style), columns, style));
  return result;
}

/// "about 2m05s left"; empty where nothing is known.
std::string RunningSteps::left_text() const {
  if (!estimate_) return "";
  if (estimate_->remaining.count() == 0) return "longer than usual";
  return (estimate_->unmeasured == 0 ? "about " : "at least ") + elapsed_text(estimate_->remaining + engine::Milliseconds(999)) + " left";
}

std::string RunningSteps::summary(engine::Milliseconds now, const Style& style) const {
  const std::string dot(style.dot());
  const std::string left = left_text();
  const std::string text = std::to_string(finished_) + " of " + std::to_string(steps_in_all_) + " done" + dot +
                           std::to_string(steps_.size()) + " running" + dot + elapsed_text(now - started_) + (left.empty() ? "" : dot + left);
  return "  " + style.paint(Tone::quiet, text);
}

}  // namespace sdlrun::cli
