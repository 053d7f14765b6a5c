#include "engine/plan/plan.hpp"

#include <algorithm>
#include <map>

#include "cache_fixtures.hpp"
#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"
#include "engine/plan/preview.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/fake/fake_remote.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

/// test.add { number, to, script } → sum: the smallest stage that can wait for another.
class AddStage final : public Stage {
 public:
  AddStage()
      : schema_(dsl::StageSchemaBuilder("test", "add", "Adds.")
                    .input("number", "int", "One.", "0")
                    .input("to", "int", "The other.", "0")
                    .input("script", "file?", "A file.")
                    .output("sum", "int", "Both.")
                    .build()) {}
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields& known) const override {
    return "adds " + std::to_string(known.size()) + " inputs";
  }
  Task<Result<StageOutputs>> run(StageContext&) const override { co_return StageOutputs{}; }
  bool looks_around() const override { return true; }
  bool still_there(const dsl::Fields&) const override { return is_still_there; }

  bool has_preview() const override { return previewed.has_value(); }
  Task<Result<std::vector<std::string>>> preview(StageContext&) const override { co_return *previewed; }

  bool is_still_there = true;
  std::optional<Preview> previewed = {};

 private:
  dsl::StageSchema schema_;
};

/// A project with one pipeline; `run` does what an executor would.
class PlannedProject {
 public:
  PlannedProject() {
    auto add = std::make_unique<AddStage>();
    stage = add.get();
    stages.add(std::move(add));
  }

  /// The pipeline from here on.
  void write(const std::string& body) {
    write_text(folder / "p.sdl", "pipeline p {\n" + body + "\n}\n");
    sources = std::make_unique<dsl::Sources>();
    dsl::Diagnostics diagnostics;
    const auto program = dsl::load_program(*sources, folder / "p.sdl", stages.schemas(), diagnostics);
    if (program) pipeline = dsl::open_pipeline(*sources, program, {}, diagnostics);
    REQUIRE_MESSAGE(pipeline.has_value(), dsl::diagnostics_text(*sources, diagnostics));
  }

  PlanContext context() { return {*pipeline, stages, *state, store, digests}; }

  /// "run: first run", by the name of the step.
  std::map<std::string, std::string> plan(const std::vector<std::string>& goals = {}) {
    std::map<std::string, std::string> decisions;
    for (const PlannedStep& step : full_plan(goals).steps) {
      decisions[(*pipeline)[step.node].name] = decision_name(step.decision) + ": " + step.reason;
    }
    return decisions;
  }
  std::string plan_of(const std::string& step) { return plan().at(step); }

  Plan full_plan(const std::vector<std::string>& goals = {}) {
    std::vector<dsl::NodeId> nodes;
    for (const std::string& goal : goals) nodes.push_back(pipeline->find(goal).at(0));
    return need(make_plan(context(), nodes));
  }

  /// Runs all steps that are needed; those of `failing` fail, and what depends on them is not reached.
  void run(const std::vector<std::string>& failing = {}) {
    const std::vector<bool> needed = needed_nodes(*pipeline, {});
    std::vector<std::optional<dsl::Value>> outputs(needed.size());
    const auto finished = [&](dsl::NodeId id) { return outputs[static_cast<std::uint32_t>(id)]; };
    for (std::uint32_t index = 0; index < needed.size(); ++index) {
      const dsl::Node& node = pipeline->nodes[index];
      if (!needed[index] || node.kind != dsl::NodeKind::step) continue;
      const bool is_reached = std::all_of(node.dependencies.begin(), node.dependencies.end(),
                                          [&](dsl::NodeId id) { return finished(id).has_value(); });
      if (is_reached)
        run_one(index, std::find(failing.begin(), failing.end(), node.name) != failing.end(), outputs, finished);
    }
  }

  TemporaryFolder folder;
  AddStage* stage = nullptr;
  StageSet stages;
  std::unique_ptr<dsl::Sources> sources;
  std::optional<dsl::Pipeline> pipeline;
  RealFiles files;
  std::unique_ptr<State> state = memory_state();
  Store store{folder / ".sdl", files};
  FileDigests digests{files, state->digest_memory()};

