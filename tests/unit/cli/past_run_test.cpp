// A past run from the lines of its event log, also of a log that is cut off.
#include "cli/history/past_run.hpp"

#include <doctest/doctest.h>

#include "cli/history/junit_xml.hpp"
#include "cli/history/run_difference.hpp"

using namespace sdlrun;
using cli::PastOutcome;
using cli::PastRun;

namespace {

constexpr std::string_view graph =
    R"({"event":"graph","pipeline":"p","steps":[)"
    R"({"step":"a","stage":"exec.run","after":[]},{"step":"b","stage":"exec.run","after":["a"]},{"step":"c","stage":"exec.run","after":["b"]},)"
    R"({"step":"","stage":"","after":["c"],"file":"p.sdl","line":3,"column":3},{"step":"","stage":"","after":["c"],"file":"p.sdl","line":4,"column":3}]})"
    "\n";

PastRun read(std::string_view events, const std::string& outcome = "succeeded", const std::string& name = "1") {
  const engine::RunRecord record{.run = name, .pipeline = "p", .file = "p.sdl", .outcome = outcome};
  return cli::past_run(record, std::string(graph) + std::string(events));
}

PastOutcome outcome(const PastRun& run, std::size_t step) { return run.steps.at(step).outcome; }

}  // namespace

TEST_CASE("what has no event of its own in a run that has ended came from the cache") {
  const PastRun run = read(
      R"({"event":"step_started","step":"b","reason":"first run","at_ms":10})"
      "\n"
      R"({"event":"step_finished","step":"b","outcome":"ran","duration_ms":20,"attempts":1,"outputs":{"x":1.5},"warnings":["w"],"at_ms":30})"
      "\n"
      R"({"event":"run_finished","at_ms":31})");
  CHECK(run.is_whole);
  CHECK(outcome(run, 0) == PastOutcome::cached);
  CHECK(outcome(run, 1) == PastOutcome::ran);
  CHECK(outcome(run, 2) == PastOutcome::cached);
  CHECK(run.steps[1].began().count() == 10);
  CHECK(run.steps[1].ended().count() == 30);
  CHECK(run.steps[1].reason == "first run");
  CHECK(run.steps[1].outputs.at(0).text == "1.5");
  CHECK(run.steps[1].warnings == std::vector<std::string>{"w"});
  CHECK(run.length.count() == 31);
}

TEST_CASE("of a run that was killed only what something begun came after is known to be cached") {
  const PastRun run = read(R"({"event":"step_started","step":"b","reason":"first run","at_ms":10})"
                           "\n"
                           R"({"event":"step_finished","step":"b","outc)",
                           "crashed");
  CHECK(!run.is_whole);
  CHECK(outcome(run, 0) == PastOutcome::cached);
  CHECK(outcome(run, 1) == PastOutcome::unfinished);
  CHECK(outcome(run, 2) == PastOutcome::unknown);
}

TEST_CASE("attempts lie one behind the other, the last as long as it took") {
  const PastRun run = read(
      R"({"event":"step_started","step":"a","reason":"","at_ms":0})"
      "\n"
      R"({"event":"step_retried","step":"a","attempt":1,"attempts":3,"pause_ms":100,"error":{"message":"no"},"at_ms":50})"
      "\n"
      R"({"event":"step_finished","step":"a","outcome":"ran","duration_ms":30,"attempts":2,"at_ms":200})"
      "\n"
      R"({"event":"run_finished","at_ms":200})");
  const auto& attempts = run.steps[0].attempts;
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].ended.count() == 50);
  CHECK(attempts[0].error == "no");
  CHECK(attempts[1].began.count() == 170);  // it waited for a slot
  CHECK(attempts[1].ended.count() == 200);
  CHECK(attempts[1].error.empty());
}

TEST_CASE("a step given up while it rested has no attempt more than it made") {
  const PastRun run = read(
      R"({"event":"step_started","step":"a","reason":"","at_ms":0})"
      "\n"
      R"({"event":"step_retried","step":"a","attempt":1,"attempts":3,"pause_ms":900000,"error":{"message":"no"},"at_ms":50})"
      "\n"
      R"({"event":"step_finished","step":"a","outcome":"failed","duration_ms":50,"attempts":1,"error":{"message":"no"},"at_ms":60})"
      "\n"
      R"({"event":"run_finished","at_ms":60})",
      "failed");
  REQUIRE(run.steps[0].attempts.size() == 1);
  CHECK(run.steps[0].ended().count() == 50);
  CHECK(run.length.count() == 60);
}

