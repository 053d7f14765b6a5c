// A run as a whole: its record, its outputs' links, its logs, and what is left when something goes wrong around it.
#include "engine/run/run.hpp"

#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// A state that fails to record results, as one on a full disk.
class FullState final : public State {
 public:
  std::optional<StepResult> find_result(std::string_view key) override { return inner_->find_result(key); }
  Result<void> record_result(const StepResult&) override { return failure("no space left on device"); }
  Result<void> mark_synced(const std::vector<std::string>& keys) override { return inner_->mark_synced(keys); }
  void forget_result(std::string_view key) override { inner_->forget_result(key); }
  Result<void> record_attempt(const StepAttempt& attempt) override { return inner_->record_attempt(attempt); }
  std::optional<StepAttempt> last_attempt(std::string_view pipeline, std::string_view step) override {
    return inner_->last_attempt(pipeline, step);
  }
  std::vector<StepAttempt> attempts(std::string_view run) override { return inner_->attempts(run); }
  std::vector<StepAttempt> history(std::string_view pipeline, std::string_view step, std::size_t most) override {
    return inner_->history(pipeline, step, most);
  }
  std::vector<Milliseconds> durations(std::string_view pipeline, std::string_view step, std::size_t most) override {
    return inner_->durations(pipeline, step, most);
  }
  Durations durations(std::string_view pipeline, std::size_t most) override { return inner_->durations(pipeline, most); }
  std::unordered_map<std::string, LastTime> last_times(std::string_view pipeline) override { return inner_->last_times(pipeline); }
  Result<std::string> begin_run(const RunRecord& record) override { return inner_->begin_run(record); }
  Result<void> finish_run(const RunRecord& record) override { return inner_->finish_run(record); }
  std::vector<RunRecord> runs(std::size_t most) override { return inner_->runs(most); }
  DigestMemory& digest_memory() override { return inner_->digest_memory(); }
  Result<void> flush() override { return inner_->flush(); }

 private:
  std::unique_ptr<State> inner_ = memory_state();
};

const std::string with_output = "step a = test.write { label = \"hello\" }\n output text = a.file\n output number = a.value";
const std::filesystem::path text_link = "/project/out/p/text";

std::filesystem::path link_beside(const std::string& run) { return text_link.parent_path() / (".text." + run); }

std::string content_behind(const Files& files, const std::filesystem::path& path) {
  const auto target = need(files.read_link(path));
  return need(files.read((path.parent_path() / target).lexically_normal()));
}

}  // namespace

TEST_CASE("a run tells of its beginning first and of its end last, and is recorded") {
  RunProject project;
  project.options.command = "sdlrun p.sdl";
  const Report report = project.run("step a = test.work {}");
  CHECK(std::holds_alternative<RunStarted>(report.events.front()));
  CHECK(std::holds_alternative<RunFinished>(report.events.back()));
  const RunRecord record = project.state->runs(1).at(0);
  CHECK(record.run == report.result->run);
  CHECK(record.run == report.all<RunStarted>().at(0).run);
  CHECK(record.outcome == "succeeded");
  CHECK(record.command == "sdlrun p.sdl");
  CHECK(record.duration == 1s);
  CHECK(record.ran == 1);
}

TEST_CASE("a step's attempt is recorded with its key, reason, time and log, and keeps the last two when cached") {
  RunProject project;
  project.processes.on({"work", "a"}, {.duration = 3s, .output = {"hello"}});
  project.run("step a = test.work { label = \"a\" }");
  const StepAttempt first = *project.state->last_attempt("p", "a");
  CHECK(first.outcome == "ran");
  CHECK(first.reason == "first run");
  CHECK(first.duration == 3s);
  CHECK(first.log_file == "/project/.sdl/runs/" + first.run + "/a.log");
  CHECK(need(project.files.read(first.log_file)) == "hello\n");
  const Report again = project.run();
  const StepAttempt second = project.state->attempts(again.result->run).at(0);
  CHECK(second.outcome == "cached");
  CHECK(second.run != first.run);
  CHECK(second.key == first.key);
  CHECK(second.duration == 3s);
  CHECK(second.log_file == first.log_file);
}

TEST_CASE("a step that goes back to an earlier result is recorded anew: its newest attempt has the key of now") {
  RunProject project;
  const std::string one = "step a = test.work { label = \"one\" }", two = "step a = test.work { label = \"two\" }";
  project.run(one);
  const std::string key = project.state->last_attempt("p", "a")->key;
  project.run(two);
  CHECK(project.state->last_attempt("p", "a")->key != key);
  const Report back = project.run(one);
  CHECK(project.state->last_attempt("p", "a")->key == key);
  CHECK(project.state->last_attempt("p", "a")->outcome == "cached");
  CHECK(project.state->attempts(back.result->run).size() == 1);
}

TEST_CASE("logs of steps with any name lie beside each other in the run's folder") {
  RunProject project;
  const Report report = project.run(R"(step a[x in ["../../etc/passwd", "%", ""]] = test.work { label = x }
    step b[x in [".", "ä"]] = test.work { label = x })");
  CHECK(report.end().ran == 5);
  const auto logs = need(project.files.list("/project/.sdl/runs"));
  CHECK(logs.size() == 1);
  for (const StepFinished& step : report.all<StepFinished>()) {
    if (!step.log_file.empty()) CHECK(step.log_file.parent_path() == "/project/.sdl/runs/" + report.result->run);
  }
}

