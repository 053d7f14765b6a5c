// Whole pipelines on virtual time: what runs, when, and what becomes of the rest.
#include "engine/run/executor.hpp"

#include <random>

#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

using Names = std::vector<std::string>;

/// Gives what steps take as `on`.
class PlaceStage final : public Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "find a place"; }
  Task<Result<StageOutputs>> run(StageContext&) const override {
    co_return StageOutputs{{"place", dsl::Value::handle("test.place", "there", {})}};
  }

 private:
  dsl::StageSchema schema_ = dsl::StageSchemaBuilder("test", "place", "For tests.").output("place", "test.place", "A place.").build();
};

/// A pipeline of `test.work` steps made by hand: `waits_for[i]` are what step i depends on, all before it.
dsl::Pipeline graph_of(const StageSet& stages, const std::vector<std::vector<std::uint32_t>>& waits_for) {
  dsl::Pipeline pipeline;
  pipeline.name = "graph";
  const dsl::StageSchema* schema = stages.schemas().find("test", "work");
  std::vector<bool> has_dependants(waits_for.size());
  for (std::size_t i = 0; i < waits_for.size(); ++i) {
    dsl::Node node;
    node.name = "s" + std::to_string(i);
    node.schema = schema;
    for (const dsl::InputSchema& input : schema->inputs) {
      const dsl::Value value = input.name == "label" ? dsl::Value::text(node.name) : dsl::Value();
      node.inputs.push_back({input.name, {value, {}}, {}});
    }
    for (const std::uint32_t dependency : waits_for[i]) {
      node.dependencies.push_back(dsl::NodeId{dependency});
      has_dependants[dependency] = true;
    }
    pipeline.nodes.push_back(std::move(node));
  }
  for (std::uint32_t i = 0; i < waits_for.size(); ++i) {
    if (!has_dependants[i]) pipeline.default_goals.push_back(dsl::NodeId{i});
  }
  return pipeline;
}

/// Each of `count` steps waits for up to three of the fifty before it.
std::vector<std::vector<std::uint32_t>> random_graph(std::uint32_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::vector<std::uint32_t>> waits_for(count);
  for (std::uint32_t i = 1; i < count; ++i) {
    for (std::uint32_t edge = random() % 4; edge > 0; --edge) {
      waits_for[i].push_back(i - 1 - static_cast<std::uint32_t>(random() % std::min<std::uint32_t>(i, 50)));
    }
    std::sort(waits_for[i].begin(), waits_for[i].end());
    waits_for[i].erase(std::unique(waits_for[i].begin(), waits_for[i].end()), waits_for[i].end());
  }
  return waits_for;
}

/// Events as one text, to compare runs by.
std::string text_of(const Report& report) {
  std::string text;
  for (const StepStarted& event : report.all<StepStarted>()) text += event.name + " started\n";
  for (const StepFinished& event : report.all<StepFinished>()) {
    text += event.name + ' ' + std::to_string(static_cast<int>(event.outcome)) + ' ' + std::to_string(event.duration.count()) + '\n';
  }
  return text;
}

}  // namespace

// ---- order ---------------------------------------------------------------------------------------------------------

TEST_CASE("a chain runs one step after the other, and values go along it") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = 1 }
    step b = test.work { value = a.value }
    step c = test.work { value = b.value })");
  CHECK(report.success());
  CHECK(report.started() == Names{"a", "b", "c"});
  CHECK(report.finished("c").outputs == dsl::Fields{{"value", dsl::Value::integer(4)}});
  CHECK(report.end().duration == 3s);
  CHECK(project.processes.most_at_once() == 1);
}

TEST_CASE("steps that do not wait for each other run at the same time, and a join waits for all") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b" }
    step c = test.work { label = "c" }
    step sum = test.work { label = "sum", value = a.value, other = b.value } with { after = c })");
  CHECK(report.success());
  CHECK(report.started().back() == "sum");
  CHECK(report.end().duration == 2s);
  CHECK(project.processes.most_at_once() == 3);
}

