// What a benchmark varies: executors, their cores and their memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/error.hpp"

namespace sdlrun::stages::spark {

struct Combination {
  std::int64_t executors = 1;
  std::int64_t cores = 1;   // of each
  std::int64_t memory = 0;  // of each one's Java, in bytes

  /// How many tasks run at a time.
  std::int64_t slots() const { return executors * cores; }
  double gibibytes() const { return static_cast<double>(executors * memory) / (1 << 30); }
  friend bool operator==(const Combination&, const Combination&) = default;
};

/// "2 executors x 1 core, 1GiB".
std::string text_of(const Combination& combination);

/// Each value of each axis with each of the others, the smallest first. An axis that is left out has its default. The error names the axis.
engine::Result<std::vector<Combination>> combinations_of(const dsl::Value& matrix);

}  // namespace sdlrun::stages::spark
