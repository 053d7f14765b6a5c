#include "engine/cache/state.hpp"

#include <sqlite3.h>
#include <sys/wait.h>

#include <functional>
#include <random>
#include <set>
#include <thread>

#include "cache_fixtures.hpp"
#include "engine/cache/id_ranges.hpp"
#include "engine/cache/journal.hpp"
#include "engine/cache/read_only_state.hpp"
#include "engine/cache/record.hpp"
#include "engine/world/real/real_files.hpp"
#include "tests/unit/thread_sanitizer.hpp"

using namespace sdlrun;
using namespace std::chrono_literals;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

std::unique_ptr<State> opened(const std::filesystem::path& folder) {
  std::vector<std::string> warnings;
  auto state = need(open_state(folder, warnings));
  CHECK(warnings.empty());
  return state;
}

StepResult result_of(const std::string& key, std::int64_t number = 1) {
  return {.key = key,
          .outputs = {{"n", dsl::Value::integer(number)}},
          .warnings = {"careful"},
          .duration = Milliseconds(1500)};
}

StepAttempt attempt_of(const std::string& step, const std::string& run, const std::string& reason = "first run") {
  return {.pipeline = "p",
          .step = step,
          .run = run,
          .key = "k",
          .parts = {{"input epochs", "I1:3", "3"}},
          .outcome = "ran",
          .reason = reason,
          .started = Milliseconds(5),
          .duration = Milliseconds(7),
          .log_file = {}};
}

RunRecord run_of(Milliseconds started) {
  return {.pipeline = "p", .file = "p.sdl", .command = "sdlrun p.sdl", .started = started};
}

/// In a process of its own, which is killed while the state that `work` gives is still open.
void in_killed_process(const std::function<std::unique_ptr<State>()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::unique_ptr<State> open = work();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
}