TEST_CASE("in a diamond the shared step runs once") {
  RunProject project;
  const Report report = project.run(R"(
    step top = test.work { label = "top" }
    step left = test.work { label = "left", value = top.value }
    step right = test.work { label = "right", value = top.value }
    step bottom = test.work { value = left.value, other = right.value })");
  CHECK(report.end().ran == 4);
  CHECK(project.processes.started().size() == 4);
  CHECK(report.finished("bottom").outputs[0].second == dsl::Value::integer(5));
}

TEST_CASE("only what the goals need runs") {
  RunProject project;
  project.write_pipeline(R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b", value = a.value }
    step c = test.work { label = "c" })");
  project.options.goals = project.pipeline->find("b");
  const Report report = project.run();
  CHECK(report.all<RunStarted>().at(0).steps == 2);
  CHECK(report.started() == Names{"a", "b"});
  CHECK(report.end().not_reached == 0);
}

TEST_CASE("no more steps run at once than there are jobs") {
  RunProject project;
  project.options.jobs = 2;
  const Report report = project.run("step a[i in range(0, 7)] = test.work { value = i }");
  CHECK(report.end().ran == 7);
  CHECK(project.processes.most_at_once() == 2);
  CHECK(report.end().duration == 4s);
}

TEST_CASE("of the steps that are ready the one with the longest way to the end starts first") {
  RunProject project;
  project.options.jobs = 1;
  const Report report = project.run(R"(
    step one = test.work { label = "1" }
    step two_a = test.work { label = "2a" }
    step two_b = test.work { value = two_a.value }
    step three_a = test.work { label = "3a" }
    step three_b = test.work { label = "3b", value = three_a.value }
    step three_c = test.work { label = "3c", value = three_b.value })");
  CHECK(report.started() == Names{"three_a", "two_a", "three_b", "one", "two_b", "three_c"});
}

TEST_CASE("the way to the end is as long as its steps took the last time") {
  RunProject project;
  project.options.jobs = 1;
  project.processes.on({"work", "long"}, {.duration = 1h});
  const std::string pipeline = R"(
    step one = test.work { label = "one" }
    step two = test.work { label = "two", value = one.value }
    step long = test.work { label = "long", value = )";
  CHECK(project.run(pipeline + "1 }").started() == Names{"one", "two", "long"});
  CHECK(project.run(pipeline + "2 }").started() == Names{"long"});
  project.state->forget_result(project.state->last_attempt("p", "one")->key);
  CHECK(project.run(pipeline + "3 }").started() == Names{"long", "one"});
}

TEST_CASE("graphs of two thousand steps run whole, each step after all that it waits for") {
  for (const std::size_t workers : {1, 4}) {
    RunProject project;
    const auto waits_for = random_graph(2000, 7);
    project.pipeline = graph_of(project.stages, waits_for);
    project.options.jobs = 8;
    project.options.workers = workers;
    const Report report = project.run();
    CHECK(report.success());
    CHECK(report.end().ran == 2000);
    CHECK(project.processes.most_at_once() <= 8);
    std::vector<bool> has_finished(waits_for.size());
    std::size_t too_early = 0;
    for (const Event& event : report.events) {
      if (const auto* end = std::get_if<StepFinished>(&event)) has_finished[static_cast<std::uint32_t>(end->step)] = true;
      const auto* begin = std::get_if<StepStarted>(&event);
      if (begin == nullptr) continue;
      for (const std::uint32_t dependency : waits_for[static_cast<std::uint32_t>(begin->step)]) too_early += !has_finished[dependency];
    }
    CHECK(too_early == 0);
    CHECK(project.run().end().cached == 2000);
  }
}

TEST_CASE("with one worker the same world gives the same run") {
  std::vector<std::string> runs;
  for (int run = 0; run < 2; ++run) {
    RunProject project;
    project.pipeline = graph_of(project.stages, random_graph(300, 11));
    project.options.workers = 1;
    project.processes.on({"work", "s7"}, {.duration = 5s});
    project.processes.on({"work", "s250"}, {.duration = 2s, .exit_code = 1});
    runs.push_back(text_of(project.run()));
  }
  CHECK(runs[0] == runs[1]);
}

