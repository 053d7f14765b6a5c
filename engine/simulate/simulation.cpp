#include "engine/simulate/simulation.hpp"

#include <algorithm>
#include <optional>

#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/plan/plan.hpp"
#include "engine/run/run.hpp"
#include "engine/simulate/simulated_pipeline.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/fake/fake_remote.hpp"

namespace sdlrun::engine {

namespace {

constexpr const char* program_name = "work";

/// Runs a program of the fake world, so that timeouts and exit codes are what they are for real ones.
class SimulatedStage final : public Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "take time"; }
  Task<Result<StageOutputs>> run(StageContext& context) const override {
    ProcessRequest request;
    request.command = {program_name, context.step_name()};
    Task<Result<ProcessResult>> running = context.run(std::move(request));
    const Result<ProcessResult> result = co_await running;
    if (!result) co_return tl::unexpected(result.error());
    if (!result->success()) co_return failure("simulated failure");
    co_return StageOutputs();
  }

 private:
  dsl::StageSchema schema_ = simulated_schema();
};

/// Gathers what the run tells.
class Timeline {
 public:
  Timeline(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, const FakeClock& clock)
      : pipeline_(pipeline), clock_(clock), place_(pipeline.nodes.size()) {
    for (std::uint32_t i = 0; i < needed.size(); ++i) {
      if (!needed[i] || pipeline.nodes[i].kind != dsl::NodeKind::step) continue;
      place_[i] = steps_.size();
      steps_.push_back({.node = dsl::NodeId{i}});
    }
    ended_.resize(pipeline.nodes.size());
    rests_.resize(steps_.size());
  }

  void see(const Event& event) {
    if (const auto* started = std::get_if<StepStarted>(&event)) begin_attempt(started->step);
    // The only word of a later attempt's beginning.
    if (const auto* progressed = std::get_if<StepProgressed>(&event)) begin_attempt(progressed->step);
    if (const auto* retried = std::get_if<StepRetried>(&event)) end_attempt(*retried);
    if (const auto* decided = std::get_if<RequirementDecided>(&event)) end_of(decided->requirement) = now();
    if (const auto* finished = std::get_if<StepFinished>(&event)) end(*finished);
    const bool is_of_a_step = std::holds_alternative<StepStarted>(event) || std::holds_alternative<StepRetried>(event) ||
                              std::holds_alternative<StepProgressed>(event) || std::holds_alternative<StepFinished>(event);
    if (is_of_a_step) moments_.push_back({now(), event});
  }

  std::vector<SimulatedStep> take_steps() { return std::move(steps_); }
  std::vector<Moment> take_moments() { return std::move(moments_); }

 private:
  Milliseconds now() const { return std::chrono::duration_cast<Milliseconds>(clock_.monotonic()); }
  std::size_t place_of(dsl::NodeId node) const { return place_[static_cast<std::uint32_t>(node)]; }
  SimulatedStep& step(dsl::NodeId node) { return steps_[place_of(node)]; }
  Milliseconds& end_of(dsl::NodeId node) { return ended_[static_cast<std::uint32_t>(node)]; }

  void begin_attempt(dsl::NodeId node) {
    step(node).attempts.push_back({.begin = now(), .end = now()});
    rests_[place_of(node)] = false;
  }

  void end_attempt(const StepRetried& event) {
    step(event.step).attempts.back().end = now();
    step(event.step).rested += event.pause;
    rests_[place_of(event.step)] = true;
  }

  void end(const StepFinished& event) {
    SimulatedStep& ended = step(event.step);
    ended.outcome = event.outcome;
    ended.ended = end_of(event.step) = now();
    for (const dsl::NodeId dependency : pipeline_[event.step].dependencies) ended.ready = std::max(ended.ready, end_of(dependency));
    // One that rested when the run was given up has ended its last attempt before.
    if (!ended.attempts.empty() && !rests_[place_of(event.step)]) ended.attempts.back().end = now();
  }

  const dsl::Pipeline& pipeline_;
  const FakeClock& clock_;
  std::vector<std::size_t> place_;  // by node, in steps_
  std::vector<SimulatedStep> steps_;
  std::vector<Moment> moments_;
  std::vector<Milliseconds> ended_;  // by node
  std::vector<bool> rests_;          // by place
};

void arrange(FakeProcesses& processes, const dsl::Node& node, const SimulatedWork& work) {
  const dsl::RetryOptions& retry = node.options.retry;
  FakeProgram program{.duration = work.duration, .exit_code = retry.exit_codes.empty() ? 1 : static_cast<int>(retry.exit_codes.front())};
  for (std::int64_t i = 0; i < std::min(work.failing_attempts, retry.attempts); ++i) processes.on({program_name, node.name}, program);
  program.exit_code = 0;
  if (work.failing_attempts < retry.attempts) processes.on({program_name, node.name}, program);
}

/// The longest way to the end goes first, as in a run that was measured before.
void remember_durations(State& state, const dsl::Pipeline& pipeline, const std::vector<SimulatedWork>& work) {
  for (std::size_t i = 0; i < work.size(); ++i) {
    StepAttempt attempt{.pipeline = pipeline.name, .step = pipeline.nodes[i].name, .outcome = "ran", .duration = work[i].duration};
    static_cast<void>(state.record_attempt(attempt));  // in memory it cannot fail
  }
}

}  // namespace

Result<Simulation> simulate(const dsl::Pipeline& original, const SimulationRequest& request) {
  StageSet stages;
  stages.add(std::make_unique<SimulatedStage>());
  const std::vector<bool> needed = needed_nodes(original, request.goals);
  auto [pipeline, assumptions] = simulated(original, needed, *stages.schemas().all().front());

  FakeClock clock;
  FakeFiles files;
  FakeProcesses processes(clock, files);
  FakeRemote remote(clock, files);
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    if (needed[i] && pipeline.nodes[i].kind == dsl::NodeKind::step) arrange(processes, pipeline.nodes[i], request.work[i]);
  }
  const std::unique_ptr<State> state = memory_state();
  remember_durations(*state, pipeline, request.work);
  Store store("/project/.sdl", files);
  RunOptions options;
  options.goals = request.goals;
  options.jobs = request.jobs;
  options.machine = request.machine;
  options.keep_going = request.keep_going;
  options.workers = 1;
  options.project_root = "/project";
  options.shared_cache_directory = "/cache";
  options.on_idle = [&] { return clock.advance_to_next(); };
  Timeline timeline(pipeline, needed, clock);
  StopRequest stop;
  dsl::Diagnostics diagnostics;
  const World world{.clock = clock, .files = files, .processes = processes, .remote = remote};
  Milliseconds duration{0};
  const EventSink sink = [&](const Event& event) {
    timeline.see(event);
    if (const auto* end = std::get_if<RunFinished>(&event)) duration = end->duration;
  };
  const auto result = run_pipeline(pipeline, stages, *state, store, world, options, stop, sink, diagnostics);
  if (!result) return tl::unexpected(result.error());
  return Simulation{.success = result->success,
                    .duration = duration,
                    .steps = timeline.take_steps(),
                    .timeline = timeline.take_moments(),
                    .assumptions = assumptions};
}

}  // namespace sdlrun::engine
