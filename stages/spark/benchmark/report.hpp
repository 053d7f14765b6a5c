// A benchmark as one HTML page, which needs nothing from elsewhere and no script: what came out, plots and the table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stages/spark/benchmark/plot.hpp"
#include "stages/spark/benchmark/statistics.hpp"

namespace sdlrun::stages::spark {

struct Benchmark {
  std::string application = {};
  std::string measured_on = {};  // when and where, for people
  std::int64_t warm_up = 0, repetitions = 0;
  std::optional<Price> price = {};
  std::vector<Row> rows = {};  // evaluated; at least one fits
};

/// Time, speed-up, efficiency and cost over cores; where all combinations have the same number of these, time and cost over memory.
std::vector<Plot> plots_of(const Benchmark& benchmark);

std::string html_report(const Benchmark& benchmark);

}  // namespace sdlrun::stages::spark
