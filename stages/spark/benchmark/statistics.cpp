#include "stages/spark/benchmark/statistics.hpp"

#include <algorithm>
#include <tuple>

namespace sdlrun::stages::spark {

namespace {

constexpr double seconds_an_hour = 3600;

void take_times(Row& row) {
  std::vector<double> seconds, starts;
  for (const RunTime& run : row.runs) {
    seconds.push_back(run.seconds);
    if (run.start) starts.push_back(*run.start);
  }
  const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
  row.least = *least;
  row.most = *most;
  row.median = median_of(seconds);
  if (!starts.empty()) row.start = median_of(starts);
}

void take_cost(Row& row, const std::optional<Price>& price) {
  row.core_seconds = static_cast<double>(row.combination.slots()) * row.median;
  row.gib_seconds = row.combination.gibibytes() * row.median;
  if (price) row.cost = (row.core_seconds * price->core_hour + row.gib_seconds * price->gib_hour) / seconds_an_hour;
}

auto size_of(const Row& row) { return std::tuple(row.combination.slots(), row.combination.memory, row.combination.executors); }

Row* baseline_of(std::vector<Row>& rows, const std::string& cluster) {
  Row* smallest = nullptr;
  for (Row& row : rows) {
    if (row.cluster == cluster && row.fits() && (smallest == nullptr || size_of(row) < size_of(*smallest))) smallest = &row;
  }
  return smallest;
}

template <typename Order>
const Row* first_by(const std::vector<Row>& rows, Order order) {
  const Row* first = nullptr;
  for (const Row& row : rows) {
    if (row.fits() && (first == nullptr || order(row) < order(*first))) first = &row;
  }
  return first;
}

}  // namespace

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void evaluate(std::vector<Row>& rows, const std::optional<Price>& price) {
  for (Row& row : rows) {
    if (!row.fits()) continue;
    take_times(row);
    take_cost(row, price);
  }
  for (Row& row : rows) {
    if (!row.fits()) continue;
    Row& baseline = *baseline_of(rows, row.cluster);
    baseline.is_baseline = true;
    row.speed_up = row.median > 0 ? baseline.median / row.median : 1;
    row.efficiency = row.speed_up * static_cast<double>(baseline.combination.slots()) / static_cast<double>(row.combination.slots());
  }
}

const Row* fastest(const std::vector<Row>& rows) {
  return first_by(rows, [](const Row& row) { return std::tuple(row.median, row.core_seconds); });
}

const Row* cheapest(const std::vector<Row>& rows) {
  return first_by(rows, [](const Row& row) { return std::tuple(row.cost.value_or(row.core_seconds), row.median); });
}

}  // namespace sdlrun::stages::spark