TEST_CASE("a pipeline without steps is done at once") {
  RunProject project;
  const Report report = project.run("let a = 1");
  CHECK(report.success());
  CHECK(report.all<RunStarted>().at(0).steps == 0);
}

// ---- cached and skipped --------------------------------------------------------------------------------------------

TEST_CASE("the second run takes everything from the cache, warnings included") {
  RunProject project;
  project.add_stage("warn", [](StageContext& context) -> Task<Result<StageOutputs>> {
    context.warn("mind the gap");
    co_return outputs_of(context);
  });
  const std::string pipeline = "step a = test.warn {}\n step b = test.work { value = a.value }";
  CHECK(project.run(pipeline).end().ran == 2);
  const Report second = project.run(pipeline);
  CHECK(second.success());
  CHECK(second.started().empty());
  CHECK(second.end().cached == 2);
  CHECK(second.finished("a").warnings == Names{"mind the gap"});
  CHECK(second.finished("b").outputs[0].second == dsl::Value::integer(2));
  CHECK(project.processes.started().size() == 1);
}

TEST_CASE("a cached step needs no slot: it does not wait for a long one that runs") {
  RunProject project;
  project.options.jobs = 1;
  project.processes.on({"work", "long"}, {.duration = 1h});
  project.run("step a = test.work {}\n step b = test.work { value = a.value }");
  const Report report = project.run(R"(
    step a = test.work {}
    step b = test.work { value = a.value }
    step long = test.work { label = "long" })");
  const auto ends = report.all<StepFinished>();
  REQUIRE(ends.size() == 3);
  CHECK(ends.back().name == "long");
  CHECK(report.end().cached == 2);
}

TEST_CASE("a step with `cache = off` runs every time") {
  RunProject project;
  const std::string pipeline = "step a = test.work {} with { cache = \"off\" }";
  CHECK(project.run(pipeline).end().ran == 1);
  CHECK(project.run(pipeline).end().ran == 1);
}

TEST_CASE("a step whose `when` is false is skipped, and its outputs are none") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = 1 }
    step b = test.work { label = "b" } with { when = a.value > 5 }
    step c = test.work { value = b.value ?? 40, label = "c" })");
  CHECK(report.success());
  CHECK(report.outcome("b") == StepOutcome::skipped);
  CHECK(report.finished("c").outputs[0].second == dsl::Value::integer(41));
  CHECK(report.started() == Names{"a", "c"});
}

TEST_CASE("two steps with one key run once: the second waits, and is taken from the cache") {
  RunProject project;
  const Report report = project.run("step a = test.work { value = 1 }\n step b = test.work { value = 1 }");
  CHECK(report.end().ran == 1);
  CHECK(report.end().cached == 1);
  CHECK(project.processes.started().size() == 1);
  CHECK(report.finished("b").outputs == report.finished("a").outputs);
}

TEST_CASE("a step with the key of one that fails is not tried again") {
  RunProject project;
  project.options.workers = 1;  // so that `a` is decided first
  project.processes.on({"work", ""}, {.duration = 1s, .exit_code = 1});
  const Report report = project.run("step a = test.work { value = 1 }\n step b = test.work { value = 1 }");
  CHECK(project.processes.started().size() == 1);
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.outcome("b") == StepOutcome::not_reached);
}

// ---- failures ------------------------------------------------------------------------------------------------------