TEST_CASE("of a run that goes on what has begun lasts until now, but for what rests") {
  const engine::RunRecord record{.run = "1", .pipeline = "p", .outcome = "running"};
  const PastRun run = cli::past_run(record,
                                    std::string(graph) +
                                        R"({"event":"step_started","step":"a","reason":"","at_ms":0})"
                                        "\n"
                                        R"({"event":"step_started","step":"b","reason":"","at_ms":0})"
                                        "\n"
                                        R"({"event":"step_retried","step":"b","attempt":1,"attempts":3,"pause_ms":900000,"at_ms":50})",
                                    engine::Milliseconds(1000));
  CHECK(run.steps[0].duration.count() == 1000);
  REQUIRE(run.steps[1].attempts.size() == 1);
  CHECK(run.steps[1].ended().count() == 50);
}

TEST_CASE("requirements without a name are told apart by their place") {
  const PastRun run = read(R"({"event":"requirement_decided","requirement":"","holds":false,"message":"m","file":"p.sdl","line":4,"column":3,"at_ms":1})"
                           "\n"
                           R"({"event":"run_finished","at_ms":2})",
                           "failed");
  CHECK(outcome(run, 3) == PastOutcome::not_reached);
  CHECK(outcome(run, 4) == PastOutcome::failed);
  CHECK(run.steps[4].error.message == "m");
}

TEST_CASE("lines of another kind, and fields of another type, do no harm") {
  const PastRun run = read("[]\nnull\n\n{\"event\":7}\n{\"event\":\"step_finished\",\"step\":[],\"outputs\":3,\"warnings\":{},\"error\":1}\n"
                           "{\"event\":\"graph\",\"steps\":\"no\"}\n{\"event\":\"step_retried\",\"step\":\"a\",\"at_ms\":\"x\"}\n");
  CHECK(run.steps.size() >= 5);
}

TEST_CASE("a run that was killed between two steps is no success for a CI server") {
  const std::string xml = cli::junit_xml(read("", "crashed"));
  CHECK(xml.find("errors=\"1\"") != std::string::npos);
  CHECK(xml.find("<testcase name=\"the run\"") != std::string::npos);
}

TEST_CASE("two runs side by side") {
  const std::string ran =
      R"({"event":"step_started","step":"b","reason":"first run","at_ms":0})"
      "\n"
      R"({"event":"step_finished","step":"b","outcome":"ran","duration_ms":20,"attempts":1,"outputs":{"x":NUMBER},"at_ms":20})"
      "\n"
      R"({"event":"run_finished","at_ms":31})";
  const auto with = [&](const std::string& number) { return std::string(ran).replace(ran.find("NUMBER"), 6, number); };
  const auto attempt = [](const std::string& value) {
    return engine::StepAttempt{.step = "b", .parts = {{"stage", "exec.run 1", "exec.run 1"}, {"input x", value, value}}, .outcome = "ran"};
  };
  cli::RunWithKeys then{read(with("1"), "succeeded", "1"), {attempt("3")}};
  cli::RunWithKeys now{read(with("2"), "succeeded", "2"), {attempt("5")}};

  SUBCASE("parts of the key and outputs that differ are named, others are not") {
    now.run.steps.push_back({.name = "d", .stage = "exec.run", .outcome = PastOutcome::ran});
    const cli::RunDifference difference = cli::run_difference(then, now);
    REQUIRE(difference.steps.size() == 6);
    CHECK(!difference.steps[0].differs());
    REQUIRE(difference.steps[1].parts.size() == 1);
    CHECK(difference.steps[1].parts[0].name == "input x");
    CHECK(difference.steps[1].parts[0].now == "5");
    REQUIRE(difference.steps[1].outputs.size() == 1);
    CHECK(difference.steps[1].outputs[0].then->text == "1");
    CHECK(difference.steps[5].differs());
    CHECK(!difference.steps[5].then);
  }
  SUBCASE("a run that took all from the cache has the steps of the other") {
    const cli::RunWithKeys nothing{cli::past_run({.run = "3", .pipeline = "p", .outcome = "succeeded", .cached = 3}, ""), {}};
    const cli::RunDifference difference = cli::run_difference(then, nothing);
    REQUIRE(difference.steps.size() == 5);
    CHECK(difference.steps[1].now->outcome == PastOutcome::cached);
    CHECK(!difference.steps[0].differs());
    CHECK(difference.notes.size() == 1);
  }
}