 private:
  static std::string decision_name(Decision decision) {
    switch (decision) {
      case Decision::run:
        return "run";
      case Decision::cached:
        return "cached";
      case Decision::not_needed:
        return "not needed";
      case Decision::decided_later:
        return "later";
    }
    return "";
  }

  void run_one(std::uint32_t index, bool fails, std::vector<std::optional<dsl::Value>>& outputs,
               const dsl::FinishedOutputs& finished) {
    const dsl::Node& node = pipeline->nodes[index];
    StepDecision decision = need(decide_step(context(), static_cast<dsl::NodeId>(index), finished));
    StepAttempt attempt{.pipeline = "p",
                        .step = node.name,
                        .key = decision.key.hex,
                        .parts = decision.key.parts,
                        .outcome = fails ? "failed" : "ran",
                        .reason = decision.reason,
                        .duration = Milliseconds(1200)};
    if (decision.cached) {
      attempt.outcome = "cached";
      attempt.duration = Milliseconds(0);
      outputs[index] = dsl::Value::record(decision.cached->outputs);
    } else if (!fails) {
      const std::int64_t sum =
          *decision.inputs[0].second.as<std::int64_t>() + *decision.inputs[1].second.as<std::int64_t>();
      const dsl::Fields result{{"sum", dsl::Value::integer(sum)}};
      need(state->record_result({.key = decision.key.hex, .outputs = result, .duration = Milliseconds(1200)}));
      outputs[index] = dsl::Value::record(result);
    }
    need(state->record_attempt(attempt));
  }
};

constexpr const char* chain = R"(
  step a = test.add { number = 1 }
  step b = test.add { number = 2, to = a.sum }
  step c = test.add { number = 3, to = b.sum }
)";

}  // namespace

TEST_CASE("before the first run everything runs, and after it nothing") {
  PlannedProject project;
  project.write(chain);
  CHECK(project.plan() ==
        std::map<std::string, std::string>{{"a", "run: first run"}, {"b", "run: first run"}, {"c", "run: first run"}});
  CHECK_FALSE(project.full_plan().nothing_to_do());
  project.run();
  CHECK(project.plan() == std::map<std::string, std::string>{{"a", "cached: "}, {"b", "cached: "}, {"c", "cached: "}});
  CHECK(project.full_plan().nothing_to_do());
}

TEST_CASE("a change is named, and what waits for it is decided later") {
  PlannedProject project;
  project.write(chain);
  project.run();
  std::string changed = chain;
  changed.replace(changed.find("number = 2"), 10, "number = 7");
  project.write(changed);
  const auto plan = project.plan();
  CHECK(plan.at("a") == "cached: ");
  CHECK(plan.at("b") == "run: input `number` changed: 2 → 7");
  CHECK(plan.at("c") == "later: waits for `b`, which runs");
}

TEST_CASE("a step whose known inputs changed runs, whatever those give that it waits for") {
  PlannedProject project;
  project.write(chain);
  project.run();
  std::string changed = chain;
  changed.replace(changed.find("number = 1"), 10, "number = 8");
  changed.replace(changed.find("number = 3"), 10, "number = 9");
  project.write(changed);
  const auto plan = project.plan();
  CHECK(plan.at("a") == "run: input `number` changed: 1 → 8");
  CHECK(plan.at("b") == "later: waits for `a`, which runs");
  CHECK(plan.at("c") == "run: input `number` changed: 3 → 9");
}

TEST_CASE("who waits for one that waits says so") {
  PlannedProject project;
  project.write(chain);
  project.run();
  std::string changed = chain;
  changed.replace(changed.find("number = 1"), 10, "number = 8");
  project.write(changed);
  CHECK(project.plan_of("c") == "later: waits for `b`");
}

TEST_CASE("a step that gives what it gave before lets the next come from the cache") {
  PlannedProject project;
  project.write("step a = test.add { number = 1, to = 2 }\n step b = test.add { to = a.sum }");
  project.run();
  project.write("step a = test.add { number = 2, to = 1 }\n step b = test.add { to = a.sum }");
  project.run();
  CHECK(project.state->last_attempt("p", "a")->outcome == "ran");
  CHECK(project.state->last_attempt("p", "b")->outcome == "cached");
}

