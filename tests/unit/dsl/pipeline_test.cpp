// From text to nodes: what a file unfolds into, what waits for what, what a late value is.
#include <doctest/doctest.h>

#include "opened_fixture.hpp"

using namespace sdlrun::dsl;

TEST_CASE("a reference is a dependency, and dependencies come first") {
  const Opened opened(R"(pipeline p {
    step late = test.run { input = early.word }
    step early = test.run {} outputs { word: string at stdout }
  })");
  CHECK(opened.pipeline->nodes[0].name == "early");
  CHECK(opened.names(opened.node("late").dependencies) == Names{"early"});
  CHECK(opened.names(opened.pipeline->default_goals) == Names{"late"});
}

TEST_CASE("the arm that is not chosen needs nothing") {
  const char* text = R"(pipeline p {
    param far: bool = false
    step image = test.run {} outputs { name: string at stdout } with { on_demand = true }
    step run = test.run { input = if far then image.name else "none" }
  })";
  CHECK(Opened(text).node("run").dependencies.empty());
  const Opened far(text, {{"far", {"true"}}});
  CHECK(far.names(far.node("run").dependencies) == Names{"image"});
}

TEST_CASE("a for-each step is a node an element") {
  const Opened opened(R"(pipeline p {
    step one[name in ["a", "b"], seed in range(2)] = test.run { input = "${name}${seed}" } outputs { word: string at stdout }
    step all = test.run { input = join(one[*].word, ",") }
    step some = test.run { input = one["b", 1].word }
  })");
  CHECK(opened.names(opened.pipeline->find("one")) == Names{"one[a,0]", "one[a,1]", "one[b,0]", "one[b,1]"});
  CHECK(opened.node("all").dependencies.size() == 4);
  CHECK(opened.names(opened.node("some").dependencies) == Names{"one[b,1]"});
}

TEST_CASE("a stage written in .sdl unfolds into steps with its name before theirs") {
  const Opened opened(R"(
    stage twice {
      input word: string
      step first = test.run { input = word } outputs { word: string at stdout }
      step second = test.run { input = first.word } outputs { word: string at stdout }
      output word = second.word
    }
    pipeline p {
      step a = twice { word = "x" }
      step b = twice { word = a.word }
      step c = test.run {} with { after = [b] }
    })");
  CHECK(opened.names(opened.node("b/first").dependencies) == Names{"a/second"});
  CHECK(opened.names(opened.node("c").dependencies) == Names{"b/first", "b/second"});
  CHECK(opened.names(opened.pipeline->find("a")) == Names{"a/first", "a/second"});
}

TEST_CASE("steps on demand are no goals, and their references do not count") {
  const Opened opened(R"(pipeline p {
    step up = test.run {} outputs { name: string at stdout }
    step down = test.run { input = up.name } with { on_demand = true }
    require named = length(up.name) > 0
  })");
  CHECK(opened.names(opened.pipeline->default_goals) == Names{"up", "named"});
}

TEST_CASE("a late value is evaluated when the step has finished") {
  const Opened opened(R"(pipeline p {
    step count = test.run {} outputs { number: int at stdout }
    let doubled = count.number * 2
    output text = "${doubled} of ${doubled + 1}"
  })");
  Diagnostics diagnostics;
  const PipelineOutput& output = opened.pipeline->outputs.at(0);
  CHECK_FALSE(output.value.known.has_value());
  const auto finished = [](NodeId) { return std::optional(Value::record({{"number", Value::integer(21)}})); };
  const auto value = evaluate(*opened.pipeline, output.value, finished, diagnostics);
  REQUIRE(value.has_value());
  CHECK(plain_text(*value) == "42 of 43");
}

TEST_CASE("a mistake that only the value shows is a diagnostic with its place") {
  const Opened opened(R"(pipeline p {
    step count = test.run {} outputs { number: int at stdout }
    output share = 100 / count.number
  })");
  Diagnostics diagnostics;
  const auto finished = [](NodeId) { return std::optional(Value::record({{"number", Value::integer(0)}})); };
  CHECK_FALSE(evaluate(*opened.pipeline, opened.pipeline->outputs.at(0).value, finished, diagnostics).has_value());
  REQUIRE(diagnostics.error_count() == 1);
  CHECK(diagnostics.sorted().front().name == "division-by-zero");
}

TEST_CASE("JSON that a program wrote is read by its type, and its mistakes are told by their path") {
  const Type type{RecordType{{{"accuracy", Type(FloatType{0.0, 1.0})}, {"rows", Type(ListType{Type(IntType{})})}}, ""}};
  std::string error;
  CHECK(value_from_json(R"({"accuracy": 1, "rows": [1, 2], "more": true})", type, error).has_value());
  CHECK_FALSE(value_from_json(R"({"accuracy": 0.5, "rows": [1, "x"]})", type, error).has_value());
  CHECK(error == "`rows[1]` is `\"x\"`, not `int`");
  CHECK_FALSE(value_from_json(R"({"accuracy": 0.5})", type, error).has_value());
  CHECK(error == "`rows` is missing");
  CHECK_FALSE(value_from_json(R"({"accuracy": 2.0, "rows": []})", type, error).has_value());
  CHECK_FALSE(value_from_json(std::string(100'000, '['), type, error).has_value());
  CHECK(error == "it is nested more than 200 levels deep");
}
