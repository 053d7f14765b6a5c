// The rows that say whether a note of a run that had nothing to do is still true.
#include <sqlite3.h>

#include "cache_fixtures.hpp"
#include "engine/cache/collect/collection_database.hpp"
#include "engine/cache/state.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

class NotedState {
 public:
  NotedState() {
    reopen();
    need(state->record_result(result("key")));
    need(state->record_attempt(attempt("p")));
    need(state->flush());
    note();
  }

  static StepResult result(const std::string& key) { return {.key = key, .outputs = {{"n", dsl::Value::integer(1)}}}; }
  static StepAttempt attempt(const std::string& pipeline) { return {.pipeline = pipeline, .step = "s", .run = "r", .key = "key", .outcome = "ran"}; }

  void reopen() {
    state.reset();
    std::vector<std::string> warnings;
    state = need(open_state(folder / "sdl", warnings));
  }
  void note(const std::string& request = "request", const std::string& run = "run") {
    need(state->begin_note(request, "p", run));
    CHECK(need(state->keep_note(request, run, "note")));
  }
  std::optional<std::string> repeat(const std::string& request = "request", const std::string& note = "note") {
    return need(state->record_repeated_run({.pipeline = "p", .outcome = "succeeded", .cached = 1, .cached_attempts = {1}}, request, note));
  }
  bool is_true() { return repeat().has_value(); }

  TemporaryFolder folder;
  std::unique_ptr<State> state;
};

}  // namespace

TEST_CASE("a run that is repeated is recorded as one that has ended, with the attempts it takes over") {
  NotedState noted;
  const auto name = noted.repeat();
  REQUIRE(name.has_value());
  const RunRecord run = noted.state->runs(1).at(0);
  CHECK(run.run == *name);
  CHECK(run.outcome == "succeeded");
  CHECK(run.cached == 1);
  REQUIRE(noted.state->attempts(*name).size() == 1);
  CHECK(noted.state->attempts(*name)[0].step == "s");
  CHECK(noted.repeat() != name);
}

TEST_CASE("a note is true for its own request and its own text, also for the next process") {
  NotedState noted;
  CHECK_FALSE(noted.repeat("another").has_value());
  CHECK_FALSE(noted.repeat("request", "another").has_value());
  noted.reopen();
  CHECK(noted.is_true());
  CHECK(noted.state->noted_requests() == std::vector<std::string>{"request"});
}

TEST_CASE("nothing is recorded where the note is no longer true") {
  NotedState noted;
  noted.state->forget_result("key");
  need(noted.state->flush());
  const std::size_t before = noted.state->runs(99).size();
  CHECK_FALSE(noted.is_true());
  CHECK(noted.state->runs(99).size() == before);
}

TEST_CASE("whatever changes what the run has read takes the note away") {
  NotedState noted;
  SUBCASE("an attempt of the pipeline") { need(noted.state->record_attempt(NotedState::attempt("p"))); }
  SUBCASE("a result that is forgotten") { noted.state->forget_result("key"); }
  SUBCASE("a result that is recorded again") { need(noted.state->record_result(NotedState::result("key"))); }
  need(noted.state->flush());
  CHECK_FALSE(noted.is_true());
}

TEST_CASE("what gc takes away takes the note away, without a word on notes") {
  NotedState noted;
  CollectionDatabase database = need(CollectionDatabase::open(noted.folder / "sdl"));
  SUBCASE("a result") { need(database.forget_result("key")); }
  SUBCASE("an attempt") {
    need(noted.state->record_attempt(NotedState::attempt("p")));
    need(noted.state->flush());
    noted.note();
    need(database.forget_attempts());
  }
  CHECK_FALSE(noted.is_true());
}

TEST_CASE("what the run cannot have read leaves the note") {
  NotedState noted;
  need(noted.state->record_attempt(NotedState::attempt("another")));
  need(noted.state->record_result(NotedState::result("new")));
  need(noted.state->mark_synced({"key"}));
  need(noted.state->flush());
  CHECK(noted.is_true());
}

TEST_CASE("a change between the beginning of a run and its end leaves it without a note") {
  NotedState noted;
  need(noted.state->begin_note("request", "p", "second"));
  CHECK_FALSE(noted.is_true());  // from the beginning on
  SUBCASE("by another engine") { need(noted.state->record_attempt(NotedState::attempt("p"))); }
  SUBCASE("by a run of the same that began later") { need(noted.state->begin_note("request", "p", "third")); }
  need(noted.state->flush());
  CHECK_FALSE(need(noted.state->keep_note("request", "second", "note")));
  CHECK_FALSE(noted.is_true());
}

TEST_CASE("a killed engine's records count before its notes are asked for") {
  NotedState noted;
  std::filesystem::path journal = noted.folder / "copy";
  need(noted.state->record_attempt(NotedState::attempt("p")));
  // As a kill at this moment would leave it: in the journal, not in the database.
  for (const auto& entry : std::filesystem::directory_iterator(noted.folder / "sdl/journal")) std::filesystem::copy_file(entry.path(), journal);
  need(noted.state->flush());
  noted.note();
  noted.state.reset();
  std::filesystem::copy_file(journal, noted.folder / "sdl/journal/1-killed");
  noted.reopen();
  CHECK_FALSE(noted.is_true());
}

TEST_CASE("the sixteen newest requests have notes") {
  NotedState noted;
  for (int i = 0; i < 16; ++i) noted.note(std::to_string(i));
  CHECK(noted.state->noted_requests().size() == 16);
  CHECK_FALSE(noted.repeat("request").has_value());
  CHECK(noted.repeat("0").has_value());
  CHECK(noted.repeat("15").has_value());
}

TEST_CASE("a state in memory has no notes") {
  const auto state = memory_state();
  need(state->begin_note("request", "p", "run"));
  CHECK_FALSE(need(state->keep_note("request", "run", "note")));
  CHECK_FALSE(need(state->record_repeated_run({}, "request", "note")).has_value());
}
