#include <algorithm>
#include <cstdlib>

#include "cli/history/run_difference.hpp"
#include "cli/report/table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

using engine::Milliseconds;

constexpr std::size_t widest_cell = 60;
constexpr std::size_t most_equal_steps_named = 5;

/// "+2.8s (+23%)", "+9.0s (x 10)"; nothing where the difference is no more than chance.
std::string change_text(Milliseconds then, Milliseconds now) {
  constexpr Milliseconds least(50);
  const Milliseconds change = now - then;
  const Milliseconds size(std::abs(change.count()));
  if (size < least || size.count() * 10 < then.count()) return "";
  const std::string sign = change.count() < 0 ? "-" : "+";
  const std::string text = sign + duration_text(size);
  if (then.count() == 0) return text;
  if (now >= 10 * then) return text + " (x " + std::to_string(now / then) + ')';
  return text + " (" + sign + std::to_string(size.count() * 100 / then.count()) + "%)";
}

std::string side_text(const std::optional<PastStep>& step) {
  if (!step) return "no such step";
  if (step->is_requirement() && step->outcome == PastOutcome::ran) return step->is_gate ? "opened" : "holds";
  if (step->is_requirement() && step->outcome == PastOutcome::failed) return step->is_gate ? "failed" : "does not hold";
  std::string text(outcome_word(step->outcome));
  if (step->has_begun()) text += ' ' + duration_text(step->duration);
  if (step->attempts.size() > 1) text += " (attempt " + std::to_string(step->attempts.size()) + ')';
  return text;
}

std::string value_text(const std::optional<PastValue>& value) { return value ? value->text : "none"; }

class DifferenceTable {
 public:
  DifferenceTable(const RunDifference& difference, const Style& style, std::size_t columns)
      : difference_(difference), style_(style), columns_(columns), room_(std::clamp<std::size_t>(columns / 3, 12, widest_cell)) {}

  std::string text() {
    table_.heads = {"", difference_.then.run, difference_.now.run, ""};
    add_runs();
    std::vector<std::string> equal;
    for (const StepDifference& step : difference_.steps) {
      if (is_shown(step)) {
        add_step(step);
      } else {
        equal.push_back(step.name);
      }
    }
    for (const ValuePair& output : difference_.outputs) add_value("output " + output.name, output);
    std::string result = table_text(table_, style_, columns_) + equal_text(equal);
    for (const std::string& note : difference_.notes) result += style_.paint(Tone::quiet, "note: " + note) + '\n';
    return result;
  }

 private:
  static std::string step_change(const StepDifference& step) {
    const bool both_ran = step.then && step.now && step.then->outcome == PastOutcome::ran && step.now->outcome == PastOutcome::ran;
    return both_ran ? change_text(step.then->duration, step.now->duration) : "";
  }

  static bool is_shown(const StepDifference& step) { return step.differs() || !step_change(step).empty(); }

  void add(const std::string& name, const std::string& then, const std::string& now, const std::string& change = "") {
    table_.rows.push_back({name, fitted(then), fitted(now), change});
  }

  std::string fitted(const std::string& text) const { return cut(clean_line(text), room_, style_); }

  void add_runs() {
    const engine::RunRecord& then = difference_.then;
    const engine::RunRecord& now = difference_.now;
    add("started", moment_text(then.started), moment_text(now.started));
    add("outcome", then.outcome, now.outcome);
    add("time", duration_text(then.duration), duration_text(now.duration), change_text(then.duration, now.duration));
    const auto counts = [](const engine::RunRecord& run) {
      return std::to_string(run.ran) + " ran, " + std::to_string(run.cached) + " cached, " + std::to_string(run.failed) + " failed";
    };
    add("steps", counts(then), counts(now));
    if (then.command != now.command) add("command", then.command, now.command);
    table_.rows.push_back({""});
  }

  void add_step(const StepDifference& step) {
    add(step.name, side_text(step.then), side_text(step.now), step_change(step));
    const auto reason = [](const std::optional<PastStep>& side) { return side ? side->reason : ""; };
    const auto error = [](const std::optional<PastStep>& side) { return side ? side->error.message : ""; };
    if (reason(step.then) != reason(step.now)) add("  why", reason(step.then), reason(step.now));
    for (const PartPair& part : step.parts) add("  " + part.name, part.then, part.now);
    for (const ValuePair& output : step.outputs) add_value("  " + output.name, output);
    if (error(step.then) != error(step.now)) add("  error", error(step.then), error(step.now));
  }

  void add_value(const std::string& name, const ValuePair& value) {
    const std::string then = value_text(value.then);
    const std::string now = value_text(value.now);
    add(name, then, then == now ? "another content" : now);
  }

  std::string equal_text(const std::vector<std::string>& equal) const {
    if (equal.empty()) return "";
    std::string text = counted(equal.size(), "step") + (equal.size() == 1 ? " does" : " do") + " not differ";
    if (equal.size() > most_equal_steps_named) return text + '\n';
    for (std::size_t index = 0; index < equal.size(); ++index) text += (index == 0 ? ": " : ", ") + clean_line(equal[index]);
    return text + '\n';
  }

  const RunDifference& difference_;
  const Style& style_;
  std::size_t columns_;
  std::size_t room_;  // for a cell
  Table table_;
};

}  // namespace

std::string difference_text(const RunDifference& difference, const Style& style, std::size_t columns) {
  return DifferenceTable(difference, style, columns).text();
}

}  // namespace sdlrun::cli
