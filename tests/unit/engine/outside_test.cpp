// Exactly once outside: the protocol, its records, and what is told of them.
#include "engine/outside/outside_records.hpp"

#include "engine/plan/plan.hpp"
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// The other side, and what a test wants of it.
struct Elsewhere {
  FakeFiles* files = nullptr;
  std::map<std::string, std::string> jobs;  // by name: "running", "done" or "failed"
  std::vector<std::string> started, removed;
  std::vector<std::string> ends;            // of the jobs, in the order of their starts; the last stays
  bool is_reachable = true, is_removable = true, refuses = false, leaves = false;
  bool intent_was_there = true;             // at each start

  std::string next_end() const { return ends.empty() ? "done" : ends.at(std::min(started.size(), ends.size()) - 1); }
};

class Work final : public OutsideWork {
 public:
  Work(StageContext& context, Elsewhere& elsewhere) : context_(context), elsewhere_(elsewhere) {}
  std::string kind() const override { return "test.job"; }
  std::string place() const override { return "elsewhere"; }
  WhenStopped when_stopped() const override { return elsewhere_.leaves ? WhenStopped::leave : WhenStopped::remove; }

  Task<Result<std::optional<std::string>>> find(std::string name) override {
    if (!elsewhere_.is_reachable) co_return failure("elsewhere is not reached");
    co_return elsewhere_.jobs.contains(name) ? std::optional("handle of " + name) : std::nullopt;
  }
  Task<Result<OutsideStart>> start(std::string name) override {
    const auto text = elsewhere_.files->read("/project/.sdl/outside/" + name + ".json");
    elsewhere_.intent_was_there = elsewhere_.intent_was_there && text && decode_outside_record(*text)->state == OutsideState::intended;
    if (elsewhere_.refuses) co_return OutsideStart{.handle = {}, .refusal = Error{"elsewhere refuses"}};
    elsewhere_.started.push_back(name);
    elsewhere_.jobs[name] = elsewhere_.next_end();
    co_return OutsideStart{.handle = "handle of " + name};
  }
  Task<Result<OutsideEnd>> follow(std::string handle) override {
    const std::string name = handle.substr(std::string("handle of ").size());
    while (true) {
      if (!elsewhere_.is_reachable) co_return failure("elsewhere is not reached");
      if (elsewhere_.jobs.at(name) == "done") co_return OutsideEnd{};
      if (elsewhere_.jobs.at(name) == "failed") co_return OutsideEnd{Error{"the job has failed"}};
      Task<bool> sleeping = context_.sleep(1s);
      co_await sleeping;
      if (context_.stopping()) co_return failure("stopped");
    }
  }
  Task<Result<bool>> remove(std::string name) override {
    HttpRequest request;
    request.url = "https://elsewhere/";
    Task<Result<HttpResponse>> asking = context_.http(std::move(request));
    const Result<HttpResponse> answer = co_await asking;
    if (!answer) co_return tl::unexpected(answer.error());
    if (!elsewhere_.is_removable) co_return failure("elsewhere removes nothing");
    elsewhere_.removed.push_back(name);
    co_return elsewhere_.jobs.erase(name) > 0;
  }

 private:
  StageContext& context_;
  Elsewhere& elsewhere_;
};

/// test.job, which is external.
class JobStage final : public Stage {
 public:
  explicit JobStage(Elsewhere& elsewhere) : elsewhere_(elsewhere) {}
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "has a job done"; }
  Task<Result<StageOutputs>> run(StageContext& context) const override {
    Work work(context, elsewhere_);
    Task<Result<std::string>> doing = context.outside(work);
    const Result<std::string> name = co_await doing;
    if (!name) co_return tl::unexpected(name.error());
    co_return StageOutputs{{"name", dsl::Value::text(*name)}};
  }

 private:
  Elsewhere& elsewhere_;
  dsl::StageSchema schema_ = dsl::StageSchemaBuilder("test", "job", "For tests.").external().input("label", "string", "Tells steps apart.", "\"\"").output("name", "string", "Its name.").build();
};

