#include "stages/spark/benchmark/matrix.hpp"

#include <algorithm>
#include <tuple>

namespace sdlrun::stages::spark {

using engine::Result;

namespace {

constexpr std::int64_t least_memory = 512LL << 20;  // Spark itself refuses less than 450 MiB
constexpr std::size_t most_combinations = 1000;

std::string counted(std::int64_t count, const std::string& thing) { return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s"); }

std::string memory_text(std::int64_t bytes) { return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{bytes}))); }

std::int64_t number_in(const dsl::Value& value) {
  if (const auto* size = value.as<dsl::Size>()) return size->bytes;
  return *value.as<std::int64_t>();
}

Result<std::vector<std::int64_t>> axis(const dsl::Value& matrix, const std::string& name, std::vector<std::int64_t> if_left_out) {
  const dsl::Value* given = matrix.find(name);
  if (given == nullptr || given->is_none()) return if_left_out;
  std::vector<std::int64_t> values;
  for (const dsl::Value& each : *given->as_list()) {
    const std::int64_t value = number_in(each);
    if (std::find(values.begin(), values.end(), value) != values.end()) return engine::failure("`" + name + "` of `matrix` has " + dsl::plain_text(each) + " twice", "each value once: `repetitions` says how often a combination runs");
    values.push_back(value);
  }
  if (values.empty()) return engine::failure("`" + name + "` of `matrix` is empty, so that there is nothing to run", "name at least one value, or leave `" + name + "` out");
  return values;
}

}  // namespace

std::string text_of(const Combination& combination) {
  return counted(combination.executors, "executor") + " x " + counted(combination.cores, "core") + ", " + memory_text(combination.memory);
}

Result<std::vector<Combination>> combinations_of(const dsl::Value& matrix) {
  const auto executors = axis(matrix, "executors", {1, 2}), cores = axis(matrix, "cores", {1}), memory = axis(matrix, "memory", {1LL << 30});
  for (const auto* each : {&executors, &cores, &memory}) {
    if (!*each) return tl::unexpected(each->error());
  }
  for (const std::int64_t bytes : *memory) {
    if (bytes < least_memory) return engine::failure("`memory` of `matrix` has " + memory_text(bytes) + ", and Spark does not start with less than 512MiB", "1GiB does for small jobs");
  }
  const std::size_t count = executors->size() * cores->size() * memory->size();
  if (count > most_combinations) return engine::failure("`matrix` has " + std::to_string(count) + " combinations, and a benchmark takes at most " + std::to_string(most_combinations), "name fewer values, or make several steps");
  std::vector<Combination> all;
  for (const std::int64_t bytes : *memory) {
    for (const std::int64_t core_count : *cores) {
      for (const std::int64_t executor_count : *executors) all.push_back({.executors = executor_count, .cores = core_count, .memory = bytes});
    }
  }
  std::sort(all.begin(), all.end(), [](const Combination& left, const Combination& right) {
    return std::tuple(left.slots(), left.memory, left.executors) < std::tuple(right.slots(), right.memory, right.executors);
  });
  return all;
}

}  // namespace sdlrun::stages::spark
