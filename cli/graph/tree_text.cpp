#include <algorithm>
#include <deque>

#include "cli/graph/step_graph.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

struct Branches {
  std::string_view fork;
  std::string_view last;
  std::string_view through;
  std::string_view above;
  std::string_view below;
};

Branches branches(const Style& style) {
  if (style.unicode) return {"├─ ", "└─ ", "│  ", " ↑", " ↓"};
  return {"|- ", "`- ", "|  ", " (above)", " (below)"};
}

/// Draws the trees. Depth is bounded by the width, so recursion is as well.
class Drawing {
 public:
  Drawing(const StepGraph& graph, const Style& style, std::size_t columns)
      : graph_(graph), style_(style), branches_(branches(style)), columns_(columns), drawn_(graph.steps.size(), false) {
    deepest_ = std::max<std::size_t>(std::min<std::size_t>(columns, 80) / 8, 2);
  }

  std::string text() {
    for (const std::size_t root : roots()) waiting_.push_back(root);
    while (!waiting_.empty()) {
      const std::size_t root = waiting_.front();
      waiting_.pop_front();
      if (!drawn_[root]) draw(root, "", "", 0);
    }
    return lines();
  }

 private:
  struct Row {
    std::string stem;
    std::string name;
    std::string stage;
  };

  std::vector<std::size_t> roots() const {
    std::vector<bool> awaited(graph_.steps.size(), false);
    for (const StepGraph::Step& step : graph_.steps) {
      for (const std::size_t before : step.after) awaited[before] = true;
    }
    std::vector<std::size_t> result;
    for (std::size_t index = 0; index < awaited.size(); ++index) {
      if (!awaited[index]) result.push_back(index);
    }
    return result;
  }

  std::string lines() const {
    std::size_t width = 0;
    for (const Row& row : rows_) width = std::max(width, display_width(row.stem) + display_width(row.name));
    // Long names must not push what stands behind them out of the window.
    width = std::min(width, std::min<std::size_t>(columns_, 80) * 3 / 4);
    std::string result;
    for (const Row& row : rows_) {
      const std::size_t stem = display_width(row.stem);
      const std::string name = row.stage.empty() ? row.name : padded(row.name, width > stem ? width - stem : 0) + "  ";
      result += cut(style_.paint(Tone::quiet, row.stem) + name + style_.paint(Tone::quiet, row.stage), columns_, style_) + '\n';
    }
    return result;
  }

  void draw(std::size_t index, const std::string& lead, std::string_view branch, std::size_t depth) {
    const StepGraph::Step& step = graph_.steps[index];
    const bool again = drawn_[index] && !step.after.empty();
    const bool too_deep = !again && depth >= deepest_ && !step.after.empty();
    const std::string_view mark = again ? branches_.above : too_deep ? branches_.below : "";
    rows_.push_back({.stem = lead + std::string(branch),
                     .name = step.name + std::string(mark),
                     .stage = again || too_deep ? "" : step.is_gate ? "known in a run" : step.stage.empty() ? "require" : step.stage});
    if (too_deep) waiting_.push_back(index);
    if (again || too_deep) return;
    drawn_[index] = true;
    const std::string below = lead + (branch.empty() ? "" : branch == branches_.last ? "   " : std::string(branches_.through));
    for (const std::size_t before : step.after) {
      const bool is_last = before == step.after.back();
      draw(before, below, is_last ? branches_.last : branches_.fork, depth + 1);
    }
  }

  const StepGraph& graph_;
  const Style& style_;
  Branches branches_;
  std::size_t columns_;
  std::size_t deepest_ = 0;
  std::vector<bool> drawn_;
  std::deque<std::size_t> waiting_;  // trees still to be drawn
  std::vector<Row> rows_;
};

}  // namespace

std::string tree_text(const StepGraph& graph, const Style& style, std::size_t columns) {
  return Drawing(graph, style, columns).text();
}

}  // namespace sdlrun::cli