struct OutsideProject : RunProject {
  OutsideProject() {
    elsewhere.files = &files;
    remote.on("https://elsewhere/", {.response = {.status = 200}, .delay = 1s});
    stages.add(std::make_unique<JobStage>(elsewhere));
  }
  std::vector<OutsideRecord> open() { return OutsideRecords("/project/.sdl", files).open(); }
  /// The newest job goes on when this run ends.
  std::string left_running() {
    elsewhere.ends = {"running"};
    elsewhere.leaves = true;
    clock.after(5s, [this] { stop.requested = true; });
    CHECK_FALSE(run().success());
    stop.requested = false;
    REQUIRE(open().size() == 1);
    return open()[0].name;
  }
  std::vector<std::string> warnings_of(const Report& report) {
    std::vector<std::string> texts;
    for (const RunNoted& note : report.all<RunNoted>()) texts.push_back(note.text);
    return texts;
  }

  Elsewhere elsewhere;
};

const std::string one_job = "step a = test.job {}";

}  // namespace

TEST_CASE("the intent is on the disk before the request, and a result that is recorded settles it") {
  OutsideProject project;
  CHECK(project.run(one_job).success());
  CHECK(project.elsewhere.intent_was_there);
  CHECK(project.elsewhere.started.size() == 1);
  CHECK(project.open().empty());
  CHECK(project.files.syncs() == 1);  // before it was settled
  CHECK(project.run().outcome("a") == StepOutcome::cached);
  CHECK(project.elsewhere.started.size() == 1);
}

TEST_CASE("a name follows from project, key, kind and attempt, and may stand in a host name") {
  FakeFiles files;
  OutsideRecords records("/one/.sdl", files);
  const std::string name = need(records.name("key", "kind", 1));
  CHECK(name.size() == 26);
  CHECK(name.starts_with("sdl-"));
  CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  CHECK(need(OutsideRecords("/one/.sdl", files).name("key", "kind", 1)) == name);
  for (const std::string& other : {need(records.name("key", "kind", 2)), need(records.name("other", "kind", 1)), need(records.name("key", "other", 1)),
                                   need(OutsideRecords("/two/.sdl", files).name("key", "kind", 1))}) {
    CHECK(other != name);
  }
}

TEST_CASE("a failed job is removed, and another attempt has another name") {
  OutsideProject project;
  project.elsewhere.ends = {"failed", "done"};
  CHECK(project.run("step a = test.job {} with { retry = { attempts: 2 } }").success());
  REQUIRE(project.elsewhere.started.size() == 2);
  CHECK(project.elsewhere.started[0].ends_with("-1"));
  CHECK(project.elsewhere.started[1].ends_with("-2"));
  CHECK(project.elsewhere.removed == std::vector{project.elsewhere.started[0]});
  CHECK(project.open().empty());
}

TEST_CASE("a failed job that cannot be removed stands in nobody's way") {
  OutsideProject project;
  project.elsewhere.ends = {"failed", "done"};
  project.elsewhere.is_removable = false;
  CHECK(project.run("step a = test.job {} with { retry = { attempts: 2 } }").success());
}

TEST_CASE("a job that may run and cannot be removed keeps another from being started, until the user says that it is gone") {
  OutsideProject project;
  project.elsewhere.ends = {"running", "done"};
  project.elsewhere.is_removable = false;
  const Report report = project.run("step a = test.job {} with { retry = { attempts: 3 }, timeout = 10s }");
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(project.elsewhere.started.size() == 1);
  CHECK(report.finished("a").error.hint.find("sdlrun clean --outside " + project.elsewhere.started[0]) != std::string::npos);
  REQUIRE(project.open().size() == 1);
  CHECK(project.open()[0].state == OutsideState::given_up);
  CHECK(project.open()[0].note == "it took longer than the step's timeout");
  need(OutsideRecords("/project/.sdl", project.files).settle(project.open()[0], "gone"));
  CHECK(project.run().success());
  CHECK(project.elsewhere.started.size() == 2);
}

TEST_CASE("who cannot be asked is asked again, and nothing else is started") {
  OutsideProject project;
  project.write_pipeline(one_job);
  const std::string name = project.left_running();
  project.elsewhere.is_reachable = false;
  const Report report = project.run();
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.hint.find(name) != std::string::npos);
  project.elsewhere.is_reachable = true;
  project.elsewhere.jobs[name] = "done";
  CHECK(project.run().success());
  CHECK(project.elsewhere.started.size() == 1);
}

