#include "stages/spark/benchmark/plot.hpp"

#include <algorithm>
#include <cmath>

#include "stages/spark/benchmark/table.hpp"

namespace sdlrun::stages::spark {

using engine::Markup;

namespace {

std::string axis_number(double value) { return fixed(value, 1); }

/// 1, 2 or 5 times a power of ten, of which about five make up the whole.
double nice_step(double whole) {
  constexpr double wanted_steps = 5;
  const double rough = whole / wanted_steps, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::string tick_text(double value, double step) { return fixed(value, std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)))); }

class Drawing {
 public:
  explicit Drawing(const Plot& plot) : plot_(plot) {
    for (const PlotSeries& series : plot.series) take(series);
    take(plot.ideal);
    std::sort(xs_.begin(), xs_.end());
    xs_.erase(std::unique(xs_.begin(), xs_.end()), xs_.end());
    largest_x_ = xs_.empty() || xs_.back() <= 0 ? 1 : xs_.back() * 1.06;
    if (largest_y_ <= 0) largest_y_ = 1;
    step_ = nice_step(largest_y_);
    largest_y_ = std::ceil(largest_y_ * 1.04 / step_) * step_;
    left_ = room_for_label + digit_width * static_cast<double>(tick_text(largest_y_, step_).size());
  }

  Markup markup() const {
    Markup content = Markup::element("title", {}, Markup::text(plot_.title)) + axes();
    if (!plot_.ideal.points.empty()) content += line(plot_.ideal, "ideal");
    for (const PlotSeries& series : plot_.series) content += line(series, "line") + points(series);
    return Markup::element("svg", {{"class", "plot"}, {"viewBox", "0 0 " + axis_number(width) + ' ' + axis_number(height)}, {"role", "img"}, {"aria-label", plot_.title}}, content);
  }

 private:
  // In the drawing's own units, which are pixels where the page has room.
  static constexpr double width = 460, height = 300;
  static constexpr double right = 16, top = 14, bottom = 46;
  static constexpr double least_between_labels = 18, digit_width = 7.5, room_for_label = 34;

  void take(const PlotSeries& series) {
    for (const PlotPoint& point : series.points) {
      xs_.push_back(point.x);
      largest_y_ = std::max({largest_y_, point.y, point.high.value_or(0)});
    }
  }

  double x_of(double x) const { return left_ + x / largest_x_ * (width - left_ - right); }
  double y_of(double y) const { return height - bottom - y / largest_y_ * (height - top - bottom); }

  static Markup segment(const std::string& style, double x1, double y1, double x2, double y2) {
    return Markup::element("line", {{"class", style}, {"x1", axis_number(x1)}, {"y1", axis_number(y1)}, {"x2", axis_number(x2)}, {"y2", axis_number(y2)}});
  }
  static Markup words(const std::string& style, double x, double y, const std::string& text, const std::string& turn = "") {
    return Markup::element("text", {{"class", style}, {"x", axis_number(x)}, {"y", axis_number(y)}, {"transform", turn}}, Markup::text(text));
  }

  Markup axes() const {
    Markup result;
    const int steps = static_cast<int>(std::lround(largest_y_ / step_));
    for (int index = 0; index <= steps; ++index) {
      const double value = index * step_;
      result += segment(index == 0 ? "axis" : "grid", left_, y_of(value), width - right, y_of(value));
      result += words("tick y", left_ - 8, y_of(value) + 4, tick_text(value, step_));
    }
    double last = left_ - least_between_labels;  // 0 has a label of its own only where nothing is near
    for (const double value : xs_) {
      if (x_of(value) - last < least_between_labels) continue;
      last = x_of(value);
      result += segment("axis", last, y_of(0), last, y_of(0) + 4) + words("tick x", last, y_of(0) + 18, value == std::floor(value) ? fixed(value, 0) : rounded(value));
    }
    const double middle = (top + height - bottom) / 2;
    result += words("label", (left_ + width - right) / 2, height - 8, plot_.x_label);
    return result + words("label", 14, middle, plot_.y_label, "rotate(-90 14 " + axis_number(middle) + ')');
  }

  static std::string colour(const PlotSeries& series) { return "--tone: var(--series-" + std::to_string(series.colour % plot_colours) + ')'; }

  Markup line(const PlotSeries& series, const std::string& style) const {
    std::string path;
    for (const PlotPoint& point : series.points) path += (path.empty() ? "M" : " L") + axis_number(x_of(point.x)) + ' ' + axis_number(y_of(point.y));
    return Markup::element("path", {{"class", style}, {"style", style == "ideal" ? "" : colour(series)}, {"d", path}});
  }

  Markup points(const PlotSeries& series) const {
    Markup result;
    for (const PlotPoint& point : series.points) {
      const double x = x_of(point.x);
      if (point.low && point.high && *point.high > *point.low) result += segment("spread", x, y_of(*point.low), x, y_of(*point.high));
      result += Markup::element("circle", {{"cx", axis_number(x)}, {"cy", axis_number(y_of(point.y))}, {"r", "4.5"}}, Markup::element("title", {}, Markup::text(point.tooltip)));
    }
    return Markup::element("g", {{"style", colour(series)}}, result);
  }

  const Plot& plot_;
  std::vector<double> xs_;
  double largest_x_ = 1, largest_y_ = 0, step_ = 1, left_ = 0;
};

}  // namespace

Markup plot_markup(const Plot& plot) { return Drawing(plot).markup(); }

std::string_view plot_style() {
  return R"css(
:root {
  --series-0: #2a78d6; --series-1: #d65a26; --series-2: #15936b; --series-3: #a97800;
  --series-4: #c2547f; --series-5: #4a3aa7; --series-6: #2f7f1f; --series-7: #d03b3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --series-0: #5a9bf0; --series-1: #f08350; --series-2: #3cc393; --series-3: #d8a52c;
    --series-4: #e587ae; --series-5: #a498f2; --series-6: #74c05f; --series-7: #f27c7b;
  }
}
svg.plot { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg.plot .grid { stroke: var(--line); stroke-width: 1; }
svg.plot .axis { stroke: var(--quiet); stroke-width: 1; }
svg.plot .tick { fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg.plot .tick.y { text-anchor: end; }
svg.plot .tick.x, svg.plot .label { text-anchor: middle; }
svg.plot .label { fill: var(--text); }
svg.plot .line { fill: none; stroke: var(--tone); stroke-width: 2; stroke-linejoin: round; }
svg.plot .ideal { fill: none; stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg.plot .spread { stroke: var(--tone); stroke-width: 2; stroke-opacity: .45; stroke-linecap: round; }
svg.plot circle { fill: var(--tone); stroke: var(--page); stroke-width: 2; }
)css";
}

}  // namespace sdlrun::stages::spark