TEST_CASE("after a failure nothing new starts, what runs goes on to its end, and what waits is not reached") {
  RunProject project;
  project.options.jobs = 2;
  project.processes.on({"work", "bad"}, {.duration = 1s, .exit_code = 3, .output = {"oh no"}});
  project.processes.on({"work", "good"}, {.duration = 5s});
  const Report report = project.run(R"(
    step bad = test.work { label = "bad" }
    step good = test.work { label = "good" }
    step after_bad = test.work { label = "after_bad", value = bad.value }
    step after_good = test.work { label = "after_good", value = good.value }
    step third = test.work { label = "third" })");
  CHECK_FALSE(report.success());
  CHECK(report.outcome("bad") == StepOutcome::failed);
  CHECK(report.finished("bad").error.message == "exit code 3");
  CHECK(report.finished("bad").log_tail == "oh no");
  CHECK(report.outcome("good") == StepOutcome::ran);
  CHECK(report.outcome("after_bad") == StepOutcome::not_reached);
  CHECK(report.outcome("after_good") == StepOutcome::not_reached);
  CHECK(report.outcome("third") == StepOutcome::not_reached);
  CHECK(report.end().failed == 1);
  CHECK(report.end().ran == 1);
  CHECK(report.end().not_reached == 3);
  CHECK(report.end().duration == 5s);
}

TEST_CASE("after a failure the next run takes what had finished from the cache and goes on") {
  RunProject project;
  project.processes.on({"work", "b"}, {.duration = 1s, .exit_code = 1});
  project.processes.on({"work", "b"}, {.duration = 1s});
  const std::string pipeline = "step a = test.work { label = \"a\" }\n step b = test.work { label = \"b\", value = a.value }";
  CHECK_FALSE(project.run(pipeline).success());
  const Report second = project.run(pipeline);
  CHECK(second.success());
  CHECK(second.outcome("a") == StepOutcome::cached);
  CHECK(second.all<StepStarted>().at(0).reason == "failed last time");
}

TEST_CASE("a value that turns out wrong fails its step, and is shown with its place") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = -1 }
    step b = test.work { value = 10 / a.value })");
  CHECK(report.outcome("b") == StepOutcome::failed);
  CHECK(report.finished("b").error.message.find("zero") != std::string::npos);
}

TEST_CASE("a condition that cannot be evaluated fails its step, with a diagnostic") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = -1 }
    step b = test.work {} with { when = 10 / a.value > 1 })");
  CHECK(report.outcome("b") == StepOutcome::failed);
  CHECK(report.diagnostics.sorted().at(0).name == "division-by-zero");
}

TEST_CASE("a requirement that does not hold is a failure, with its message") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = 1 }
    require enough = a.value >= 10 else "only ${a.value}"
    step b = test.work { label = "b" } with { after = enough })");
  CHECK_FALSE(report.success());
  const RequirementDecided decided = report.all<RequirementDecided>().at(0);
  CHECK_FALSE(decided.holds);
  CHECK(decided.name == "enough");
  CHECK(decided.message == "only 2");
  CHECK(report.outcome("b") == StepOutcome::not_reached);
  CHECK(report.end().failed == 1);
}

TEST_CASE("a requirement that holds lets those after it run") {
  RunProject project;
  const Report report = project.run(R"(
    step a = test.work { value = 1 }
    require enough = a.value >= 2
    step b = test.work { label = "b" } with { after = enough })");
  CHECK(report.success());
  CHECK(report.all<RequirementDecided>().at(0).holds);
  CHECK(report.started() == Names{"a", "b"});
}

TEST_CASE("a step that takes longer than its timeout is stopped, with its processes") {
  RunProject project;
  project.processes.on({"work", "slow"}, {.duration = 100h});
  const Report report = project.run("step a = test.work { label = \"slow\" } with { timeout = 2h }");
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.message == "timed out after 2h");
  CHECK(report.end().duration == 2h);
  CHECK(project.processes.running() == 0);
}

TEST_CASE("a step that ends within its timeout is not touched by it") {
  RunProject project;
  project.processes.on({"work", "later"}, {.duration = 3h});
  const Report report = project.run(R"(
    step a = test.work { label = "a" } with { timeout = 2h }
    step b = test.work { label = "later", value = a.value })");
  CHECK(report.success());
}

// ---- stopped -------------------------------------------------------------------------------------------------------