TEST_CASE("the result of a renamed step is found again") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 }");
  project.run();
  project.write("step renamed = test.add { number = 1 }");
  CHECK(project.plan_of("renamed") == "cached: ");
}

TEST_CASE("a changed input file is named") {
  PlannedProject project;
  write_text(project.folder / "train.py", "1");
  project.write("step a = test.add { script = \"train.py\" }");
  project.run();
  CHECK(project.plan_of("a") == "cached: ");
  write_text(project.folder / "train.py", "two");
  const std::string plan = project.plan_of("a");  // names the file as seen from where the test runs
  CHECK(plan.starts_with("run: file "));
  CHECK(plan.ends_with("train.py changed"));
}

TEST_CASE("why a step runs though nothing changed") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 }");
  SUBCASE("it failed last time") {
    project.run({"a"});
    CHECK(project.plan_of("a") == "run: failed last time");
  }
  SUBCASE("it was stopped last time") {
    project.run({"a"});
    auto attempt = *project.state->last_attempt("p", "a");
    attempt.outcome = "stopped";
    need(project.state->record_attempt(attempt));
    CHECK(project.plan_of("a") == "run: was stopped last time");
  }
  SUBCASE("its result is gone") {
    project.run();
    project.state->forget_result(project.state->last_attempt("p", "a")->key);
    CHECK(project.plan_of("a") == "run: its result was forgotten");
  }
  SUBCASE("a file of its result is gone") {
    project.run();
    auto result = *project.state->find_result(project.state->last_attempt("p", "a")->key);
    result.outputs = {{"model", file_value(project.folder / ".sdl/outputs/x/model", "sha256:1")}};
    need(project.state->record_result(result));
    CHECK(project.plan_of("a") == "run: its outputs are missing or were changed");
  }
  SUBCASE("what it made outside the project is gone") {
    project.run();
    project.stage->is_still_there = false;
    CHECK(project.plan_of("a") == "run: what it made outside this project is gone");
  }
}

TEST_CASE("a step that failed and was then changed runs for the change") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 }");
  project.run({"a"});
  project.write("step a = test.add { number = 2 }");
  CHECK(project.plan_of("a") == "run: input `number` changed: 1 → 2");
}

TEST_CASE("with the cache off a step always runs, and under a key of its own each time") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 } with { cache = \"off\" }\n step b = test.add { to = a.sum }");
  project.run();
  const std::string first = project.state->last_attempt("p", "a")->key;
  CHECK(project.plan_of("a") == "run: cache = off");
  CHECK(project.plan_of("b") == "later: waits for `a`, which runs");
  project.run();
  CHECK(project.state->last_attempt("p", "a")->outcome == "ran");
  CHECK(project.state->last_attempt("p", "a")->key != first);
  CHECK(project.state->last_attempt("p", "b")->outcome == "cached");
  project.write("step a = test.add { number = 1 }\n step b = test.add { to = a.sum }");
  CHECK(project.plan_of("a") == "run: `cache = off` kept no result last time");
}

TEST_CASE("only what the goals need is planned") {
  PlannedProject project;
  project.write(std::string(chain) + "step other = test.add {}\n step rare = test.add {} with { on_demand = true }");
  const auto plan = project.plan({"b"});
  CHECK(plan.at("a") == "run: first run");
  CHECK(plan.at("b") == "run: first run");
  CHECK(plan.at("c") == "not needed: no goal needs it");
  CHECK(plan.at("other") == "not needed: no goal needs it");
  CHECK(project.plan_of("rare") == "not needed: no goal needs it");
  CHECK(project.plan({"rare"}).at("rare") == "run: first run");
}

TEST_CASE("a step that is switched off needs nothing, and gives none") {
  PlannedProject project;
  project.write(R"(
    step a = test.add { number = 1 }
    step b = test.add { to = a.sum } with { when = false }
    step c = test.add { to = b.sum ?? 5 })");
  const auto plan = project.plan({"c"});
  CHECK(plan.at("a") == "not needed: no goal needs it");
  CHECK(plan.at("b") == "not needed: `when` is false");
  CHECK(plan.at("c") == "run: first run");
}