void execute_sql(const std::filesystem::path& path, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

/// Brings all of the write-ahead log into the one file.
void checkpoint(const std::filesystem::path& path) {
  execute_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Opens, and gives the warnings.
std::vector<std::string> warnings_of_opening(const std::filesystem::path& folder) {
  std::vector<std::string> warnings;
  need(open_state(folder, warnings));
  return warnings;
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("results, attempts and runs are found at once, and by the next process") {
  TemporaryFolder folder;
  std::string run;
  const auto check = [&](State& state) {
    const auto result = state.find_result("key");
    REQUIRE(result.has_value());
    CHECK(*result->outputs[0].second.as<std::int64_t>() == 1);
    CHECK(result->warnings == std::vector<std::string>{"careful"});
    CHECK(result->duration == Milliseconds(1500));
    CHECK_FALSE(state.find_result("forgotten").has_value());
    CHECK_FALSE(state.find_result("never").has_value());

    const auto attempt = state.last_attempt("p", "train");
    REQUIRE(attempt.has_value());
    CHECK(attempt->reason == "second");
    CHECK(attempt->parts == std::vector<KeyPart>{{"input epochs", "I1:3", "3"}});
    CHECK(attempt->log_file == folder / "sdl/runs/train.log");
    CHECK_FALSE(state.last_attempt("p", "trai").has_value());
    CHECK_FALSE(state.last_attempt("ptrain", "").has_value());
    REQUIRE(state.attempts(run).size() == 3);
    CHECK(state.attempts(run)[1].step == "test");

    REQUIRE(state.runs(10).size() == 1);
    CHECK(state.runs(10)[0].run == run);
    CHECK(state.runs(10)[0].outcome == "failed");
    CHECK(state.runs(10)[0].command == "sdlrun p.sdl");
    CHECK(state.runs(10)[0].ran == 2);
  };
  {
    auto state = opened(folder / "sdl");
    run = need(state->begin_run(run_of(Milliseconds(1'000'000))));
    need(state->record_result(result_of("key")));
    need(state->record_result(result_of("forgotten")));
    state->forget_result("forgotten");
    need(state->record_attempt(attempt_of("train", run, "first")));
    need(state->record_attempt(attempt_of("test", run)));
    auto last = attempt_of("train", run, "second");
    last.log_file = folder / "sdl/runs/train.log";
    need(state->record_attempt(last));
    need(state->finish_run({.run = run, .outcome = "failed", .ran = 2}));
    check(*state);
    need(state->flush());
    check(*state);
  }
  check(*opened(folder / "sdl"));
  CHECK(files_in(folder / "sdl/journal") == 0);
}

TEST_CASE("the state in memory keeps the same promises") {
  const auto state = memory_state();
  const std::string first = need(state->begin_run(run_of(Milliseconds(1000))));
  const std::string second = need(state->begin_run(run_of(Milliseconds(1000))));
  CHECK(first != second);
  need(state->record_result(result_of("key")));
  CHECK(state->find_result("key").has_value());
  state->forget_result("key");
  CHECK_FALSE(state->find_result("key").has_value());
  need(state->record_attempt(attempt_of("train", first, "1")));
  need(state->record_attempt(attempt_of("train", second, "2")));
  CHECK(state->last_attempt("p", "train")->reason == "2");
  CHECK(state->attempts(first).size() == 1);
  need(state->finish_run({.run = first, .outcome = "succeeded"}));
  CHECK(state->runs(1)[0].run == second);
  CHECK(state->runs(2)[1].outcome == "succeeded");
  CHECK(state->runs(2)[1].pipeline == "p");
}

TEST_CASE("what a killed process recorded is there, once, and its run has crashed" * doctest::skip(is_thread_sanitizer)) {
  TemporaryFolder folder;
  in_killed_process([&] {
    auto state = opened(folder / "sdl");
    const std::string run = need(state->begin_run(run_of(Milliseconds(1000))));
    need(state->record_result(result_of("key", 42)));
    need(state->record_attempt(attempt_of("flushed", run)));
    need(state->flush());
    need(state->record_attempt(attempt_of("journalled", run)));
    state->forget_result("other");
    return state;
  });
  CHECK(files_in(folder / "sdl/journal") == 1);
  for (int time = 0; time < 2; ++time) {
    auto state = opened(folder / "sdl");
    CHECK(*state->find_result("key")->outputs[0].second.as<std::int64_t>() == 42);
    const auto run = state->runs(1).at(0);
    CHECK(run.outcome == "crashed");
    CHECK(state->attempts(run.run).size() == 2);
    CHECK(files_in(folder / "sdl/journal") == 0);
  }
}

TEST_CASE("a killed process's journal, cut off at any byte, gives a prefix of what was recorded" * doctest::skip(is_thread_sanitizer)) {
  TemporaryFolder folder;
  in_killed_process([&] {
    auto state = opened(folder / "sdl");
    for (const char* step : {"a", "b", "c"}) need(state->record_attempt(attempt_of(step, "run")));
    return state;
  });
  const auto journal = std::filesystem::directory_iterator(folder / "sdl/journal")->path();
  const std::string bytes = read_text(journal);
  std::set<std::size_t> counts;
  for (std::size_t length = 0; length < bytes.size(); length += 7) {
    TemporaryFolder copy;
    write_text(copy / "journal/1-1", bytes.substr(0, length));
    auto state = opened(copy.path);
    const auto attempts = state->attempts("run");
    for (std::size_t i = 0; i < attempts.size(); ++i)
      REQUIRE(attempts[i].step == std::string(1, static_cast<char>('a' + i)));
    counts.insert(attempts.size());
  }
  CHECK(counts == std::set<std::size_t>{0, 1, 2});
  CHECK(read_journal(bytes, 0).records.size() == 3);
}

TEST_CASE("two processes share one state, and do not mix up their records" * doctest::skip(is_thread_sanitizer)) {
  TemporaryFolder folder;
  constexpr int records = 200;
  const auto work = [&](const std::string& name) -> Result<void> {
    std::vector<std::string> warnings;
    auto state = open_state(folder / "sdl", warnings);
    if (!state) return tl::unexpected(state.error());
    const auto run = (*state)->begin_run(run_of(Milliseconds(1000)));
    if (!run) return tl::unexpected(run.error());
    for (int i = 0; i < records; ++i) {
      const std::string key = name + std::to_string(i);
      if (auto done = (*state)->record_result(result_of(key, i)); !done) return done;
      if (auto done = (*state)->record_attempt(attempt_of(name, *run, std::to_string(i))); !done) return done;
      if (!(*state)->find_result(key)) return failure("cannot find `" + key + "`, just recorded");
      if (i % 20 != 0) continue;
      if (auto done = (*state)->flush(); !done) return done;
    }
    return {};
  };
  std::vector<pid_t> children;
  for (const char* name : {"one", "two", "three"}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto done = work(name);
      if (!done) std::fprintf(stderr, "process %s: %s\n", name, done.error().message.c_str());
      ::_exit(done ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  auto state = opened(folder / "sdl");
  std::set<std::string> names;
  for (const RunRecord& run : state->runs(10)) {
    names.insert(run.run);
    CHECK(state->attempts(run.run).size() == records);
  }
  CHECK(names.size() == 3);
  for (const char* name : {"one", "two", "three"}) {
    CHECK(state->last_attempt("p", name)->reason == std::to_string(records - 1));
    for (int i = 0; i < records; ++i) CHECK(state->find_result(name + std::to_string(i)).has_value());
  }
}

TEST_CASE("a run of a living process is not taken for crashed") {
  TemporaryFolder folder;
  auto living = opened(folder / "sdl");
  need(living->begin_run(run_of(Milliseconds(1000))));
  CHECK(opened(folder / "sdl")->runs(1).at(0).outcome == "running");
  living.reset();
  CHECK(opened(folder / "sdl")->runs(1).at(0).outcome == "crashed");
}

TEST_CASE("many threads may record and ask at once") {
  TemporaryFolder folder;
  auto state = opened(folder / "sdl");
  std::vector<std::thread> threads;
  std::atomic<int> missing = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = std::to_string(thread) + '-' + std::to_string(i);
        if (!state->record_result(result_of(key))) ++missing;
        if (!state->find_result(key)) ++missing;
        if (i % 50 == 0 && !state->flush()) ++missing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(missing == 0);
}

TEST_CASE("digests are remembered between runs") {
  TemporaryFolder folder;
  const RememberedDigest digest{.status = {.kind = FileKind::regular,
                                           .executable = true,
                                           .size = 5,
                                           .modified = -7,
                                           .changed = 8,
                                           .inode = UINT64_MAX,
                                           .device = 3,
                                           .links = 2},
                                .digest = "sha256:1"};
  {
    auto state = opened(folder / "sdl");
    CHECK_FALSE(state->digest_memory().find("/a\xff").has_value());
    state->digest_memory().remember("/a\xff", digest);
    CHECK(state->digest_memory().find("/a\xff")->status == digest.status);
  }
  auto state = opened(folder / "sdl");
  const auto found = state->digest_memory().find("/a\xff");
  REQUIRE(found.has_value());
  CHECK(found->status == digest.status);
  CHECK(found->digest == "sha256:1");
}

TEST_CASE("who only reads leaves no journal") {
  TemporaryFolder folder;
  auto state = opened(folder / "sdl");
  CHECK_FALSE(state->find_result("key").has_value());
  CHECK_FALSE(std::filesystem::exists(folder / "sdl/journal"));
  CHECK(read_text(folder / "sdl/.gitignore") == "*\n");
}

TEST_CASE("a damaged database is set aside with a warning, and the state is usable") {
  TemporaryFolder folder;
  {
    auto state = opened(folder / "sdl");
    for (int i = 0; i < 300; ++i) need(state->record_result(result_of("key" + std::to_string(i))));
  }
  checkpoint(folder / "sdl/state.db");
  const std::string intact = read_text(folder / "sdl/state.db");
  REQUIRE(intact.size() > 40'000);
  std::mt19937 random(1);
  const auto noise = [&](std::string bytes, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) bytes[i] = static_cast<char>(random());
    return bytes;
  };
  for (const std::string& damaged :
       {noise(intact, 0, 100), noise(intact, 0, intact.size()), noise(intact, 4096, 3 * 4096),
        intact.substr(0, intact.size() / 2), intact.substr(0, 5000), intact.substr(0, 50)}) {
    TemporaryFolder copy;
    write_text(copy / "state.db", damaged);
    const auto warnings = warnings_of_opening(copy.path);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("state.db` was damaged and is now `state.db.damaged-") != std::string::npos);
    CHECK(warnings_of_opening(copy.path).empty());
    auto state = opened(copy.path);
    need(state->record_result(result_of("new")));
    need(state->flush());
    CHECK(state->find_result("new").has_value());
    std::size_t kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(copy.path)) {
      if (entry.path().filename().string().starts_with("state.db.damaged-")) kept += read_text(entry) == damaged;
    }
    CHECK(kept == 1);
  }
}

TEST_CASE("an empty database file is begun anew without a word") {
  TemporaryFolder folder;
  write_text(folder / "sdl/state.db", "");
  need(opened(folder / "sdl")->record_result(result_of("key")));
  CHECK(opened(folder / "sdl")->find_result("key").has_value());
}

TEST_CASE("damage that comes while the state is open costs results, and nothing else") {
  TemporaryFolder folder;
  {
    auto state = opened(folder / "sdl");
    for (int i = 0; i < 300; ++i) need(state->record_result(result_of("key" + std::to_string(i))));
  }
  checkpoint(folder / "sdl/state.db");
  auto state = opened(folder / "sdl");
  write_text(folder / "sdl/state.db", std::string(50'000, 'x'));
  for (int i = 0; i < 300; ++i) state->find_result("key" + std::to_string(i));
  need(state->record_result(result_of("new")));
  need(state->flush());
  CHECK(state->find_result("new").has_value());
  state.reset();
  CHECK(opened(folder / "sdl")->find_result("new").has_value());
}

TEST_CASE("a state written by a newer sdlrun is refused, and left as it is") {
  TemporaryFolder folder;
  opened(folder / "sdl").reset();
  execute_sql(folder / "sdl/state.db", "PRAGMA user_version = 7");
  std::vector<std::string> warnings;
  const auto state = open_state(folder / "sdl", warnings);
  REQUIRE_FALSE(state.has_value());
  CHECK(state.error().message == "the state in `" + (folder / "sdl").string() +
                                     "` was written by a newer sdlrun (format 7, and this one knows 5)");
  CHECK_FALSE(state.error().hint.empty());
}

TEST_CASE("a state of the first format is brought to today's, with all that it holds") {
  TemporaryFolder folder;
  std::string run;
  {
    auto state = opened(folder / "sdl");
    need(state->record_result(result_of("old")));
    run = need(state->begin_run({.pipeline = "p", .started = Milliseconds(1)}));
  }
  execute_sql(folder / "sdl/state.db", "CREATE TABLE first_format AS SELECT run, pipeline, file, command, started, duration, outcome, ran, cached, failed, journal FROM runs;"
                                     "DROP TABLE runs; ALTER TABLE first_format RENAME TO runs;"
                                     "DROP TRIGGER unchanged_attempts; DROP TRIGGER unchanged_attempts_gone; DROP TRIGGER unchanged_results_anew;"
                                     "DROP TRIGGER unchanged_results; DROP TRIGGER unchanged_results_gone; DROP TABLE unchanged;"
                                     "ALTER TABLE results DROP COLUMN unsynced_boot; DROP INDEX attempts_measured; PRAGMA user_version = 1");
  auto state = opened(folder / "sdl");
  CHECK(state->find_result("old").has_value());
  CHECK(state->runs(9).at(0).run == run);
  CHECK(state->attempts(run).empty());
  need(state->begin_note("request", "p", run));
  CHECK(need(state->keep_note("request", run, "note")));
}

TEST_CASE("attempts that a run takes over are its own, and the newest of their steps") {
  TemporaryFolder folder;
  auto state = opened(folder / "sdl");
  const auto ran = [](const std::string& step) {
    return StepAttempt{.pipeline = "p", .step = step, .run = "first", .key = "key of " + step, .outcome = "ran", .duration = Milliseconds(7)};
  };
  for (const char* step : {"a", "b", "c"}) need(state->record_attempt(ran(step)));
  const auto times = state->last_times("p");
  REQUIRE(times.size() == 3);
  CHECK(times.at("b").key == "key of b");
  CHECK(times.at("b").duration == Milliseconds(7));
  RunRecord run{.pipeline = "p", .started = Milliseconds(1)};
  run.run = need(state->begin_run(run));
  run.cached_attempts = {times.at("a").attempt, times.at("c").attempt};
  need(state->finish_run(run));
  const auto attempts = state->attempts(run.run);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].step == "a");
  CHECK(attempts[1].step == "c");
  CHECK(attempts[1].outcome == "cached");
  CHECK(attempts[1].run == run.run);
  CHECK(state->last_times("other").empty());
}

void record_past(State& state) {
  for (int run = 1; run <= 4; ++run) {
    for (const char* step : {"a", "b"}) {
      StepAttempt attempt = attempt_of(step, "run" + std::to_string(run));
      attempt.outcome = run == 3 ? "failed" : "ran";
      attempt.duration = Milliseconds(10 * run);
      need(state.record_attempt(attempt));
    }
  }
  StepAttempt other = attempt_of("a", "other");
  other.pipeline = "q";
  need(state.record_attempt(other));
}

void check_past(State& state) {
  const auto past = state.history("p", "a", 3);
  REQUIRE(past.size() == 3);
  CHECK(past[0].run == "run4");
  CHECK(past[1].outcome == "failed");
  CHECK(past[2].run == "run2");
  using Times = std::vector<Milliseconds>;
  CHECK(state.durations("p", "a", 9) == Times{40ms, 20ms, 10ms});
  CHECK(state.durations("p", "b", 2) == Times{40ms, 20ms});
  CHECK(state.durations("p", "c", 2).empty());
  const Durations all = state.durations("p", 2);
  CHECK(all.size() == 2);
  CHECK(all.at("a") == Times{40ms, 20ms});
  CHECK(all.at("b") == Times{40ms, 20ms});
  CHECK(state.durations("nothing", 2).empty());
}

TEST_CASE("the past of a step is told newest first, in every kind of state") {
  const auto in_memory = memory_state();
  record_past(*in_memory);
  check_past(*in_memory);
  TemporaryFolder folder;
  {
    auto state = opened(folder / "sdl");
    record_past(*state);
    check_past(*state);  // what is not in the database yet included
  }
  check_past(*opened(folder / "sdl"));
  check_past(*need(open_read_only_state(folder / "sdl")));
  TemporaryFolder killed;
  std::vector<std::string> warnings;
  in_killed_process([&] {
    auto state = need(open_state(killed / "sdl", std::make_shared<RealFiles>(), Batches::when_flushed, warnings));
    record_past(*state);
    return state;
  });
  check_past(*need(open_read_only_state(killed / "sdl")));  // out of the journal
}

TEST_CASE("a state that ended before it had tables is read as one in which nothing has run") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "sdl");
  std::ofstream(folder / "sdl" / "state.db").close();
  const auto state = need(open_read_only_state(folder / "sdl"));
  CHECK(state->runs(10).empty());
  CHECK_FALSE(state->find_result("key").has_value());
}

TEST_CASE("a record whose parts are of other kinds than ours is read as far as it makes sense") {
  const auto record = decode_record(R"({"kind":"finished","run":"r","ran":"many","cached_attempts":7})", "/p/.sdl");
  REQUIRE(record.has_value());
  const RunRecord& run = std::get<FinishedRun>(*record).run;
  CHECK(run.run == "r");
  CHECK(run.ran == 0);
  CHECK(run.cached_attempts.empty());
}

TEST_CASE("ids as ranges, and back") {
  CHECK(id_ranges({3, 1, 2, 10, 12, 11, 7, 7}) == "1-3,7,10-12");
  CHECK(ids_in("1-3,7,10-12") == std::vector<std::int64_t>{1, 2, 3, 7, 10, 11, 12});
  CHECK(id_ranges({}).empty());
  CHECK(ids_in("").empty());
  CHECK(ids_in("5,x").size() == 1);
  CHECK(ids_in("1-9223372036854775807").empty());
}

TEST_CASE("a file that is no journal stays where it is") {
  TemporaryFolder folder;
  write_text(folder / "sdl/journal/notes.txt", "mine");
  const auto warnings = warnings_of_opening(folder / "sdl");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("is no journal of this sdlrun: left alone") != std::string::npos);
  CHECK(read_text(folder / "sdl/journal/notes.txt") == "mine");
}

TEST_CASE("a place where no state can be made is an error that names it") {
  TemporaryFolder folder;
  write_text(folder / "file", "");
  std::vector<std::string> warnings;
  const auto state = open_state(folder / "file/sdl", warnings);
  REQUIRE_FALSE(state.has_value());
  CHECK(state.error().message.find((folder / "file/sdl").string()) != std::string::npos);
}
