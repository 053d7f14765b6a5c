#include "cli/history/graph_drawing.hpp"

#include <algorithm>
#include <cmath>

#include "cli/history/layered_layout.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

using engine::Markup;

// In pixels.
constexpr int row_height = 38;
constexpr int box_height = 26;
constexpr int column_gap = 56;
constexpr int character_width_of_labels = 8;
constexpr int box_padding = 10;
constexpr int margin = 6;
constexpr std::size_t widest_label = 26;

std::string label(const PastStep& step) {
  return std::string(outcome_symbol(step.outcome)) + ' ' + cut(step.title(), widest_label, {.colour = false, .unicode = true});
}

int y_of(double row) { return margin + box_height / 2 + static_cast<int>(std::lround(row * row_height)); }

/// The columns of the layers, each as wide as its widest box.
class Columns {
 public:
  Columns(const PastRun& run, const LayeredLayout& layout) : widths_(layout.layers, 0), begins_(layout.layers, 0) {
    for (std::size_t index = 0; index < run.steps.size(); ++index) {
      int& width = widths_[layout.nodes[index].layer];
      width = std::max(width, box_width(run.steps[index]));
    }
    int begin = margin;
    for (std::size_t layer = 0; layer < widths_.size(); ++layer) {
      begins_[layer] = begin;
      begin += widths_[layer] + column_gap;
    }
    end_ = begin - column_gap + margin;
  }

  static int box_width(const PastStep& step) {
    return static_cast<int>(display_width(label(step))) * character_width_of_labels + 2 * box_padding;
  }
  int left(std::size_t layer) const { return begins_[layer]; }
  int right(std::size_t layer) const { return begins_[layer] + widths_[layer]; }
  int end() const { return end_; }

 private:
  std::vector<int> widths_;
  std::vector<int> begins_;
  int end_ = 0;
};

std::string tooltip(const PastStep& step) {
  std::string text = step.title() + (step.stage.empty() ? "" : "\n" + step.stage) + '\n' + std::string(outcome_word(step.outcome));
  return step.reason.empty() ? text : text + ": " + step.reason;
}

Markup box(const PastStep& step, std::size_t index, int x, int y) {
  const int width = Columns::box_width(step);
  const Markup rectangle = Markup::element("rect", {{"x", std::to_string(x)},
                                                    {"y", std::to_string(y - box_height / 2)},
                                                    {"width", std::to_string(width)},
                                                    {"height", std::to_string(box_height)},
                                                    {"rx", "5"}});
  const Markup text = Markup::element("text", {{"x", std::to_string(x + box_padding)}, {"y", std::to_string(y + 5)}}, Markup::text(label(step)));
  const std::string kind = step.is_requirement() ? " requirement" : "";
  return Markup::element("a", {{"class", "node " + outcome_class(step.outcome) + kind}, {"href", "#step-" + std::to_string(index)}},
                         Markup::element("title", {}, Markup::text(tooltip(step))) + rectangle + text);
}

/// From the right of a box through the layers between to the left of the other.
Markup line(const std::vector<LayeredLayout::Place>& places, const Columns& columns, int begin) {
  std::string path = "M" + std::to_string(begin) + ' ' + std::to_string(y_of(places.front().row));
  int x = begin;
  int y = y_of(places.front().row);
  for (std::size_t index = 1; index < places.size(); ++index) {
    const int next_x = columns.left(places[index].layer);
    const int next_y = y_of(places[index].row);
    const std::string middle = std::to_string((x + next_x) / 2);
    const std::string next = std::to_string(next_y);
    path += " C" + middle + ' ' + std::to_string(y) + ' ' + middle + ' ' + next + ' ' + std::to_string(next_x) + ' ' + next;
    x = next_x;
    y = next_y;
    if (index + 1 == places.size()) break;
    x = columns.right(places[index].layer);
    path += " H" + std::to_string(x);
  }
  return Markup::element("path", {{"d", path}});
}

}  // namespace

std::optional<Markup> graph_drawing(const PastRun& run) {
  std::vector<std::vector<std::size_t>> after;
  for (const PastStep& step : run.steps) after.push_back(step.after);
  const std::optional<LayeredLayout> layout = layered_layout(after);
  if (!layout) return std::nullopt;

  const Columns columns(run, *layout);
  Markup lines;
  Markup boxes;
  std::size_t edge = 0;
  for (std::size_t index = 0; index < run.steps.size(); ++index) {
    const PastStep& step = run.steps[index];
    for (const std::size_t before : step.after) {
      const int begin = columns.left(layout->nodes[before].layer) + Columns::box_width(run.steps[before]);
      lines += line(layout->edges[edge++], columns, begin);
    }
    boxes += box(step, index, columns.left(layout->nodes[index].layer), y_of(layout->nodes[index].row)) + Markup::verbatim("\n");
  }
  const std::string width = std::to_string(columns.end());
  const std::string height = std::to_string(y_of(layout->rows - 1) + box_height / 2 + margin);
  return Markup::element("svg",
                         {{"class", "graph"},
                          {"role", "img"},
                          {"aria-label", "the graph of the steps"},
                          {"width", width},
                          {"height", height},
                          {"viewBox", "0 0 " + width + ' ' + height}},
                         Markup::element("g", {{"class", "edges"}}, lines) + Markup::verbatim("\n") + boxes);
}

std::string_view outcome_symbol(PastOutcome outcome) {
  switch (outcome) {
    case PastOutcome::ran: return "✓";
    case PastOutcome::cached: return "●";
    case PastOutcome::skipped: return "–";
    case PastOutcome::failed: return "✗";
    case PastOutcome::stopped: return "■";
    case PastOutcome::not_reached: return "○";
    case PastOutcome::unfinished: return "▸";
    case PastOutcome::unknown: return "?";
  }
  return "";
}

std::string outcome_class(PastOutcome outcome) {
  std::string word(outcome_word(outcome));
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

}  // namespace sdlrun::cli
