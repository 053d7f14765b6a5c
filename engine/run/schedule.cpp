#include "engine/run/schedule.hpp"

#include <algorithm>
#include <utility>

namespace sdlrun::engine {

Schedule::Schedule(const std::vector<Milliseconds>& critical_paths, std::size_t slots)
    : steps_(critical_paths.size()), order_(critical_paths.size()), free_slots_(std::max<std::size_t>(1, slots)) {
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = dsl::NodeId{i};
  std::stable_sort(order_.begin(), order_.end(), [&](dsl::NodeId left, dsl::NodeId right) {
    return critical_paths[static_cast<std::uint32_t>(left)] > critical_paths[static_cast<std::uint32_t>(right)];
  });
  for (Rank rank = 0; rank < order_.size(); ++rank) at(order_[rank]).rank = rank;
}

void Schedule::make_undecided(dsl::NodeId node) {
  at(node).state = StepState::undecided;
  to_decide_.push(at(node).rank);
  undecided_.insert(at(node).rank);
}

bool Schedule::arrive(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_) return false;
  ++on_their_way_;
  make_undecided(node);
  return true;
}

std::optional<dsl::NodeId> Schedule::next_to_decide() {
  const std::lock_guard lock(mutex_);
  if (to_decide_.empty()) return std::nullopt;
  const dsl::NodeId node = order_[to_decide_.top()];
  to_decide_.pop();
  at(node).state = StepState::deciding;
  at(node).decided_from = keys_ended_;
  return node;
}

Schedule::Turn Schedule::wants_to_run(dsl::NodeId node, const std::string& key) {
  const std::lock_guard lock(mutex_);
  Step& step = at(node);
  undecided_.erase(step.rank);
  if (halted_) {
    step.state = StepState::waiting;
    --on_their_way_;
    return Turn::halted;
  }
  auto& [name, use] = *keys_.try_emplace(key).first;
  if (use.is_running) {
    step.state = StepState::parked;
    use.parked.push_back(node);
    return Turn::parked;
  }
  if (use.ended > step.decided_from) {
    make_undecided(node);
    return Turn::decide_again;
  }
  use.is_running = true;
  step.key = &name;
  step.state = StepState::ready;
  ready_.push(step.rank);
  return Turn::ready;
}

std::optional<dsl::NodeId> Schedule::next_to_start() {
  const std::lock_guard lock(mutex_);
  if (free_slots_ == 0 || ready_.empty()) return std::nullopt;
  if (!undecided_.empty() && *undecided_.begin() < ready_.top()) return std::nullopt;
  const dsl::NodeId node = order_[ready_.top()];
  ready_.pop();
  --free_slots_;
  at(node).state = StepState::running;
  at(node).has_run = true;
  return node;
}

bool Schedule::rest(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_) return false;
  at(node).state = StepState::resting;
  ++free_slots_;
  return true;
}

bool Schedule::rested(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_ || at(node).state != StepState::resting) return false;
  at(node).state = StepState::ready;
  ready_.push(at(node).rank);
  return true;
}

std::size_t Schedule::ended(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  Step& step = at(node);
  undecided_.erase(step.rank);
  if (step.state == StepState::running) ++free_slots_;
  step.state = StepState::ended;
  --on_their_way_;
  if (step.key == nullptr) return 0;
  Key& use = keys_.find(*step.key)->second;
  step.key = nullptr;
  use.is_running = false;
  use.ended = ++keys_ended_;
  const std::vector<dsl::NodeId> parked = std::exchange(use.parked, {});
  for (const dsl::NodeId waiting : parked) make_undecided(waiting);
  return parked.size();
}

Schedule::Halted Schedule::halt() {
  const std::lock_guard lock(mutex_);
  Halted halted;
  if (std::exchange(halted_, true)) return halted;
  for (std::uint32_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (step.state == StepState::resting || (step.state == StepState::ready && step.has_run)) {
      step.state = StepState::resting;
      halted.resting.push_back(dsl::NodeId{i});
      continue;
    }
    const bool is_going = step.state == StepState::undecided || step.state == StepState::parked || step.state == StepState::ready;
    if (!is_going) continue;
    step.state = StepState::waiting;
    undecided_.erase(step.rank);
    halted.given_up.push_back(dsl::NodeId{i});
  }
  on_their_way_ -= halted.given_up.size();
  to_decide_ = {};
  ready_ = {};
  for (auto& [key, use] : keys_) use.parked.clear();
  return halted;
}

bool Schedule::halted() const {
  const std::lock_guard lock(mutex_);
  return halted_;
}

bool Schedule::is_over() const {
  const std::lock_guard lock(mutex_);
  return on_their_way_ == 0;
}

StepState Schedule::state(dsl::NodeId node) const {
  const std::lock_guard lock(mutex_);
  return steps_[static_cast<std::uint32_t>(node)].state;
}

}  // namespace sdlrun::engine
