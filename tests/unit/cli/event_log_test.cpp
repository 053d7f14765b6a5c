// What a run writes of its events, and when it writes nothing.
#include "cli/report/event_log.hpp"

#include <doctest/doctest.h>

#include "engine/world/fake/fake_files.hpp"

using namespace sdlrun;
using engine::StepOutcome;

namespace {

struct Fixture {
  engine::FakeFiles files;
  dsl::Pipeline pipeline;
  dsl::Sources sources;
  engine::Milliseconds now{1000};

  Fixture() {
    pipeline.name = "p";
    pipeline.nodes = {node("a", {}), node("b", {dsl::NodeId{0}}), node("unneeded", {})};
  }

  static dsl::Node node(const std::string& name, std::vector<dsl::NodeId> dependencies) {
    dsl::Node result;
    result.name = name;
    result.dependencies = std::move(dependencies);
    return result;
  }

  /// The log that these events leave; empty where there is none.
  std::string log(const std::vector<engine::Event>& events, std::optional<engine::Error>* problem = nullptr) {
    {
      cli::EventLog log({.files = files,
                         .state_folder = "/.sdl",
                         .pipeline = pipeline,
                         .sources = sources,
                         .goals = {dsl::NodeId{1}},
                         .now = [this] { return now; }});
      log.take(engine::RunStarted{"1", "p", 2});
      for (const engine::Event& event : events) {
        now += engine::Milliseconds(5);
        log.take(event);
      }
      if (problem != nullptr) *problem = log.problem();
    }
    return files.read(cli::event_log_path("/.sdl", "1")).value_or("");
  }
};

engine::StepFinished finished(std::uint32_t step, const std::string& name, StepOutcome outcome) {
  return {.step = dsl::NodeId{step}, .name = name, .outcome = outcome};
}

const engine::RunFinished end{.run = "1"};

}  // namespace

TEST_CASE("a run with nothing to do writes nothing") {
  Fixture project;
  const engine::RequirementDecided holds{.requirement = dsl::NodeId{1}, .name = "r", .holds = true, .message = {}, .span = {}};
  CHECK(project.log({finished(0, "a", StepOutcome::cached), finished(1, "b", StepOutcome::skipped), holds, end}).empty());
  CHECK(project.files.changes() == 0);
}

TEST_CASE("it begins when something starts, with the graph of what is needed, and what was told before") {
  Fixture project;
  const std::string log = project.log({finished(0, "a", StepOutcome::cached), finished(2, "s", StepOutcome::skipped),
                                       engine::StepStarted{dsl::NodeId{1}, "b", "first run"}, engine::StepPrinted{dsl::NodeId{1}, "b", "hello"},
                                       finished(1, "b", StepOutcome::ran), end});
  CHECK(log.starts_with(R"({"event":"graph","pipeline":"p","steps":[{"step":"a","stage":"","after":[]},{"step":"b","stage":"","after":["a"]}]})"
                        "\n"
                        R"({"event":"run_started","run":"1","pipeline":"p","steps":2,"at_ms":0})"
                        "\n"));
  CHECK(log.find(R"("step":"s","outcome":"skipped")") != std::string::npos);
  CHECK(log.find(R"({"event":"step_started","step":"b","reason":"first run","at_ms":15})") != std::string::npos);
  CHECK(log.find(R"("outcome":"cached")") == std::string::npos);
  CHECK(log.find("hello") == std::string::npos);
  CHECK(log.ends_with("\"at_ms\":30}\n"));
}

TEST_CASE("a failure begins it too") {
  Fixture project;
  CHECK(!project.log({finished(0, "a", StepOutcome::failed)}).empty());
  Fixture other;
  CHECK(!other.log({engine::RequirementDecided{.requirement = dsl::NodeId{1}, .name = "r", .holds = false, .message = {}, .span = {}}}).empty());
}

TEST_CASE("a log that cannot be written is told, and hinders nothing") {
  Fixture project;
  project.files.fail_changes_after(0, {.message = "the disk is full"}, 1000);
  std::optional<engine::Error> problem;
  CHECK(project.log({engine::StepStarted{dsl::NodeId{1}, "b", ""}, finished(1, "b", StepOutcome::ran), end}, &problem).empty());
  REQUIRE(problem);
  CHECK(problem->message == "the disk is full");
}