// ---- outputs -------------------------------------------------------------------------------------------------------

TEST_CASE("outputs are linked to out/<pipeline>/<name>, and values are told") {
  RunProject project;
  const Report report = project.run(with_output);
  REQUIRE(report.success());
  CHECK(content_behind(project.files, text_link) == "hello");
  CHECK_FALSE(std::filesystem::path(need(project.files.read_link(text_link))).is_absolute());
  const auto outputs = report.all<OutputPublished>();
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].link == text_link);
  CHECK(outputs[1].link.empty());
  CHECK(outputs[1].value == dsl::Value::integer(1));
}

TEST_CASE("the next run's output takes the place of the last one's") {
  RunProject project;
  project.run(with_output);
  const Report report = project.run("step a = test.write { label = \"changed\" }\n output text = a.file");
  CHECK(report.success());
  CHECK(content_behind(project.files, text_link) == "changed");
  CHECK(need(project.files.list(text_link.parent_path())) == std::vector<std::string>{"text"});
}

TEST_CASE("a file of the user's in an output's place is kept, and the run refused before anything starts") {
  RunProject project;
  project.files.put(text_link, "mine");
  const Report report = project.run(with_output);
  REQUIRE_FALSE(report.result);
  CHECK(report.result.error().message.find(text_link.string()) != std::string::npos);
  CHECK(need(project.files.read(text_link)) == "mine");
  CHECK(report.events.empty());
}

TEST_CASE("a link of the user's to somewhere else in an output's place is kept too") {
  RunProject project;
  need(project.files.make_directories(text_link.parent_path()));
  need(project.files.make_symbolic_link("/home/user/notes", text_link));
  CHECK_FALSE(project.run(with_output).result);
  CHECK(need(project.files.read_link(text_link)) == "/home/user/notes");
}

TEST_CASE("what a killed run left beside an output's link goes, and what a running one has there stays") {
  RunProject project;
  project.run(with_output);
  const std::string other = need(project.state->begin_run({.started = 1h}));
  const auto left = link_beside("20200101-000000-1"), in_use = link_beside(other);
  for (const auto& link : {left, in_use}) need(project.files.make_symbolic_link("anything", link));
  CHECK(project.run().success());
  CHECK_FALSE(need(project.files.status(left)).has_value());
  CHECK(need(project.files.status(in_use)).has_value());
}

TEST_CASE("outputs of steps that were not needed are left alone") {
  RunProject project;
  project.write_pipeline(with_output + "\n step b = test.work {}");
  project.options.goals = project.pipeline->find("b");
  const Report report = project.run();
  CHECK(report.success());
  CHECK(report.all<OutputPublished>().empty());
}

TEST_CASE("a run that fails publishes no outputs") {
  RunProject project;
  project.processes.on({"work", "bad"}, {.duration = 1h, .exit_code = 1});
  const Report report = project.run(with_output + "\n step b = test.work { label = \"bad\" }");
  CHECK(report.outcome("a") == StepOutcome::ran);
  CHECK(report.all<OutputPublished>().empty());
  CHECK_FALSE(need(project.files.status(text_link)).has_value());
}

// ---- what goes wrong around steps ----------------------------------------------------------------------------------

TEST_CASE("a result that cannot be recorded is no result: the step fails, and runs again the next time") {
  RunProject project;
  project.state = std::make_unique<FullState>();
  const Report report = project.run("step a = test.work {}");
  CHECK(report.outcome("a") == StepOutcome::failed);
  CHECK(report.finished("a").error.message == "no space left on device");
  CHECK(project.run().started().size() == 1);
}

TEST_CASE("a file system that fails at any one change fails the run in words, and the next one puts it right") {
  for (std::size_t successes = 0;; ++successes) {
    REQUIRE(successes < 200);
    RunProject project;
    project.write_pipeline(with_output);
    project.files.fail_changes_after(successes, Error{"no space left on device"});
    const std::size_t before = project.files.changes();
    const Report report = project.run();
    const bool was_met = project.files.changes() - before > successes;
    if (!report.success()) CHECK(was_met);
    project.files.heal();  // of what was not met
    const Report second = project.run();
    CHECK(second.success());
    CHECK(content_behind(project.files, text_link) == "hello");
    if (!was_met) break;
  }
}

TEST_CASE("a step's folder is gone after it, whether it worked or not") {
  RunProject project;
  project.processes.on({"work", "bad"}, {.duration = 1s, .exit_code = 1});
  project.run("step a = test.write {}\n step b = test.work { label = \"bad\", value = a.value }");
  for (const std::string& path : project.files.all()) {
    if (path.find("/temporary/") == std::string::npos) continue;
    CHECK(path.ends_with(".lock"));  // the engine's own, until it ends
  }
}

TEST_CASE("what an ended run left in temporary/ is swept") {
  RunProject project;
  project.files.put("/project/.sdl/temporary/123/train-1/half.txt", "half");
  project.run("step a = test.work {}");
  CHECK_FALSE(need(project.files.status("/project/.sdl/temporary/123")).has_value());
}

TEST_CASE("a stage that forgets an output is told so") {
  RunProject project;
  project.add_stage("forgetful", [](StageContext&) -> Task<Result<StageOutputs>> { co_return StageOutputs{}; });
  const Report report = project.run("step a = test.forgetful {}");
  CHECK(report.finished("a").error.message == "the stage `test.forgetful` gave no output `value`");
}
