#include "engine/run/resources.hpp"

#include <algorithm>
#include <limits>

namespace sdlrun::engine {

namespace {

constexpr std::size_t slot_place = 0, cpu_place = 1, memory_place = 2, elsewhere_place = 3;

/// Steps that run on other machines, at once: each keeps some connections open.
constexpr std::int64_t most_elsewhere = 500;

std::int64_t unless_unknown(std::int64_t amount) { return amount > 0 ? amount : std::numeric_limits<std::int64_t>::max(); }

/// In whole MiB, where it is that much: nobody reads a machine's memory to the byte.
std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t mebibyte = 1024 * 1024;
  if (bytes > mebibyte) bytes -= bytes % mebibyte;
  return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Size{bytes})));
}

std::string cpus_text(std::int64_t cpus) { return std::to_string(cpus) + (cpus == 1 ? " cpu" : " cpus"); }

}  // namespace

Result<void> check_wants(const dsl::Node& step, const MachineLimits& machine) {
  const dsl::NodeOptions& options = step.options;
  if (step.is_switched_off() || options.is_elsewhere) return {};
  if (options.cpus > unless_unknown(machine.cpus)) {
    return failure("step `" + step.name + "` asks for " + cpus_text(options.cpus) + ", and there " + (machine.cpus == 1 ? "is " : "are ") + std::to_string(machine.cpus),
                   "let its `cpus` be a param, or run it on a larger machine");
  }
  if (options.memory_bytes > unless_unknown(machine.memory_bytes)) {
    return failure("step `" + step.name + "` asks for " + size_text(options.memory_bytes) + " of memory, and there are " + size_text(machine.memory_bytes),
                   "let its `memory` be a param, or run it on a larger machine");
  }
  return {};
}

Resources::Resources(const dsl::Pipeline& pipeline, std::size_t slots, const MachineLimits& machine) : slots_(static_cast<std::int64_t>(slots)) {
  free_ = {slots_, unless_unknown(machine.cpus), unless_unknown(machine.memory_bytes), most_elsewhere};
  for (const auto& [name, size] : pipeline.pools) {
    place_of_pool_.emplace(name, free_.size());
    free_.push_back(size);
  }
  for (std::uint32_t i = 0; i < pipeline.nodes.size(); ++i) add(dsl::NodeId{i}, pipeline.nodes[i]);
  if (wants_.empty()) wants_.push_back(Amounts(free_.size(), 0));
}

void Resources::add(dsl::NodeId id, const dsl::Node& step) {
  Amounts wants(free_.size(), 0);
  if (step.options.is_elsewhere) {
    wants[elsewhere_place] = 1;
  } else {
    wants[slot_place] = std::min(std::max<std::int64_t>(step.options.cpus, 1), slots_);
    if (step.options.cpus > 1) wants[cpu_place] = step.options.cpus;
    wants[memory_place] = step.options.memory_bytes;
  }
  for (const std::string& pool : step.options.pools) wants[place_of_pool_.at(pool)] = 1;
  const auto [known, is_new] = kinds_.emplace(std::move(wants), static_cast<Kind>(wants_.size()));
  if (is_new) wants_.push_back(known->first);
  const auto index = static_cast<std::uint32_t>(id);
  if (index >= kind_of_step_.size()) kind_of_step_.resize(index + 1);
  kind_of_step_[index] = known->second;
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
