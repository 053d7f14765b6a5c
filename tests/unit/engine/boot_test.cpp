// After a crash of the whole machine: what was not synced is looked at by content before it is believed.
#include "engine/cache/boot_id.hpp"

#include "engine/plan/plan.hpp"
#include "engine/world/real/real_files.hpp"
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// This machine, in a boot of the test's choice.
class InBoot final : public RealFiles {
 public:
  explicit InBoot(std::string id) : id_(std::move(id)) {}
  Result<std::string> read(const Path& path) const override { return path == boot_id_file ? id_ + '\n' : RealFiles::read(path); }

 private:
  std::string id_;
};

std::unique_ptr<State> state_in_boot(const std::filesystem::path& folder, const std::string& boot) {
  std::vector<std::string> warnings;
  return need(open_state(folder, std::make_shared<InBoot>(boot), Batches::when_flushed, warnings));
}

std::string unsynced_boot(State& state, const std::string& key) { return state.find_result(key).value().unsynced_boot; }

const std::string one_written_step = "step a = test.write { label = \"hello, this is the content\" }\n output text = a.file";

/// A finished run, whose result is of another boot now.
std::string run_before_the_crash(RunProject& project) {
  REQUIRE(project.run(one_written_step).success());
  const auto attempt = project.state->last_attempt("p", "a");
  StepResult result = project.state->find_result(attempt->key).value();
  result.unsynced_boot = "the boot before";
  need(project.state->record_result(result));
  std::destroy_at(&project.store);  // with its engine
  std::construct_at(&project.store, "/project/.sdl", project.files);
  return attempt->key;
}

/// What a disk may give back for a file whose name and size had reached it, and whose content had not.
void tear_all_contents(FakeFiles& files) {
  const std::string content = "hello, this is the content";
  for (const std::string& path : files.all()) {
    if (files.read(path).value_or("") == content) files.corrupt(path, std::string(content.size(), '\0'));
  }
}

}  // namespace

TEST_CASE("a result is of the boot it was recorded in, until it is known to be on the disk") {
  cache_tests::TemporaryFolder folder;
  {
    const auto state = state_in_boot(folder / "sdl", "one");
    need(state->record_result({.key = "k"}));
    need(state->record_result({.key = "synced"}));
    need(state->mark_synced({"synced"}));
    CHECK(unsynced_boot(*state, "k").empty());
    need(state->flush());
    CHECK(unsynced_boot(*state, "k").empty());
  }
  CHECK(unsynced_boot(*state_in_boot(folder / "sdl", "one"), "k").empty());
  const auto state = state_in_boot(folder / "sdl", "two");
  CHECK(unsynced_boot(*state, "k") == "one");
  CHECK(unsynced_boot(*state, "synced").empty());
  need(state->mark_synced({"k"}));
  need(state->flush());
  CHECK(unsynced_boot(*state, "k").empty());
}

TEST_CASE("a journal that is replayed knows its boot") {
  cache_tests::TemporaryFolder folder, killed;
  {
    const auto state = state_in_boot(folder / "sdl", "one");
    need(state->record_result({.key = "k"}));
    need(state->record_result({.key = "synced"}));
    need(state->mark_synced({"synced"}));
    std::filesystem::copy(folder / "sdl", killed / "sdl", std::filesystem::copy_options::recursive);
  }
  const auto state = state_in_boot(killed / "sdl", "two");
  CHECK(unsynced_boot(*state, "k") == "one");
  CHECK(unsynced_boot(*state, "synced").empty());
}

TEST_CASE("a machine that does not say which boot this is suspects nothing") {
  cache_tests::TemporaryFolder folder;
  need(state_in_boot(folder / "sdl", "")->record_result({.key = "k"}));
  CHECK(unsynced_boot(*state_in_boot(folder / "sdl", ""), "k").empty());
}

TEST_CASE("outputs of another boot that are whole are believed, and not looked at again") {
  RunProject project;
  const std::string key = run_before_the_crash(project);
  CHECK(project.run().outcome("a") == StepOutcome::cached);
  CHECK(unsynced_boot(*project.state, key).empty());
}

TEST_CASE("outputs that the machine's crash has torn are made again, also where the store holds the torn content") {
  RunProject project;
  const std::string key = run_before_the_crash(project);
  tear_all_contents(project.files);
  const Report report = project.run();
  CHECK(report.outcome("a") == StepOutcome::ran);
  CHECK(report.all<StepStarted>().at(0).reason == "its outputs were damaged when the machine went down");
  CHECK(project.state->last_attempt("p", "a")->reason == "its outputs were damaged when the machine went down");
  const auto result = project.state->find_result(key);
  REQUIRE(result.has_value());
  CHECK(project.store.is_intact(result->outputs, /*verify_content=*/true));
}

TEST_CASE("the plan says which outputs are torn, and changes nothing") {
  RunProject project;
  const std::string key = run_before_the_crash(project);
  tear_all_contents(project.files);
  FileDigests digests(project.files, project.state->digest_memory());
  const std::size_t changes = project.files.changes();
  const Plan plan = need(make_plan({*project.pipeline, project.stages, *project.state, project.store, digests}, {}));
  CHECK(plan.steps.at(0).decision == Decision::run);
  CHECK(plan.steps.at(0).reason == "its outputs were damaged when the machine went down");
  CHECK(project.files.changes() == changes);
  CHECK(project.state->find_result(key).has_value());
}

TEST_CASE("without a crash of the machine no content is read") {
  RunProject project;
  REQUIRE(project.run(one_written_step).success());
  tear_all_contents(project.files);
  CHECK(project.run().outcome("a") == StepOutcome::cached);
}

TEST_CASE("a torn entry of the store whose step was not recorded is replaced by what is published") {
  RunProject project;
  REQUIRE(project.run(one_written_step).success());
  tear_all_contents(project.files);
  project.state = memory_state();
  Store another("/project/.sdl", project.files);  // of the engine after the crash
  const auto work = need(another.make_work_directory("a"));
  need(project.files.write(work / "result.txt", "hello, this is the content"));
  const auto published = need(another.publish("key", {{"file", cache_tests::file_value(work / "result.txt")}}, work));
  CHECK(another.is_intact(published, /*verify_content=*/true));
}
