#include "engine/cache/collect/collection.hpp"

#include "cache_fixtures.hpp"
#include "engine/cache/read_only_state.hpp"
#include "engine/cache/state.hpp"
#include "engine/cache/store.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

constexpr Milliseconds long_ago{1'000'000};
constexpr Milliseconds now{9'000'000'000};
const CollectionPolicy all_that_may_go{.older_than = Milliseconds(0), .max_size = {}, .keep_runs = 0, .dry_run = false};

/// A project with a state that is open, as that of an engine at work, which writes its journal into the database when told.
struct CollectedProject {
  TemporaryFolder root;
  std::filesystem::path folder = root / ".sdl";
  RealFiles files;
  std::vector<std::string> warnings;
  std::unique_ptr<State> state = need(open_state(folder, std::make_shared<RealFiles>(), Batches::when_flushed, warnings));
  std::unique_ptr<Store> store = std::make_unique<Store>(folder, files);

  static std::string key(char letter) { return std::string(64, letter); }

  /// A result with one file, by an attempt of a step.
  void make(char letter, const std::string& step, const std::string& run = "earlier") {
    const auto work = need(store->make_work_directory(step));
    write_text(work / "file", std::string(10'000, letter));
    const auto outputs = need(store->publish(key(letter), {{"file", file_value(work / "file")}}, work));
    need(store->remove_work_directory(work));
    record(letter, step, run, outputs);
  }
  void record(char letter, const std::string& step, const std::string& run, const dsl::Fields& outputs) {
    need(state->record_result({.key = key(letter), .outputs = outputs}));
    need(state->record_attempt({.pipeline = "p", .step = step, .run = run, .key = key(letter), .outcome = "ran", .started = long_ago}));
  }
  std::string begin_run() { return need(state->begin_run({.pipeline = "p", .file = "p.sdl", .command = "sdlrun p.sdl", .started = long_ago})); }
  CollectionReport collect() { return need(collect_garbage(files, root.path, folder, all_that_may_go, now)); }
  bool is_there(char letter) { return need(files.status(folder / "outputs" / key(letter))).has_value(); }
  /// As an engine that has ended.
  void close() {
    state.reset();
    store.reset();
  }
};

}  // namespace

TEST_CASE("what no run needs goes, with the contents that only it held") {
  CollectedProject project;
  project.make('a', "train");
  project.close();
  const CollectionReport report = project.collect();
  CHECK(report.results.count == 1);
  CHECK(report.results.bytes == 10'000);
  CHECK(report.store_files.count == 1);
  CHECK_FALSE(project.is_there('a'));
  const auto state = need(open_state(project.folder, project.warnings));
  CHECK_FALSE(state->find_result(CollectedProject::key('a')).has_value());
  CHECK(state->was_collected(CollectedProject::key('a')));
  need(state->record_result({.key = CollectedProject::key('a')}));
  CHECK(state->find_result(CollectedProject::key('a')).has_value());
}

TEST_CASE("a run that goes on keeps the newest attempts of its pipeline, as they were when it began and since") {
  CollectedProject project;
  project.make('a', "train");  // not the newest
  project.make('b', "train");
  need(project.state->flush());
  project.begin_run();
  project.make('c', "train");
  need(project.state->flush());
  const CollectionReport report = project.collect();
  CHECK(report.running.size() == 1);
  CHECK(report.in_use == 2);
  CHECK_FALSE(project.is_there('a'));
  CHECK(project.is_there('b'));
  CHECK(project.is_there('c'));
}

TEST_CASE("what an engine has written into its journal only is kept") {
  CollectedProject project;
  project.begin_run();
  project.make('a', "train");
  CHECK(project.collect().results.count == 0);
  CHECK(project.is_there('a'));
  need(project.state->flush());
  CHECK(project.state->find_result(CollectedProject::key('a')).has_value());
}

TEST_CASE("a result that names another's files keeps it") {
  CollectedProject project;
  project.make('a', "fetch");
  const auto outputs = project.state->find_result(CollectedProject::key('a'))->outputs;
  project.make('b', "fetch");
  need(project.state->flush());
  project.begin_run();
  project.record('c', "pass", "now", outputs);  // as handed on
  need(project.state->flush());
  project.collect();
  CHECK(project.is_there('a'));
  CHECK(project.store->is_intact(outputs, /*verify_content=*/true));
}

TEST_CASE("a run that begins while gc looks around keeps its folder") {
  CollectedProject project;
  struct Racing : RealFiles {
    CollectedProject& project;
    mutable std::string begun;
    explicit Racing(CollectedProject& with) : project(with) {}
    Result<std::vector<std::string>> list(const std::filesystem::path& folder) const override {
      if (folder.filename() == "runs" && begun.empty()) {
        begun = project.begin_run();
        need(project.files.make_directories(folder / begun));
      }
      return RealFiles::list(folder);
    }
  } racing(project);
  const CollectionReport report = need(collect_garbage(racing, project.root.path, project.folder, all_that_may_go, now));
  REQUIRE_FALSE(racing.begun.empty());
  CHECK(report.runs.count == 0);
  CHECK(need(project.files.status(project.folder / "runs" / racing.begun)).has_value());
  CHECK(project.state->runs(9).size() == 1);
}

TEST_CASE("two at once are refused") {
  CollectedProject project;
  project.close();
  const auto held = need(project.files.try_lock(project.folder / "gc.lock"));
  const auto report = collect_garbage(project.files, project.root.path, project.folder, all_that_may_go, now);
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().message.find("another `sdlrun gc`") != std::string::npos);
}

TEST_CASE("where nothing may be written, the state is read with what the journals hold") {
  CollectedProject project;
  const std::string run = project.begin_run();
  project.make('a', "train", run);
  need(project.state->flush());
  project.make('b', "test", run);
  const auto state = need(open_read_only_state(project.folder));
  CHECK(state->find_result(CollectedProject::key('a')).has_value());
  CHECK(state->find_result(CollectedProject::key('b')).has_value());
  CHECK(state->attempts(run).size() == 2);
  CHECK(state->last_attempt("p", "test")->key == CollectedProject::key('b'));
  CHECK(state->last_times("p").size() == 2);
  CHECK(state->runs(9).size() == 1);
  CHECK_FALSE(state->record_result({.key = "new"}).has_value());
  state->forget_result(CollectedProject::key('a'));
  CHECK_FALSE(state->flush().has_value());
}