TEST_CASE("what was left running is adopted, and plan and events say so") {
  OutsideProject project;
  project.write_pipeline(one_job);
  const std::string name = project.left_running();
  const std::string run = project.open()[0].run;
  CHECK(project.open()[0].note == "left where it is: the run was interrupted");
  FileDigests digests(project.files, project.state->digest_memory());
  const Plan plan = need(make_plan({*project.pipeline, project.stages, *project.state, project.store, digests}, {}));
  CHECK(plan.steps.at(0).reason == "adopts `" + name + "`, started by run " + run);
  project.elsewhere.jobs[name] = "done";
  const Report report = project.run();
  CHECK(report.success());
  CHECK(report.all<StepStarted>().at(0).reason == plan.steps.at(0).reason);
  CHECK(project.elsewhere.started.size() == 1);
}

TEST_CASE("an interrupted job is removed while the run ends, and a second request leaves it") {
  for (const bool at_once : {false, true}) {
    OutsideProject project;
    project.elsewhere.ends = {"running"};
    project.write_pipeline(one_job);
    project.clock.after(5s, [&] { project.stop.requested = true; });
    project.clock.after(5500ms, [&] { project.stop.at_once = at_once; });
    const Report report = project.run();
    CHECK(report.outcome("a") == StepOutcome::stopped);
    CHECK(project.elsewhere.jobs.empty() == !at_once);
    CHECK(project.open().empty() == !at_once);
  }
}

TEST_CASE("whoever stops the run knows what goes on outside, and has the last word on it") {
  for (const bool leaves : {true, false}) {
    OutsideProject project;
    project.elsewhere.ends = {"running"};
    project.elsewhere.leaves = !leaves;
    std::vector<OutsideInProgress> seen;
    project.clock.after(5s, [&] {
      seen = project.stop.outside_now->all();
      project.stop.outside = leaves ? WhenStopped::leave : WhenStopped::remove;
      project.stop.requested = true;
    });
    CHECK_FALSE(project.run(one_job).success());
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].step == "a");
    CHECK((seen[0].when_stopped == WhenStopped::leave) == !leaves);
    CHECK(project.elsewhere.jobs.size() == (leaves ? 1 : 0));
    CHECK(project.stop.outside_now->all().empty());
  }
}

TEST_CASE("what no step takes over is told of, and left alone") {
  OutsideProject project;
  project.write_pipeline(one_job);
  const std::string name = project.left_running();
  const auto tells = [&](const Report& report, const std::string& what) {
    const auto texts = project.warnings_of(report);
    return std::count_if(texts.begin(), texts.end(), [&](const std::string& text) {
      return text.find(name) != std::string::npos && text.find(what) != std::string::npos;
    });
  };
  project.elsewhere.ends = {"running", "done"};
  CHECK(tells(project.run("step a = test.job { label = \"other\" }"), "whose inputs have changed since") == 1);
  CHECK(tells(project.run(), "whose inputs have changed since") == 1);
  CHECK(tells(project.run("step b = test.work {}"), "which the pipeline no longer has") == 1);
  CHECK(project.elsewhere.removed.empty());
  CHECK(project.elsewhere.jobs.contains(name));
}

TEST_CASE("where nothing was asked for, or it was refused, nothing is left to be looked for") {
  OutsideProject project;
  project.elsewhere.is_reachable = false;
  CHECK_FALSE(project.run(one_job).success());
  CHECK(project.open().empty());
  project.elsewhere.is_reachable = true;
  project.elsewhere.refuses = true;
  const Report report = project.run();
  CHECK(report.finished("a").error.message == "elsewhere refuses");
  CHECK(project.open().empty());
  project.elsewhere.refuses = false;
  CHECK(project.run().success());
  CHECK(project.elsewhere.started.size() == 1);
}

TEST_CASE("a record that cannot be read keeps its step from starting anything") {
  OutsideProject project;
  project.write_pipeline(one_job);
  const std::string name = project.left_running();
  project.files.put("/project/.sdl/outside/" + name + ".json", "{\"name\":");
  const Report report = project.run();
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.message.find("cannot be read") != std::string::npos);
  CHECK(project.elsewhere.started.size() == 1);
}
