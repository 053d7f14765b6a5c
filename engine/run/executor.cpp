#include "engine/run/executor.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "engine/run/decider.hpp"
#include "engine/run/gate.hpp"
#include "engine/run/last_times.hpp"
#include "engine/run/schedule.hpp"
#include "engine/run/steps_added.hpp"
#include "engine/run/step_execution.hpp"
#include "engine/run/step_graph.hpp"

namespace sdlrun::engine {

namespace {

constexpr Milliseconds stop_request_interval{20};
constexpr Milliseconds stop_grace{10'000};

std::size_t slot_count(const RunOptions& options) {
  if (options.jobs > 0) return options.jobs;
  const std::int64_t cpus = options.machine.cpus > 0 ? options.machine.cpus : std::thread::hardware_concurrency();
  return static_cast<std::size_t>(std::max<std::int64_t>(1, cpus));
}

std::vector<Schedule::Path> paths_with_times(const std::vector<Milliseconds>& paths, const LastTimes& times) {
  std::vector<Schedule::Path> all(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) all[i] = {paths[i], paths[i] - times[i].duration};
  return all;
}

/// Brings together the graph (who waits for whom), the schedule (who is next) and the steps (what is done).
class Executor {
 public:
  Executor(const RunContext& run, NeededNodes needed);
  RunCounts execute();

 private:
  // Bodies of the graph.
  void hand_over(dsl::NodeId node);
  void take_end(const StepEnd& end);
  void grow(const dsl::Growth& growth);

  // On workers.
  void post_decisions(std::size_t count);
  void decide_some();
  void decide(dsl::NodeId node);
  void start_ready();
  void start(dsl::NodeId node);
  StepExecution::Callbacks callbacks(dsl::NodeId node);
  void step_ended(const StepEnd& end);
  std::function<void()> start_in_place_of(dsl::NodeId node);
  void rest(dsl::NodeId node, Milliseconds pause);
  void go_on(dsl::NodeId node);

  // Ending early.
  void halt();
  bool obey_stop_request();
  std::shared_ptr<StepExecution> running_step(dsl::NodeId node);
  std::vector<std::shared_ptr<StepExecution>> running_steps();

  void set_on_idle();
  void wait_until_over();
  void count(const StepEnd& end);
  void report_not_reached();

  const RunContext& run_;
  NeededNodes needed_;
  LastTimes last_times_;
  std::optional<LastTimesByName> known_times_;  // once the pipeline has grown
  std::vector<Milliseconds> paths_;
  std::size_t slots_;
  Decider decider_;
  Schedule schedule_;
  std::unique_ptr<StepGraph> graph_;
  oneapi::tbb::concurrent_vector<std::unique_ptr<StepDecision>> decisions_;  // of steps that wait for a slot
  std::atomic<std::size_t> deciding_{0};  // posted work that decides
  bool has_begun_ = false;
  std::size_t first_nodes_ = 0;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_killing_{false};
  std::mutex running_mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<StepExecution>> running_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::mutex over_mutex_;
  std::condition_variable over_;
  RunCounts counts_;  // take_end's, and at the end ours
};

Executor::Executor(const RunContext& run, NeededNodes needed)
    : run_(run),
      needed_(std::move(needed)),
      last_times_(last_times(run.pipeline, needed_, run.state)),
      paths_(critical_paths(run.pipeline, needed_, last_times_)),
      slots_(slot_count(run.options)),
      decider_(run, last_times_),
      schedule_(paths_with_times(paths_, last_times_), Resources(run.pipeline, slots_, run.options.machine)),
      decisions_(run.pipeline.nodes.size()) {
  run_.workers.arena().execute([this] {
    graph_ = std::make_unique<StepGraph>(run_.pipeline, needed_, run_.workers,
                                         StepGraph::Bodies{.hand_over = [this](dsl::NodeId node) { hand_over(node); },
                                                           .take_end = [this](const StepEnd& end) { take_end(end); }});
  });
}

RunCounts Executor::execute() {
  set_on_idle();
  graph_->begin();
  // All first nodes are there, and posted, before the first is decided, so that their order is not a matter of luck.
  has_begun_ = true;
  post_decisions(first_nodes_);
  run_.workers.begin();
  wait_until_over();
  {
    const std::lock_guard lock(gate_->mutex);
    gate_->is_open = false;
  }
  run_.workers.wait_until_idle();
  run_.workers.end();
  graph_->wait();
  report_not_reached();
  return counts_;
}

void Executor::set_on_idle() {
  if (!run_.options.on_idle) return;
  run_.workers.set_on_idle([this] {
    if (schedule_.is_over()) return false;
    return obey_stop_request() || run_.options.on_idle();
  });
}

void Executor::wait_until_over() {
  const auto is_over = [this] { return schedule_.is_over(); };
  std::unique_lock lock(over_mutex_);
  while (!over_.wait_for(lock, stop_request_interval, is_over)) {
    // On virtual time the worker looks, when nothing moves: a second thread would make it a matter of luck who comes first.
    if (run_.options.on_idle) continue;
    lock.unlock();
    obey_stop_request();
    lock.lock();
  }
}

// ---- bodies of the graph -------------------------------------------------------------------------------------------

void Executor::hand_over(dsl::NodeId node) {
  if (!schedule_.arrive(node)) return graph_->come_back({node, StepOutcome::not_reached});
  if (has_begun_) return post_decisions(1);
  ++first_nodes_;
}

void Executor::take_end(const StepEnd& end) {
  count(end);
  if (end.growth) grow(*end.growth);
  if (end.is_good()) {
    run_.values.set(end.node, end.outputs);
    // Before the slot is free: who waits for this may come before those that wait for the slot.
    graph_->release_dependants(end.node);
  } else if (end.outcome != StepOutcome::not_reached && !run_.options.keep_going) {
    halt();
  }
  if (end.outcome != StepOutcome::not_reached) post_decisions(schedule_.ended(end.node));
  start_ready();
  if (!schedule_.is_over()) return;
  const std::lock_guard lock(over_mutex_);
  over_.notify_all();
}

/// The steps behind a gate join the run.
void Executor::grow(const dsl::Growth& growth) {
  const std::vector<dsl::NodeId> added = needed_.grow(growth);
  if (!known_times_) known_times_ = run_.state.last_times(run_.pipeline.name);
  add_last_times(run_.pipeline, added, *known_times_, last_times_);
  add_critical_paths(run_.pipeline, added, growth, last_times_, paths_);
  run_.values.grow_to(last_times_.size());
  decisions_.grow_to_at_least(last_times_.size());
  schedule_.add(run_.pipeline, added, paths_with_times(paths_, last_times_));
  run_.events.emit(steps_added(run_.pipeline, growth, added));
  graph_->add(run_.pipeline, added, growth);
}

void Executor::count(const StepEnd& end) {
  const bool is_step = run_.pipeline[end.node].kind == dsl::NodeKind::step;
  if (end.outcome == StepOutcome::failed) ++counts_.failed;
  if (!is_step) return;
  if (end.outcome == StepOutcome::ran) ++counts_.ran;
  if (end.outcome == StepOutcome::cached) ++counts_.cached;
  if (end.outcome == StepOutcome::skipped) ++counts_.skipped;
  if (end.outcome == StepOutcome::stopped) ++counts_.stopped;
}

// ---- on workers ----------------------------------------------------------------------------------------------------

/// No more than a worker each: to post and wake for every step costs more than to decide on it.
void Executor::post_decisions(std::size_t count) {
  const std::size_t most = run_.workers.count();
  for (; count > 0; --count) {
    if (deciding_.fetch_add(1) >= most) {
      --deciding_;
      return;
    }
    run_.workers.post([this] { decide_some(); });
  }
}

/// Not all there are: what is to go on meanwhile waits in the same line.
void Executor::decide_some() {
  constexpr int most_at_once = 32;
  for (int i = 0; i < most_at_once; ++i) {
    const auto node = schedule_.next_to_decide();
    if (!node) break;
    decide(*node);
  }
  --deciding_;
  // Also what came after the last look, when there seemed to be enough who decide.
  if (schedule_.has_undecided()) post_decisions(1);
}

void Executor::decide(dsl::NodeId node) {
  auto decided = decider_.decide(node);
  if (const StepEnd* end = std::get_if<StepEnd>(&decided)) return graph_->come_back(*end);
  auto& decision = decisions_[static_cast<std::uint32_t>(node)];
  decision = std::make_unique<StepDecision>(std::move(std::get<StepDecision>(decided)));
  const std::string key = decision->key.hex;  // once the step is ready, its decision is another worker's
  switch (schedule_.wants_to_run(node, key)) {
    case Schedule::Turn::ready: break;
    case Schedule::Turn::parked: break;
    case Schedule::Turn::decide_again: post_decisions(1); break;
    case Schedule::Turn::halted: return graph_->come_back({node, StepOutcome::not_reached});
  }
  start_ready();
}

void Executor::start_ready() {
  obey_stop_request();
  while (const auto node = schedule_.next_to_start()) {
    run_.workers.post([this, node = *node] { start(node); });
  }
}

void Executor::start(dsl::NodeId node) {
  const auto index = static_cast<std::uint32_t>(node);
  const std::unique_ptr<StepDecision> decision = std::move(decisions_[index]);
  std::shared_ptr<StepExecution> step;
  {
    const std::lock_guard lock(running_mutex_);
    std::shared_ptr<StepExecution>& place = running_[index];  // one that has rested is there
    if (!place) place = std::make_shared<StepExecution>(run_, node, std::move(*decision), callbacks(node));
    step = place;
  }
  // A stop that came before this step was in the list has not seen it.
  if (is_stopping_) step->stop();
  step->start();
}

StepExecution::Callbacks Executor::callbacks(dsl::NodeId node) {
  return {.ended = [this](const StepEnd& end) { step_ended(end); },
          .has_worked = [this, node] { return start_in_place_of(node); },
          .may_rest = [this] { return !schedule_.halted(); },
          .rests = [this, node](Milliseconds pause) { rest(node, pause); },
          .take_from_cache = [this, node](StepDecision decision) { return decider_.take_from_cache(node, std::move(decision)); }};
}

/// So that processors are busy with the next while results are put in place and recorded. Whoever asks for one step at a time gets that;
/// and on virtual time, on which nothing of this takes any, a step is to be seen to end before the next begins.
std::function<void()> Executor::start_in_place_of(dsl::NodeId node) {
  const bool may_begin = slots_ > 1 && !run_.options.on_idle;
  const auto next = may_begin ? schedule_.next_in_place_of(node) : std::nullopt;
  if (!next) return nullptr;
  return [this, next = *next] { start(next); };
}

void Executor::rest(dsl::NodeId node, Milliseconds pause) {
  if (!schedule_.rest(node)) return running_step(node)->give_up();
  run_.world.clock.after(pause, [gate = gate_, node, this] {
    const std::lock_guard lock(gate->mutex);
    if (gate->is_open) run_.workers.post([this, node] { go_on(node); });
  });
  start_ready();  // those that waited for its slot
}

void Executor::go_on(dsl::NodeId node) {
  if (schedule_.rested(node)) start_ready();
}

void Executor::step_ended(const StepEnd& end) {
  {
    const std::lock_guard lock(running_mutex_);
    running_.erase(static_cast<std::uint32_t>(end.node));
  }
  graph_->come_back(end);
}

// ---- ending early --------------------------------------------------------------------------------------------------

void Executor::halt() {
  const Schedule::Halted halted = schedule_.halt();
  for (const dsl::NodeId node : halted.given_up) graph_->come_back({node, StepOutcome::not_reached});
  for (const dsl::NodeId node : halted.resting) {
    run_.workers.post([step = running_step(node)] { step->give_up(); });
  }
}

/// True if there was something to do.
bool Executor::obey_stop_request() {
  const bool stops = run_.stop.requested && !is_stopping_.exchange(true);
  const bool kills = run_.stop.at_once && !is_killing_.exchange(true);
  if (stops) {
    halt();
    for (const auto& step : running_steps()) step->stop();
    run_.world.processes.stop_all(stop_grace);
    run_.world.remote.stop_all();
  }
  if (kills) {
    run_.world.processes.stop_all(Milliseconds(0));
    for (const auto& step : running_steps()) step->stop_at_once();
  }
  return stops || kills;
}

std::shared_ptr<StepExecution> Executor::running_step(dsl::NodeId node) {
  const std::lock_guard lock(running_mutex_);
  return running_.at(static_cast<std::uint32_t>(node));
}

std::vector<std::shared_ptr<StepExecution>> Executor::running_steps() {
  const std::lock_guard lock(running_mutex_);
  std::vector<std::shared_ptr<StepExecution>> steps;
  for (const auto& [index, step] : running_) steps.push_back(step);
  return steps;
}

void Executor::report_not_reached() {
  for (std::uint32_t i = 0; i < needed_.size(); ++i) {
    const dsl::NodeId node{i};
    const bool is_requirement = run_.pipeline[node].kind == dsl::NodeKind::requirement;
    if (!needed_.contains(node) || is_requirement || schedule_.state(node) == StepState::ended) continue;
    ++counts_.not_reached;
    run_.events.emit(StepFinished{.step = node, .name = run_.step_name(node), .outcome = StepOutcome::not_reached});
  }
}

}  // namespace

RunCounts execute(const RunContext& run, NeededNodes needed) {
  return Executor(run, std::move(needed)).execute();
}

}  // namespace sdlrun::engine