TEST_CASE("a stop request ends running steps and starts no more; the next run continues") {
  RunProject project;
  project.options.jobs = 2;
  project.processes.on({"work", "b"}, {.duration = 10s});
  project.clock.after(5s, [&] { project.stop.requested = true; });
  const std::string pipeline = R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b" }
    step c = test.work { label = "c", value = b.value })";
  const Report report = project.run(pipeline);
  CHECK_FALSE(report.success());
  CHECK(report.result->interrupted);
  CHECK(report.end().interrupted);
  CHECK(report.outcome("a") == StepOutcome::ran);
  CHECK(report.outcome("b") == StepOutcome::stopped);
  CHECK(report.outcome("c") == StepOutcome::not_reached);
  CHECK(report.end().duration == 5s);
  CHECK(project.state->last_attempt("p", "b")->outcome == "stopped");
  CHECK(project.state->runs(1).at(0).outcome == "interrupted");

  RunProject again;
  again.state = std::move(project.state);
  CHECK(again.run(pipeline).outcome("a") == StepOutcome::cached);
}

TEST_CASE("a process that does not end when asked is killed after ten seconds, or at once by a second request") {
  for (const bool asks_twice : {false, true}) {
    RunProject project;
    project.processes.on({"work", "deaf"}, {.duration = 1h, .ignores_termination = true});
    project.clock.after(5s, [&] { project.stop.requested = true; });
    if (asks_twice) project.clock.after(7s, [&] { project.stop.at_once = true; });
    const Report report = project.run("step a = test.work { label = \"deaf\" }");
    CHECK(report.outcome("a") == StepOutcome::stopped);
    CHECK(report.end().duration == (asks_twice ? 7s : 15s));
  }
}

TEST_CASE("a stop request before the first step ends the run without starting any") {
  RunProject project;
  project.stop.requested = true;
  const Report report = project.run("step a = test.work {}");
  CHECK(report.started().empty());
  CHECK(report.outcome("a") == StepOutcome::not_reached);
  CHECK(report.result->interrupted);
}

// ---- another attempt -----------------------------------------------------------------------------------------------

namespace {

/// test.flaky: fails until it has been called `value` times, a second each time.
Body flaky(int& calls) {
  return [&calls](StageContext& context) -> Task<Result<StageOutputs>> {
    ++calls;
    Task<bool> pause = context.sleep(1s);
    co_await pause;
    if (calls < number_or_zero(context.inputs()["value"])) co_return failure("not yet");
    co_return outputs_of(context);
  };
}

}  // namespace

TEST_CASE("a step that fails is tried again after a pause, each about twice as long as the one before") {
  RunProject project;
  int calls = 0;
  project.add_stage("flaky", flaky(calls));
  const Report report = project.run("step a = test.flaky { value = 3 } with { retry = { attempts: 5, backoff: 10s } }");
  CHECK(report.success());
  CHECK(calls == 3);
  CHECK(report.finished("a").attempts == 3);
  const auto retries = report.all<StepRetried>();
  REQUIRE(retries.size() == 2);
  CHECK(retries[0].error.message == "not yet");
  CHECK((retries[0].pause >= 5s && retries[0].pause <= 10s));
  CHECK((retries[1].pause >= 10s && retries[1].pause <= 20s));
  CHECK(report.end().duration == 3s + retries[0].pause + retries[1].pause);
  CHECK(report.started() == Names{"a"});
}

TEST_CASE("after its last attempt a step has failed with what that failed with") {
  RunProject project;
  int calls = 0;
  project.add_stage("flaky", flaky(calls));
  const Report report = project.run("step a = test.flaky { value = 9 } with { retry = { attempts: 2 } }");
  CHECK_FALSE(report.success());
  CHECK(calls == 2);
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.message == "not yet");
}

TEST_CASE("only the exit codes that are named are worth another attempt") {
  RunProject project;
  project.processes.on({"work", "busy"}, {.duration = 1s, .exit_code = 75});
  project.processes.on({"work", "wrong"}, {.duration = 1s, .exit_code = 2});
  project.options.keep_going = true;
  const Report report = project.run(R"(
    step a = test.work { label = "busy" } with { retry = { attempts: 3, exit_codes: [75] } }
    step b = test.work { label = "wrong" } with { retry = { attempts: 3, exit_codes: [75] } })");
  CHECK(report.finished("a").attempts == 3);
  CHECK(report.finished("b").attempts == 1);
}

