#include "engine/run/resources.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace sdlrun::engine {

namespace {

constexpr std::size_t slot_place = 0, cpu_place = 1, memory_place = 2, first_pool_place = 3;

std::int64_t unless_unknown(std::int64_t amount) { return amount > 0 ? amount : std::numeric_limits<std::int64_t>::max(); }

/// In whole MiB, where it is that much: nobody reads a machine's memory to the byte.
std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t mebibyte = 1024 * 1024;
  if (bytes > mebibyte) bytes -= bytes % mebibyte;
  return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{bytes})));
}

std::string cpus_text(std::int64_t cpus) { return std::to_string(cpus) + (cpus == 1 ? " cpu" : " cpus"); }

}  // namespace

Result<void> check_wants(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, const MachineLimits& machine) {
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const dsl::NodeOptions& options = pipeline.nodes[i].options;
    if (!needed[i] || pipeline.nodes[i].is_switched_off()) continue;
    if (options.cpus > unless_unknown(machine.cpus)) {
      return failure("step `" + pipeline.nodes[i].name + "` asks for " + cpus_text(options.cpus) + ", and there " + (machine.cpus == 1 ? "is " : "are ") + std::to_string(machine.cpus),
                     "let its `cpus` be a param, or run it on a larger machine");
    }
    if (options.memory_bytes > unless_unknown(machine.memory_bytes)) {
      return failure("step `" + pipeline.nodes[i].name + "` asks for " + size_text(options.memory_bytes) + " of memory, and there are " + size_text(machine.memory_bytes),
                     "let its `memory` be a param, or run it on a larger machine");
    }
  }
  return {};
}

Resources::Resources(const dsl::Pipeline& pipeline, std::size_t slots, const MachineLimits& machine) {
  const auto all_slots = static_cast<std::int64_t>(slots);
  free_ = {all_slots, unless_unknown(machine.cpus), unless_unknown(machine.memory_bytes)};
  std::map<std::string, std::size_t, std::less<>> place_of_pool;
  for (const auto& [name, size] : pipeline.pools) {
    place_of_pool.emplace(name, free_.size());
    free_.push_back(size);
  }
  std::map<Amounts, Kind> kinds;
  for (const dsl::Node& node : pipeline.nodes) {
    Amounts wants(free_.size(), 0);
    wants[slot_place] = std::min(std::max<std::int64_t>(node.options.cpus, 1), all_slots);
    if (node.options.cpus > 1) wants[cpu_place] = node.options.cpus;
    wants[memory_place] = node.options.memory_bytes;
    for (const std::string& pool : node.options.pools) wants[place_of_pool.at(pool)] = 1;
    const auto [known, is_new] = kinds.emplace(std::move(wants), static_cast<Kind>(wants_.size()));
    if (is_new) wants_.push_back(known->first);
    kind_of_step_.push_back(known->second);
  }
  if (wants_.empty()) wants_.push_back(Amounts(free_.size(), 0));
}

bool Resources::fits(Kind kind) const {
  return std::equal(wants_[kind].begin(), wants_[kind].end(), free_.begin(), [](std::int64_t wanted, std::int64_t free) { return wanted <= free; });
}

void Resources::take(Kind kind) {
  for (std::size_t place = 0; place < free_.size(); ++place) free_[place] -= wants_[kind][place];
}

void Resources::give_back(Kind kind) {
  for (std::size_t place = 0; place < free_.size(); ++place) free_[place] += wants_[kind][place];
}

bool Resources::may_overtake(Kind later, Kind waiting) const {
  for (std::size_t place = 0; place < free_.size(); ++place) {
    if (wants_[later][place] == 0) continue;
    // Every step wants slots: what is free of them may be used while another waits for something else. Of all the rest the
    // one ahead must find what it wants when its turn comes, or two others could take turns in keeping it waiting.
    const std::int64_t left = place == slot_place ? free_[place] : free_[place] - wants_[later][place];
    if (wants_[waiting][place] > left) return false;
  }
  return true;
}

}  // namespace sdlrun::engine
