// `simulate`: the real scheduler on virtual time, over steps that only take time.
#include "engine/simulate/simulation.hpp"

#include "engine/simulate/analysis.hpp"
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// Durations and failing attempts by step.
struct GivenWorld {
  std::map<std::string, Milliseconds> durations = {};
  std::map<std::string, std::int64_t> failing = {};
  std::size_t jobs = 4;
  bool keep_going = false;
};

struct Outcome {
  Simulation simulation;
  Analysis analysis;
  dsl::Pipeline pipeline;

  const SimulatedStep& step(const std::string& name) const {
    for (const SimulatedStep& step : simulation.steps) {
      if (pipeline[step.node].name == name) return step;
    }
    FAIL("no step " << name);
    return simulation.steps.front();
  }
};

Outcome simulated_outcome(const std::string& body, const GivenWorld& given) {
  RunProject project;
  project.write_pipeline(body);
  SimulationRequest request{.jobs = given.jobs, .keep_going = given.keep_going};
  for (const dsl::Node& node : project.pipeline->nodes) {
    const auto duration = given.durations.find(node.name);
    const auto failing = given.failing.find(node.name);
    request.work.push_back({.duration = duration == given.durations.end() ? 1s : duration->second,
                            .failing_attempts = failing == given.failing.end() ? 0 : failing->second});
  }
  Simulation simulation = need(simulate(*project.pipeline, request));
  CHECK(project.processes.started().empty());
  Analysis analysis = analyse(*project.pipeline, simulation, given.jobs);
  return {std::move(simulation), std::move(analysis), *project.pipeline};
}

}  // namespace

TEST_CASE("a simulated run takes as long as its steps, one after the other where they wait for each other") {
  const Outcome outcome = simulated_outcome(R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b" }
    step c = test.work { value = a.value, other = b.value })",
                                    {.durations = {{"a", 10s}, {"b", 3s}, {"c", 5s}}});
  CHECK(outcome.simulation.success);
  CHECK(outcome.simulation.duration == 15s);
  CHECK(outcome.step("c").ready == 10s);
  CHECK(outcome.analysis.critical.length == 15s);
  CHECK(outcome.analysis.critical.steps.size() == 2);
  CHECK(outcome.analysis.slots.busy == 18s);
}

TEST_CASE("steps with the same inputs are simulated each by itself") {
  CHECK(simulated_outcome("step a = test.work {}\n step b = test.work {}", {.jobs = 1}).simulation.duration == 2s);
}

TEST_CASE("a simulated pool makes its steps wait, and is full meanwhile") {
  const Outcome outcome = simulated_outcome("pool gpu = 1\n step a[i in range(0, 3)] = test.work { value = i } with { pool = \"gpu\" }", {});
  CHECK(outcome.simulation.duration == 3s);
  REQUIRE(outcome.analysis.pools.size() == 1);
  CHECK(outcome.analysis.pools[0].full == 3s);
  CHECK(outcome.analysis.slots.full == 0s);
}

TEST_CASE("a step that fails is tried again as often as it may be") {
  const std::string body = "step a = test.work {} with { retry = { attempts: 3 } }\n step b = test.work { value = a.value }";
  CHECK(simulated_outcome(body, {.failing = {{"a", 2}}}).simulation.duration == 4s);
  const Outcome hopeless = simulated_outcome(body, {.failing = {{"a", all_attempts}}});
  CHECK_FALSE(hopeless.simulation.success);
  CHECK(hopeless.step("a").attempts.size() == 3);
  CHECK(hopeless.step("b").outcome == StepOutcome::not_reached);
}

TEST_CASE("the critical path has the pauses between attempts in it, and not what a pool makes wait") {
  const Outcome outcome = simulated_outcome(R"(
    pool gpu = 1
    step a = test.work { label = "a" } with { pool = "gpu", retry = { attempts: 2, backoff: 1s } }
    step b = test.work { label = "b" } with { pool = "gpu" })",
                                    {.durations = {{"a", 20s}, {"b", 10s}}, .failing = {{"a", 1}}});
  CHECK(outcome.simulation.duration == 50s);
  CHECK(outcome.analysis.critical.length == 40s + outcome.step("a").rested);
  CHECK(outcome.step("a").rested <= 1s);
}

TEST_CASE("failures have an exit code that is worth another attempt") {
  const Outcome outcome = simulated_outcome("step a = test.work {} with { retry = { attempts: 2, exit_codes: [75] } }", {.failing = {{"a", 1}}});
  CHECK(outcome.simulation.success);
}

TEST_CASE("a step that takes longer than its timeout is ended then") {
  const Outcome outcome = simulated_outcome("step a = test.work {} with { timeout = 30s }", {.durations = {{"a", 1h}}});
  CHECK(outcome.step("a").outcome == StepOutcome::failed);
  CHECK(outcome.simulation.duration == 30s);
}

TEST_CASE("what comes from steps is assumed, and said") {
  const Outcome outcome = simulated_outcome(R"(
    step a = test.work {}
    require enough = a.value > 1000
    step b = test.work {} with { when = a.value > 1000, after = [enough] }
    step c = test.work { value = 100 / (a.value - a.value) })",
                                    {});
  CHECK(outcome.simulation.success);
  CHECK(outcome.step("b").outcome == StepOutcome::ran);
  CHECK(outcome.simulation.assumptions == std::vector<std::string>{"requirement `enough` holds", "`when` of `b` is true"});
}

TEST_CASE("with keep going, a simulated run goes on with what does not need the failed step") {
  const std::string body = "step a = test.work { label = \"a\" }\n step b = test.work {}\n step c = test.work { value = b.value }";
  CHECK(simulated_outcome(body, {.failing = {{"a", 1}}, .jobs = 1}).step("c").outcome == StepOutcome::not_reached);
  CHECK(simulated_outcome(body, {.failing = {{"a", 1}}, .keep_going = true}).step("c").outcome == StepOutcome::ran);
}
