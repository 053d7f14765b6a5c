// Which plots a benchmark has, and what is one line in them.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "stages/spark/benchmark/report.hpp"
#include "stages/spark/benchmark/table.hpp"

namespace sdlrun::stages::spark {

namespace {

std::string size_text(std::int64_t bytes) { return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{bytes}))); }

/// What tells one line from another: all that varies but what the plot goes over.
class Lines {
 public:
  explicit Lines(const std::vector<Row>& rows) {
    std::set<std::string> clusters;
    std::set<std::int64_t> executors, cores, memories, slots;
    for (const Row& row : rows) {
      if (!row.fits()) continue;
      clusters.insert(row.cluster);
      executors.insert(row.combination.executors);
      cores.insert(row.combination.cores);
      memories.insert(row.combination.memory);
      slots.insert(row.combination.slots());
    }
    over_memory_ = slots.size() == 1 && memories.size() > 1;
    names_cluster_ = clusters.size() > 1;
    names_memory_ = memories.size() > 1 && !over_memory_;
    goes_by_executors_ = executors.size() >= cores.size();
    names_other_ = goes_by_executors_ ? cores.size() > 1 : executors.size() > 1;
  }

  bool over_memory() const { return over_memory_; }
  double x_of(const Row& row) const { return over_memory_ ? static_cast<double>(row.combination.memory) / (1 << 30) : static_cast<double>(row.combination.slots()); }

  std::string name_of(const Row& row) const {
    std::string name = names_cluster_ ? row.cluster : "";
    const auto add = [&](const std::string& part) { name += (name.empty() ? "" : ", ") + part; };
    const Combination& combination = row.combination;
    if (names_other_ && goes_by_executors_) add("executors of " + std::to_string(combination.cores) + (combination.cores == 1 ? " core" : " cores"));
    if (names_other_ && !goes_by_executors_) add(std::to_string(combination.executors) + (combination.executors == 1 ? " executor" : " executors"));
    if (names_memory_) add(size_text(combination.memory));
    return name.empty() ? row.cluster : name;
  }

 private:
  bool over_memory_ = false, names_cluster_ = false, names_memory_ = false, goes_by_executors_ = true, names_other_ = false;
};

using PointOf = std::function<PlotPoint(const Row&)>;

std::vector<PlotSeries> series_of(const std::vector<Row>& rows, const Lines& lines, const PointOf& point_of) {
  std::vector<PlotSeries> all;
  for (const Row& row : rows) {
    if (!row.fits()) continue;
    const std::string name = lines.name_of(row);
    auto series = std::find_if(all.begin(), all.end(), [&](const PlotSeries& each) { return each.name == name; });
    if (series == all.end()) series = all.insert(all.end(), PlotSeries{.name = name, .colour = all.size()});
    PlotPoint point = point_of(row);
    point.x = lines.x_of(row);
    point.tooltip = row.cluster + ", " + text_of(row.combination) + ": " + point.tooltip;
    series->points.push_back(std::move(point));
  }
  for (PlotSeries& series : all) {
    std::stable_sort(series.points.begin(), series.points.end(), [](const PlotPoint& left, const PlotPoint& right) { return left.x < right.x; });
  }
  return all;
}

PlotPoint time_point(const Row& row) {
  return {.y = row.median, .low = row.least, .high = row.most, .tooltip = fixed(row.median, 2) + " s (" + fixed(row.least, 2) + " to " + fixed(row.most, 2) + " s)"};
}

/// From the smallest baseline on: twice the cores, half the time.
PlotSeries ideal_line(const std::vector<Row>& rows, bool is_efficiency) {
  double fewest = 0, most = 0;
  for (const Row& row : rows) {
    if (!row.fits()) continue;
    const auto slots = static_cast<double>(row.combination.slots());
    if (row.is_baseline && (fewest == 0 || slots < fewest)) fewest = slots;
    most = std::max(most, slots);
  }
  if (most <= fewest) return {};
  return {.name = "ideal", .points = {{.x = fewest, .y = 1}, {.x = most, .y = is_efficiency ? 1 : most / fewest}}};
}

}  // namespace

std::vector<Plot> plots_of(const Benchmark& benchmark) {
  const std::vector<Row>& rows = benchmark.rows;
  const Lines lines(rows);
  const std::string over = lines.over_memory() ? "memory of an executor (GiB)" : "cores (executors × cores of each)";
  std::vector<Plot> plots{{.title = "Time", .x_label = over, .y_label = "median time (s)", .series = series_of(rows, lines, time_point)}};
  if (!lines.over_memory()) {
    const auto speed_up = [](const Row& row) { return PlotPoint{.y = row.speed_up, .tooltip = fixed(row.speed_up, 2) + " times as fast as the smallest"}; };
    const auto efficiency = [](const Row& row) { return PlotPoint{.y = row.efficiency, .tooltip = fixed(100 * row.efficiency, 0) + " % of what its cores could do"}; };
    plots.push_back({.title = "Speed-up", .x_label = over, .y_label = "speed-up", .series = series_of(rows, lines, speed_up), .ideal = ideal_line(rows, false)});
    plots.push_back({.title = "Efficiency", .x_label = over, .y_label = "efficiency", .series = series_of(rows, lines, efficiency), .ideal = ideal_line(rows, true)});
  }
  const std::string unit = !benchmark.price ? "core-seconds" : benchmark.price->currency.empty() ? "cost" : benchmark.price->currency;
  const auto cost = [&](const Row& row) {
    const double value = row.cost.value_or(row.core_seconds);
    return PlotPoint{.y = value, .tooltip = rounded(value) + ' ' + unit};
  };
  plots.push_back({.title = benchmark.price ? "Cost of a run" : "Core-seconds of a run", .x_label = over, .y_label = unit, .series = series_of(rows, lines, cost)});
  return plots;
}

}  // namespace sdlrun::stages::spark