TEST_CASE("a step that rests leaves its slot to others") {
  RunProject project;
  int calls = 0;
  project.add_stage("flaky", flaky(calls));
  project.options.jobs = 1;
  const Report report = project.run(R"(
    step a = test.flaky { value = 2 } with { retry = { attempts: 2, backoff: 60s } }
    step b = test.work { label = "b" } with { after = [] })");
  CHECK(report.success());
  CHECK(report.end().duration == 2s + report.all<StepRetried>().at(0).pause);
}

TEST_CASE("each attempt has its timeout, and one that is timed out may be tried again") {
  RunProject project;
  int calls = 0;
  project.add_stage("slow_once", [&](StageContext& context) -> Task<Result<StageOutputs>> {
    Task<bool> pause = context.sleep(++calls == 1 ? 60s : 3s);
    co_await pause;
    co_return outputs_of(context);
  });
  const Report report = project.run("step a = test.slow_once {} with { timeout = 5s, retry = { attempts: 2 } }");
  CHECK(report.success());
  CHECK(report.all<StepRetried>().at(0).error.message == "timed out after 5s");
  CHECK(report.end().duration == 8s);
}

TEST_CASE("a failure elsewhere ends a step that rests, with its own failure") {
  RunProject project;
  int calls = 0;
  project.add_stage("flaky", flaky(calls));
  project.processes.on({"work", "broken"}, {.duration = 5s, .exit_code = 1});
  const Report report = project.run(R"(
    step a = test.flaky { value = 9 } with { retry = { attempts: 9, backoff: 600s } }
    step b = test.work { label = "broken" })");
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.message == "not yet");
  CHECK(report.end().duration == 5s);
  CHECK(report.end().failed == 2);
}

TEST_CASE("a stop request ends a step that rests") {
  RunProject project;
  int calls = 0;
  project.add_stage("flaky", flaky(calls));
  project.clock.after(3s, [&] { project.stop.requested = true; });
  const Report report = project.run("step a = test.flaky { value = 9 } with { retry = { attempts: 9, backoff: 600s } }");
  CHECK(report.end().interrupted);
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.end().duration == 3s);
}

TEST_CASE("with keep-going, all that does not need the failed step runs") {
  RunProject project;
  project.options.keep_going = true;
  project.options.jobs = 1;
  project.processes.on({"work", "broken"}, {.duration = 1s, .exit_code = 1});
  const Report report = project.run(R"(
    step a = test.work { label = "broken" }
    step b = test.work { label = "b", value = a.value }
    step c = test.work { label = "c" }
    step d = test.work { label = "d", value = c.value })");
  CHECK_FALSE(report.success());
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.outcome("b") == StepOutcome::not_reached);
  CHECK(report.outcome("c") == StepOutcome::ran);
  CHECK(report.outcome("d") == StepOutcome::ran);
}

// ---- what steps share ----------------------------------------------------------------------------------------------

TEST_CASE("no more steps of a pool run at once than it holds; others pass them by") {
  RunProject project;
  project.options.jobs = 8;
  const Report report = project.run(R"(
    pool gpu = 2
    step a[i in range(6)] = test.work { label = "a${i}" } with { pool = "gpu" }
    step b[i in range(6)] = test.work { label = "b${i}" })");
  CHECK(report.success());
  CHECK(report.end().duration == 3s);
  const Names begun = report.started();
  CHECK(std::count_if(begun.begin(), begun.begin() + 8, [](const std::string& name) { return name.starts_with("a"); }) == 2);
}

TEST_CASE("a step in two pools needs a place in each") {
  RunProject project;
  project.options.jobs = 8;
  const Report report = project.run(R"(
    pool gpu = 1
    pool network = 1
    step a = test.work { label = "a" } with { pool = ["gpu", "network"] }
    step b = test.work { label = "b" } with { pool = "gpu" }
    step c = test.work { label = "c" } with { pool = "network" })");
  CHECK(report.end().duration == 2s);
}

