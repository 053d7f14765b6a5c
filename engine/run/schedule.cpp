#include "engine/run/schedule.hpp"

#include <algorithm>
#include <utility>

namespace sdlrun::engine {

Schedule::Schedule(const std::vector<Path>& critical_paths, Resources resources)
    : steps_(critical_paths.size()), ready_(resources.kinds()), resources_(std::move(resources)) {
  for (std::uint32_t i = 0; i < steps_.size(); ++i) set_path(i, critical_paths[i]);
}

void Schedule::set_path(std::uint32_t index, const Path& path) {
  steps_[index].rank = {-path.whole.count(), index};
  steps_[index].behind = path.behind;
}

void Schedule::add(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& nodes, const std::vector<Path>& critical_paths) {
  const std::lock_guard lock(mutex_);
  steps_.resize(std::max(steps_.size(), critical_paths.size()));
  for (const dsl::NodeId node : nodes) {
    const auto index = static_cast<std::uint32_t>(node);
    set_path(index, critical_paths[index]);
    resources_.add(node, pipeline[node]);
  }
  ready_.resize(resources_.kinds());
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
  const dsl::NodeId node = to_decide_.top().id();
  to_decide_.pop();
  at(node).state = StepState::deciding;
  at(node).decided_from = keys_ended_;
  return node;
}

bool Schedule::has_undecided() const {
  const std::lock_guard lock(mutex_);
  return !to_decide_.empty();
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
  make_ready(node);
  return Turn::ready;
}

void Schedule::make_ready(dsl::NodeId node) {
  at(node).state = StepState::ready;
  ready_[resources_.kind_of(node)].push(at(node).rank);
}

/// Steps of one kind start in order, so that only the first of each is looked at.
std::optional<Resources::Kind> Schedule::kind_to_start() const {
  kinds_.clear();
  waiting_.clear();
  for (Resources::Kind kind = 0; kind < ready_.size(); ++kind) {
    if (!ready_[kind].empty()) kinds_.push_back(kind);
  }
  std::sort(kinds_.begin(), kinds_.end(), [&](Resources::Kind left, Resources::Kind right) { return ready_[left].top() < ready_[right].top(); });
  for (const Resources::Kind kind : kinds_) {
    if (!undecided_.empty() && *undecided_.begin() < ready_[kind].top()) return std::nullopt;
    const bool may_go = std::all_of(waiting_.begin(), waiting_.end(), [&](Resources::Kind ahead) { return resources_.may_overtake(kind, ahead); });
    if (may_go && resources_.fits(kind)) return kind;
    waiting_.push_back(kind);
  }
  return std::nullopt;
}

std::optional<dsl::NodeId> Schedule::next_to_start() {
  const std::lock_guard lock(mutex_);
  const auto kind = kind_to_start();
  return kind ? std::optional(start_first_of(*kind)) : std::nullopt;
}

dsl::NodeId Schedule::start_first_of(Resources::Kind kind) {
  const dsl::NodeId node = ready_[kind].top().id();
  ready_[kind].pop();
  resources_.take(kind);
  Step& step = at(node);
  step.state = StepState::running;
  step.has_run = step.has_slot = true;
  return node;
}

std::optional<dsl::NodeId> Schedule::next_in_place_of(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_ || !at(node).has_slot) return std::nullopt;
  resources_.give_back(resources_.kind_of(node));
  const auto kind = kind_to_start();
  if (!kind || -ready_[*kind].top().backwards < at(node).behind.count()) {
    resources_.take(resources_.kind_of(node));
    return std::nullopt;
  }
  at(node).has_slot = false;
  return start_first_of(*kind);
}

void Schedule::give_slot_back(dsl::NodeId node) {
  if (std::exchange(at(node).has_slot, false)) resources_.give_back(resources_.kind_of(node));
}

bool Schedule::rest(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_) return false;
  at(node).state = StepState::resting;
  give_slot_back(node);
  return true;
}

bool Schedule::rested(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  if (halted_ || at(node).state != StepState::resting) return false;
  make_ready(node);
  return true;
}

std::size_t Schedule::ended(dsl::NodeId node) {
  const std::lock_guard lock(mutex_);
  Step& step = at(node);
  undecided_.erase(step.rank);
  give_slot_back(node);
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
  for (Heap& ready : ready_) ready = {};
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
