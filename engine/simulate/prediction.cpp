#include "engine/simulate/prediction.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "engine/run/last_times.hpp"
#include "engine/run/schedule.hpp"

namespace sdlrun::engine {

namespace {

/// The order in which steps start and end, where all that is known of each is how long it takes.
class Timetable {
 public:
  Timetable(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& order, const std::vector<Milliseconds>& lengths, std::size_t slots, const MachineLimits& machine)
      : pipeline_(pipeline), order_(order), lengths_(lengths), schedule_(ways_to_the_end(), Resources(pipeline, slots, machine)), missing_(lengths.size()), dependants_(lengths.size()) {
    for (std::uint32_t i = 0; i < lengths.size(); ++i) {
      missing_[i] = pipeline.nodes[i].dependencies.size();
      for (const dsl::NodeId dependency : pipeline.nodes[i].dependencies) dependants_[index_of(dependency)].push_back(dsl::NodeId{i});
    }
  }

  /// When all has ended.
  Milliseconds length() {
    for (std::uint32_t i = 0; i < missing_.size(); ++i) {
      if (missing_[i] == 0) schedule_.arrive(dsl::NodeId{i});
    }
    Milliseconds now{0};
    for (start_all(now); !running_.empty(); start_all(now)) {
      const auto [at, node] = running_.top();
      running_.pop();
      now = at;
      end(node);
    }
    return now;
  }

 private:
  std::vector<Schedule::Path> ways_to_the_end() const {
    std::vector<Milliseconds> ways(lengths_.size());
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) add_own_time(pipeline_[*node], *node, lengths_[index_of(*node)], ways);
    std::vector<Schedule::Path> paths(ways.size());
    for (std::size_t i = 0; i < paths.size(); ++i) paths[i] = {ways[i], ways[i] - lengths_[i]};
    return paths;
  }

  void start_all(Milliseconds now) {
    while (const auto node = schedule_.next_to_decide()) decide(*node);
    while (const auto node = schedule_.next_to_start()) running_.emplace(now + lengths_[index_of(*node)], *node);
  }

  void decide(dsl::NodeId node) {
    if (lengths_[index_of(node)].count() == 0) return end(node);
    schedule_.wants_to_run(node, pipeline_[node].name);
  }

  void end(dsl::NodeId node) {
    schedule_.ended(node);
    for (const dsl::NodeId dependant : dependants_[index_of(node)]) {
      if (--missing_[index_of(dependant)] == 0) schedule_.arrive(dependant);
    }
  }

  using End = std::pair<Milliseconds, dsl::NodeId>;

  const dsl::Pipeline& pipeline_;
  const std::vector<dsl::NodeId>& order_;
  const std::vector<Milliseconds>& lengths_;
  Schedule schedule_;
  std::vector<std::size_t> missing_;  // dependencies that have not ended
  std::vector<std::vector<dsl::NodeId>> dependants_;
  std::priority_queue<End, std::vector<End>, std::greater<>> running_;
};

bool may_run(const PlannedStep& step) { return step.decision == Decision::run || step.decision == Decision::decided_later; }

/// Those of the steps' ranges that `length_of` picks, one a node.
template <typename LengthOf>
std::vector<Milliseconds> lengths(const Plan& plan, const Prediction& prediction, LengthOf length_of) {
  std::vector<Milliseconds> result(prediction.steps.size());
  for (const PlannedStep& step : plan.steps) {
    if (const auto& range = prediction.steps[index_of(step.node)]) result[index_of(step.node)] = length_of(step, *range);
  }
  return result;
}

void add_ranges(const dsl::Pipeline& pipeline, const Plan& plan, const Durations& durations, Prediction& prediction) {
  prediction.steps.resize(pipeline.nodes.size());
  for (const PlannedStep& step : plan.steps) {
    const std::size_t i = index_of(step.node);
    const dsl::Node& node = pipeline[step.node];
    if (!may_run(step) || node.kind != dsl::NodeKind::step) continue;
    if (const auto known = durations.find(node.name); known != durations.end()) {
      prediction.steps[i] = range_of(known->second);
    } else if (const auto last = step.expected_duration) {  // measured elsewhere: its result came from a shared cache
      prediction.steps[i] = range_of({*last});
    }
    ++(prediction.steps[i] ? prediction.measured : prediction.unmeasured);
  }
}

}  // namespace

std::optional<DurationRange> range_of(std::vector<Milliseconds> durations) {
  if (durations.empty()) return std::nullopt;
  // One that took less than can be measured has run all the same.
  for (Milliseconds& duration : durations) duration = std::max(duration, Milliseconds(1));
  std::sort(durations.begin(), durations.end());
  const std::size_t middle = durations.size() / 2;
  const Milliseconds usual = durations.size() % 2 == 1 ? durations[middle] : (durations[middle - 1] + durations[middle]) / 2;
  return DurationRange{durations.front(), usual, durations.back()};
}

Prediction predict(const dsl::Pipeline& pipeline, const Plan& plan, const Durations& durations, std::size_t slots, const MachineLimits& machine) {
  Prediction prediction;
  add_ranges(pipeline, plan, durations, prediction);
  if (prediction.measured == 0) return prediction;
  std::vector<dsl::NodeId> order;
  for (const PlannedStep& step : plan.steps) order.push_back(step.node);
  const auto length = [&](const std::vector<Milliseconds>& of_steps) { return Timetable(pipeline, order, of_steps, slots, machine).length(); };
  const auto usual = lengths(plan, prediction, [](const PlannedStep&, const DurationRange& range) { return range.usual; });
  const auto low = lengths(plan, prediction, [](const PlannedStep& step, const DurationRange& range) {
    return step.decision == Decision::run ? range.low : Milliseconds(0);
  });
  const auto high = lengths(plan, prediction, [](const PlannedStep&, const DurationRange& range) { return range.high; });
  prediction.critical = critical_path(pipeline, order, usual);
  prediction.length.usual = length(usual);
  // Steps that take longer may fall into a better order, and the run take less time.
  prediction.length.low = std::min(length(low), prediction.length.usual);
  prediction.length.high = std::max(length(high), prediction.length.usual);
  return prediction;
}

}  // namespace sdlrun::engine