TEST_CASE("what running steps ask for never exceeds the machine's memory") {
  RunProject project;
  project.options.machine = {.cpus = 8, .memory_bytes = 4LL << 30};
  const Report report = project.run("step a[i in range(4)] = test.work { label = \"${i}\" } with { memory = 2GiB }");
  CHECK(report.success());
  CHECK(report.end().duration == 2s);
}

TEST_CASE("a step takes as many slots as it asks for cpus, and never more than there are") {
  RunProject project;
  project.options.jobs = 4;
  project.options.machine = {.cpus = 8, .memory_bytes = 0};
  const Report report = project.run(R"(
    step a[i in range(2)] = test.work { label = "a${i}" } with { cpus = 3 }
    step b = test.work { label = "b" } with { cpus = 8 })");
  CHECK(report.success());
  CHECK(report.end().duration == 3s);
}

TEST_CASE("steps that run elsewhere take nothing of this machine") {
  RunProject project;
  project.stages.add(std::make_unique<PlaceStage>());
  project.options.jobs = 1;
  project.options.machine = {.cpus = 2, .memory_bytes = 1LL << 30};
  const Report report = project.run(R"(
    step there = test.place {}
    step far[i in range(100)] = test.work { label = "${i}" } with { on = there.place, image = "any", cpus = 64, memory = 900GiB }
    step near = test.work { label = "near" })");
  CHECK(report.success());
  CHECK(report.end().duration == 1s);
}

TEST_CASE("of those that run elsewhere some hundreds run at once, or as many as their pool holds") {
  RunProject project;
  project.stages.add(std::make_unique<PlaceStage>());
  const Report report = project.run(R"(
    step there = test.place {}
    step far[i in range(501)] = test.work { label = "${i}" } with { on = there.place, image = "any" })");
  CHECK(report.end().duration == 2s);
}

TEST_CASE("with many jobs the machine's processors are the limit") {
  RunProject project;
  project.options.jobs = 100;
  project.options.machine = {.cpus = 4, .memory_bytes = 0};
  const Report report = project.run("step a[i in range(4)] = test.work { label = \"${i}\" } with { cpus = 2 }");
  CHECK(report.end().duration == 2s);
}

TEST_CASE("a step that waits for much is not overtaken by those that would keep it waiting") {
  RunProject project;
  project.options.jobs = 2;
  project.options.machine = {.cpus = 2, .memory_bytes = 0};
  const Report report = project.run(R"(
    step first = test.work { label = "first" }
    step large = test.work { label = "large" } with { cpus = 2 }
    step small[i in range(4)] = test.work { label = "${i}" })");
  CHECK(report.started()[1] == "large");
  CHECK(report.end().duration == 4s);
}

TEST_CASE("a step that asks for more than there is is an error before anything runs") {
  RunProject project;
  project.options.machine = {.cpus = 4, .memory_bytes = 8LL << 30};
  CHECK(project.run("step a = test.work {} with { memory = 16GiB }").result.error().message ==
        "step `a` asks for 16GiB of memory, and there are 8GiB");
  CHECK(project.run("step a = test.work {} with { cpus = 5 }").result.error().message == "step `a` asks for 5 cpus, and there are 4");
}

TEST_CASE("two kinds of steps that take turns do not keep one waiting that needs what both have") {
  RunProject project;
  project.options.jobs = 8;
  project.processes.on({"work", "q"}, {.duration = 1500ms});
  const Report report = project.run(R"(
    pool p = 1
    pool q = 1
    step p0 = test.work { label = "p" } with { pool = "p" }
    step both = test.work { label = "both" } with { pool = ["p", "q"] }
    step behind[i in range(3)] = test.work { label = "${i}" } with { after = [both] }
    step p[i in range(5)] = test.work { label = "p${i}" } with { pool = "p" }
    step q[i in range(5)] = test.work { label = "q" , value = i } with { pool = "q" })");
  CHECK(report.success());
  const Names begun = report.started();
  CHECK(std::find(begun.begin(), begun.end(), "both") - begun.begin() <= 2);
}