TEST_CASE("a condition that a step decides is known once that step is") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 }\n step b = test.add { number = 2 } with { when = a.sum > 5 }");
  CHECK(project.plan_of("b") == "later: waits for `a`, which runs");
  const dsl::NodeId a = project.pipeline->find("a").at(0);
  const StepDecision decision = need(decide_step(project.context(), a, [](dsl::NodeId) { return std::nullopt; }));
  need(project.state->record_result({.key = decision.key.hex, .outputs = {{"sum", dsl::Value::integer(1)}}}));
  CHECK(project.plan_of("b") == "not needed: `when` is false");
  need(project.state->record_result({.key = decision.key.hex, .outputs = {{"sum", dsl::Value::integer(6)}}}));
  CHECK(project.plan_of("b") == "run: first run");
}

TEST_CASE("a requirement is checked at once where all is known") {
  PlannedProject project;
  project.write("step a = test.add { number = 1 }\n require good = a.sum == 1\n require bad = a.sum == 2");
  CHECK(project.plan_of("good") == "later: waits for `a`, which runs");
  project.run();
  CHECK(project.plan_of("good") == "cached: holds");
  CHECK(project.plan_of("bad") == "run: does not hold");
  CHECK_FALSE(project.full_plan().nothing_to_do());
}

TEST_CASE("a plan says what would be done, and how long it took before") {
  PlannedProject project;
  project.write(chain);
  CHECK(project.full_plan().steps[1].action == "adds 2 inputs");
  CHECK_FALSE(project.full_plan().steps[1].expected_duration.has_value());
  project.run();
  project.run();
  CHECK(project.full_plan().steps[1].expected_duration == Milliseconds(1200));
  std::string changed = chain;
  changed.replace(changed.find("number = 2"), 10, "number = 7");
  project.write(changed);
  CHECK(project.full_plan().steps[1].expected_duration == Milliseconds(1200));
  CHECK(project.full_plan().steps[2].expected_duration == Milliseconds(1200));
}

TEST_CASE("a file that went away after the check is an error that names step and file") {
  PlannedProject project;
  write_text(project.folder / "train.py", "1");
  project.write("step a = test.add { script = \"train.py\" }");
  std::filesystem::remove(project.folder / "train.py");
  const auto plan = make_plan(project.context(), {});
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().message ==
        "step `a`: there is no file or folder `" + (project.folder / "train.py").string() + "`");
}

TEST_CASE("a value that cannot be computed is an error that names step and input") {
  PlannedProject project;
  project.write("step a = test.add { number = 0 }");
  project.run();
  project.write("step a = test.add { number = 0 }\n step b = test.add { number = 10 / a.sum }");
  const auto plan = make_plan(project.context(), {});
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().message.starts_with("step `b`: `number` cannot be evaluated: "));
}

TEST_CASE("a stage that is asked what it would change outside tells it, and a cached step of it runs where that is anything") {
  PlannedProject project;
  project.write("step a = test.add {}\nstep b = test.add { number = a.sum }");
  FakeClock clock;
  FakeProcesses processes(clock, project.files);
  FakeRemote remote(clock, project.files);
  Previewer previewer({.world = {.clock = clock, .files = project.files, .processes = processes, .remote = remote}, .pipeline = "p", .project_root = project.folder.path});
  PlanContext context = project.context();
  context.previewer = &previewer;
  const auto planned = [&] { return need(make_plan(context, {})).steps; };

  project.stage->previewed = std::vector<std::string>{"+ one", "- two"};
  CHECK(planned()[0].reason == "first run");
  CHECK(planned()[0].preview == std::vector<std::string>{"+ one", "- two"});
  CHECK(planned()[1].preview.empty());

  project.run();
  CHECK(planned()[0].decision == Decision::run);
  CHECK(planned()[0].reason == "what it made outside is not as it was left");

  project.stage->previewed = std::vector<std::string>{};
  CHECK(planned()[0].decision == Decision::cached);
  CHECK(planned()[1].decision == Decision::cached);

  project.stage->previewed = failure("nobody answers");
  CHECK(planned()[0].decision == Decision::cached);
  CHECK(planned()[0].no_preview == "nobody answers");
}
