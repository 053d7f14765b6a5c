#include "engine/run/late_values.hpp"

namespace sdlrun::engine {

LateValues::LateValues(const dsl::Pipeline& pipeline, dsl::Diagnostics& diagnostics)
    : pipeline_(pipeline), diagnostics_(diagnostics), slots_(pipeline.nodes.size()), count_(pipeline.nodes.size()) {
  finished_ = [this](dsl::NodeId node) {
    return is_set(node) ? std::optional(slots_[static_cast<std::uint32_t>(node)].outputs) : std::nullopt;
  };
}

void LateValues::grow_to(std::size_t nodes) {
  slots_.grow_to_at_least(nodes);
  count_.store(slots_.size(), std::memory_order_release);
}

void LateValues::set(dsl::NodeId node, dsl::Value outputs) {
  Slot& slot = slots_[static_cast<std::uint32_t>(node)];
  slot.outputs = std::move(outputs);
  slot.is_set.store(true, std::memory_order_release);
}

bool LateValues::is_set(dsl::NodeId node) const {
  const auto index = static_cast<std::uint32_t>(node);
  return index < count_.load(std::memory_order_acquire) && slots_[index].is_set.load(std::memory_order_acquire);
}

Result<dsl::Value> LateValues::evaluate(const dsl::PartialValue& value) {
  dsl::Diagnostics found;
  auto evaluated = dsl::evaluate(pipeline_, value, finished_, found);
  const std::vector<dsl::Diagnostic> all = found.sorted();
  if (!all.empty()) report(found);
  if (evaluated) return std::move(*evaluated);
  if (all.empty()) return failure("a value is not known when it is needed", "this is a mistake of sdlrun: please report it");
  return failure(all.front().message, all.front().hint);
}

bool LateValues::is_known(const dsl::PartialValue& value) const {
  dsl::Diagnostics unheard;
  return dsl::evaluate(pipeline_, value, finished_, unheard).has_value() || unheard.has_errors();
}

void LateValues::report(const dsl::Diagnostics& found) {
  const std::lock_guard lock(diagnostics_mutex_);
  for (const dsl::Diagnostic& diagnostic : found.sorted()) diagnostics_.add(diagnostic);
}

Result<bool> LateValues::holds(const dsl::RarePartialValue& condition) {
  if (!condition) return true;
  const auto value = evaluate(*condition);
  if (!value) return tl::unexpected(value.error());
  const bool* truth = value->as<bool>();
  return truth != nullptr && *truth;
}

}  // namespace sdlrun::engine
