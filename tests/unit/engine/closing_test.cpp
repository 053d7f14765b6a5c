// What steps have begun on this machine goes when the run has ended, however that ends.
#include "engine/closing/closings.hpp"
#include "engine/run/step_log.hpp"
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// test.begin { label }: has `close LABEL` run at the end, and then works.
Task<Result<StageOutputs>> begin(StageContext& context) {
  const std::string label = context.inputs().text("label");
  if (auto added = context.at_end({.name = label, .what = "the thing " + label, .command = {"close", label}, .environment = {{"WHERE", "here"}, {"TOKEN", "s3cr3t-token"}}}); !added) {
    co_return tl::unexpected(added.error());
  }
  Task<Result<StageOutputs>> working = work(context);
  co_return co_await working;
}

struct ClosingProject : RunProject {
  ClosingProject() {
    add_stage("begin", begin);
    processes.on({"close"}, {.duration = 5s, .output = {"closed it"}});
    options.user_environment = {{"PATH", "/bin"}, {"TOKEN", "s3cr3t-token"}};
  }

  std::vector<std::string> closed() const {
    std::vector<std::string> labels;
    for (const ProcessRequest& request : processes.started()) {
      if (request.command[0] == "close") labels.push_back(request.command[1]);
    }
    return labels;
  }
  std::size_t recorded() { return Closings("/project/.sdl", files).recorded().size(); }
};

using Labels = std::vector<std::string>;

std::vector<std::string> notes(const Report& report) {
  std::vector<std::string> texts;
  for (const RunNoted& note : report.all<RunNoted>()) texts.push_back(note.text);
  return texts;
}

}  // namespace

TEST_CASE("what was begun last is taken away first, after the last step") {
  ClosingProject project;
  const Report report = project.run("step a = test.begin { label = \"a\" }\nstep b = test.begin { label = \"b\", value = a.value }\nstep c = test.work { value = b.value }");
  REQUIRE(report.success());
  CHECK(project.closed() == Labels{"b", "a"});
  CHECK(project.processes.started().at(2).command[0] == "work");
  CHECK(notes(report) == Labels{"taking away the thing b", "taking away the thing a"});
  CHECK(project.recorded() == 0);
  CHECK(project.processes.started().back().directory == "/");
}

TEST_CASE("what the program prints is in the step's log") {
  ClosingProject project;
  const Report report = project.run("step a = test.begin { label = \"a\" }");
  CHECK(need(project.files.read(step_log_path("/project/.sdl", report.end().run, "a"))) == "closed it\n");
}

TEST_CASE("a run that fails takes it away too") {
  ClosingProject project;
  project.processes.on({"work", "bad"}, {.exit_code = 3});
  CHECK_FALSE(project.run("step a = test.begin { label = \"bad\" }").success());
  CHECK(project.closed() == Labels{"bad"});
  CHECK(project.recorded() == 0);
}

TEST_CASE("a run that was interrupted takes it away too, and one that is to stop at once leaves it to the next") {
  for (const bool at_once : {false, true}) {
    ClosingProject project;
    project.processes.on({"work", "long"}, {.duration = 1h});
    project.clock.after(10s, [&] {
      project.stop.requested = true;
      project.stop.at_once = at_once;
    });
    const Report report = project.run("step a = test.begin { label = \"long\" }");
    CHECK(report.end().interrupted);
    CHECK(project.closed() == (at_once ? Labels{} : Labels{"long"}));
    CHECK(project.recorded() == (at_once ? 1 : 0));
    if (at_once) CHECK(report.all<RunNoted>().at(0).is_warning);
  }
}

TEST_CASE("a second request to stop ends the program that takes it away") {
  ClosingProject project;
  project.processes.on({"close", "slow"}, {.duration = 60s, .ignores_termination = true});
  project.clock.after(10s, [&] { project.stop.at_once = true; });
  const Report report = project.run("step a = test.begin { label = \"slow\" }");
  CHECK(report.end().duration < 20s);
  CHECK(notes(report).back().find("the thing slow, which step `a` has begun, could not be taken away") == 0);
  CHECK(project.recorded() == 1);
}

TEST_CASE("what could not be taken away is told, and tried again by the next run before its steps") {
  ClosingProject project;
  project.processes.on({"close", "a"}, {.exit_code = 1});
  project.processes.on({"close", "a"}, {});
  const Report report = project.run("step a = test.begin { label = \"a\" }");
  CHECK(report.success());
  CHECK(notes(report).back() == "the thing a, which step `a` has begun, could not be taken away: `close`: exit code 1");
  CHECK(project.recorded() == 1);
  const Report next = project.run("step b = test.work { value = 7 }");
  CHECK(project.closed() == Labels{"a", "a"});
  CHECK(project.processes.started().back().command[0] == "work");
  CHECK(project.recorded() == 0);
}

TEST_CASE("the record holds what the program needs, and no secret") {
  ClosingProject project;
  project.processes.on({"close", "a"}, {.exit_code = 1});
  project.run("secret token = env(\"TOKEN\")\nstep a = test.begin { label = \"a\" } with { env = { \"TOKEN\": token } }");
  const auto records = Closings("/project/.sdl", project.files).recorded();
  REQUIRE(records.size() == 1);
  CHECK(records[0].command == Labels{"close", "a"});
  CHECK(records[0].environment == std::vector<std::pair<std::string, std::string>>{{"WHERE", "here"}});
  CHECK(records[0].step == "a");
}

TEST_CASE("one of the same name replaces the one before, as another attempt brings it") {
  ClosingProject project;
  project.processes.on({"work", "twice"}, {.exit_code = 3});
  project.processes.on({"work", "twice"}, {});
  CHECK(project.run("step a = test.begin { label = \"twice\" } with { retry = { attempts: 2 } }").success());
  CHECK(project.closed() == Labels{"twice"});
}

TEST_CASE("what another run holds is not taken, and is nothing that a killed one has left") {
  ClosingProject project;
  Closings other("/project/.sdl", project.files);
  REQUIRE(other.add({.name = "a", .what = "the thing a", .command = {"close", "a"}}, "/log", {}));
  const Report report = project.run("step a = test.begin { label = \"a\" }");
  CHECK(report.finished("a").error.message == "another run of this project has begun the thing a, and takes it away at its end");
  CHECK(project.closed().empty());
  CHECK(project.recorded() == 1);
}

TEST_CASE("a record that cannot be read is left alone") {
  ClosingProject project;
  REQUIRE(project.files.make_directories("/project/.sdl/closings"));
  for (const char* text : {"", "[]", "{\"name\": \"x\"}", R"({"name": "x", "command": [], "environment": {}})"}) {
    REQUIRE(project.files.write("/project/.sdl/closings/x.json", text));
    CHECK(project.run("step b = test.work { value = 7 }").success());
    CHECK(project.recorded() == 0);
  }
}
