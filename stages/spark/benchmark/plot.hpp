// A plot as SVG that stands in an HTML page: lines over a few sizes, with the spread of each point.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/html/markup.hpp"

namespace sdlrun::stages::spark {

struct PlotPoint {
  double x = 0, y = 0;
  std::optional<double> low = {}, high = {};  // a bar from here to there
  std::string tooltip = {};
};

struct PlotSeries {
  std::string name = {};
  std::size_t colour = 0;  // which of the style's `--series-…`
  std::vector<PlotPoint> points = {};  // by x
};

struct Plot {
  std::string title = {};
  std::string x_label = {}, y_label = {};
  std::vector<PlotSeries> series = {};
  /// A dashed line for comparison; no points: none.
  PlotSeries ideal = {};
};

/// An element `<svg>`. Its colours are the page's (`plot_style`); both axes begin at 0.
engine::Markup plot_markup(const Plot& plot);

/// How many colours there are: the next series begins anew.
inline constexpr std::size_t plot_colours = 8;
/// CSS for the elements of a plot, and its colours in light and dark.
std::string_view plot_style();

}  // namespace sdlrun::stages::spark
