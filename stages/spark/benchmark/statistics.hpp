// What a benchmark's times say: medians, speed-up, efficiency and cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stages/spark/benchmark/matrix.hpp"

namespace sdlrun::stages::spark {

/// One run of the application.
struct RunTime {
  double seconds = 0;
  std::optional<double> start = {};  // seconds from asking for it until it began; none: not known
};

struct Price {
  double core_hour = 0;  // of one core for an hour
  double gib_hour = 0;   // of one GiB of memory for an hour
  std::string currency = {};
};

/// One combination on one cluster.
struct Row {
  std::string cluster = {};
  Combination combination = {};
  std::vector<RunTime> runs = {};
  std::string no_room = {};  // why it did not fit; then it has no runs, and nothing below says anything

  // of `evaluate`
  double median = 0, least = 0, most = 0;  // seconds
  std::optional<double> start = {};        // the median
  double speed_up = 1, efficiency = 1;     // beside the smallest combination of its cluster
  bool is_baseline = false;
  double core_seconds = 0, gib_seconds = 0;  // of the executors, for the median
  std::optional<double> cost = {};           // of the same, where there is a price

  bool fits() const { return no_room.empty(); }
};

double median_of(std::vector<double> values);

/// Of what fits. The baseline of a cluster is its combination with the fewest cores, of these the one with the least memory.
void evaluate(std::vector<Row>& rows, const std::optional<Price>& price);

/// Null where nothing fits.
const Row* fastest(const std::vector<Row>& rows);
/// By cost; without a price, by core-seconds. Of equals, the faster.
const Row* cheapest(const std::vector<Row>& rows);

}  // namespace sdlrun::stages::spark
