// How long a run would take, by what its steps took before.
#include "engine/simulate/prediction.hpp"

#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// A plan in which every step runs, but for those named.
struct Given {
  std::string body;
  Durations durations = {};
  std::map<std::string, Decision> decisions = {};
  std::size_t slots = 4;
};

struct Predicted {
  Prediction prediction;
  std::vector<std::string> path;
};

Predicted predicted(const Given& given) {
  RunProject project;
  project.write_pipeline(given.body);
  Plan plan;
  for (std::uint32_t i = 0; i < project.pipeline->nodes.size(); ++i) {
    const auto decision = given.decisions.find(project.pipeline->nodes[i].name);
    plan.steps.push_back({.node = dsl::NodeId{i}, .decision = decision == given.decisions.end() ? Decision::run : decision->second});
  }
  Predicted result{.prediction = predict(*project.pipeline, plan, given.durations, given.slots, {}), .path = {}};
  for (const dsl::NodeId step : result.prediction.critical.steps) result.path.push_back((*project.pipeline)[step].name);
  return result;
}

const std::string forked = R"(
  step a = test.work { label = "a" }
  step b = test.work { label = "b", value = a.value }
  step c = test.work { label = "c", value = a.value }
  step d = test.work { label = "d", value = b.value, other = c.value })";
const Durations forked_durations{{"a", {10s}}, {"b", {20s, 30s, 90s}}, {"c", {40s}}, {"d", {5s, 7s}}};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("durations become the shortest, the middle and the longest of them") {
  CHECK_FALSE(range_of({}).has_value());
  const DurationRange odd = *range_of({30s, 10s, 90s});
  CHECK(odd.low == 10s);
  CHECK(odd.usual == 30s);
  CHECK(odd.high == 90s);
  CHECK(range_of({10s, 20s})->usual == 15s);
  CHECK(range_of({0s})->usual == 1ms);
}

TEST_CASE("a run takes as long as its longest chain where there are slots for all") {
  const Predicted run = predicted({.body = forked, .durations = forked_durations});
  CHECK(run.path == Names{"a", "c", "d"});
  CHECK(run.prediction.critical.length == 56s);
  CHECK(run.prediction.length.usual == 56s);
  CHECK(run.prediction.length.low == 55s);
  CHECK(run.prediction.length.high == 107s);
  CHECK(run.prediction.measured == 4);
}

TEST_CASE("with one slot it takes all there is to do") {
  CHECK(predicted({.body = forked, .durations = forked_durations, .slots = 1}).prediction.length.usual == 86s);
}

TEST_CASE("a pool lets steps wait for each other") {
  const std::string pooled = R"(
    pool gpu = 1
    step a = test.work { label = "a" } with { pool = "gpu" }
    step b = test.work { label = "b" } with { pool = "gpu" })";
  RunProject project;
  project.write_pipeline(pooled);
  const Plan plan{.steps = {{.node = dsl::NodeId{0}, .decision = Decision::run}, {.node = dsl::NodeId{1}, .decision = Decision::run}}};
  const Prediction prediction = predict(*project.pipeline, plan, {{"a", {3s}}, {"b", {4s}}}, 4, {});
  CHECK(prediction.length.usual == 7s);
  CHECK(prediction.critical.length == 4s);
}

TEST_CASE("what comes from the cache takes no time; what is decided later may") {
  const Predicted run = predicted({.body = forked, .durations = forked_durations, .decisions = {{"a", Decision::cached}, {"d", Decision::decided_later}}});
  CHECK(run.prediction.length.low == 40s);
  CHECK(run.prediction.length.usual == 46s);
  CHECK(run.path == Names{"c", "d"});
}

TEST_CASE("steps that were never measured are counted, and take no time") {
  const Predicted run = predicted({.body = forked, .durations = {{"b", {20s}}}});
  CHECK(run.prediction.length.usual == 20s);
  CHECK(run.prediction.unmeasured == 3);
  const Predicted unknown = predicted({.body = forked});
  CHECK(unknown.prediction.measured == 0);
  CHECK(unknown.prediction.length.high == 0s);
  CHECK(unknown.path.empty());
}
