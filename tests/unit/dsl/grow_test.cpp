// Gates: what is behind them, and who waits for it.
#include <doctest/doctest.h>

#include <algorithm>

#include "opened_fixture.hpp"

using namespace sdlrun::dsl;

namespace {

/// What steps have found, by their names; the others have not run.
using Found = std::map<std::string, Value>;

Growth opened(Opened& file, std::string_view gate, const Found& found) {
  Diagnostics diagnostics;
  const FinishedOutputs finished = [&](NodeId node) -> std::optional<Value> {
    if (static_cast<std::size_t>(node) >= file.pipeline->nodes.size()) return std::nullopt;  // it is just being added
    const auto outputs = found.find((*file.pipeline)[node].name);
    return outputs == found.end() ? std::nullopt : std::optional(outputs->second);
  };
  auto growth = grow(*file.pipeline, file.pipeline->find(gate).at(0), finished, diagnostics);
  INFO(diagnostics_text(file.sources, diagnostics));
  REQUIRE(growth.has_value());
  return *growth;
}

Value words(const List& list) { return Value::record({{"words", Value::list(List(list))}}); }

}  // namespace

TEST_CASE("a gate stands for the steps over a list that is not known, and waits for what finds the list") {
  const Opened file(R"(pipeline p {
    step find = test.run {} outputs { words: [string] }
    step other = test.run {} outputs { word: string }
    step each[word in find.words] = test.run { input = "${word}${other.word}" }
    step last = test.run {} with { after = [each] }
  })");
  CHECK(file.names(file.node("each[*]").dependencies) == Names{"find"});
  CHECK(file.names(file.pipeline->gates.at(file.pipeline->find("each[*]").at(0))) == Names{"find", "other"});
  CHECK(file.names(file.node("last").dependencies) == Names{"each[*]"});
  CHECK(file.names(file.pipeline->default_goals) == Names{"last"});
}

TEST_CASE("an open gate's steps wait for it and for what they name; what waited for the gate waits for those it uses") {
  Opened file(R"(pipeline p {
    step find = test.run {} outputs { words: [string] }
    step other = test.run {} outputs { word: string }
    step each[word in find.words] = test.run { input = "${word}${other.word}" } outputs { text: string }
    step one = test.run { input = each["b"].text }
    step all = test.run {} with { after = [each] }
  })");
  const Growth growth = opened(file, "each[*]", {{"find", words({Value::text("a"), Value::text("b")})}});
  CHECK(file.names(growth.added) == Names{"each[a]", "each[b]"});
  CHECK(file.names(file.node("each[a]").dependencies) == Names{"other", "each[*]"});
  CHECK(file.names(file.node("one").dependencies) == Names{"each[*]", "each[b]"});
  CHECK(file.names(file.node("all").dependencies) == Names{"each[*]", "each[a]", "each[b]"});
  CHECK(growth.goals.empty());  // `all` comes after each
}

TEST_CASE("a gate behind a gate") {
  Opened file(R"(
  stage inner {
    input name: string
    step look = test.run { input = name } outputs { words: [string] }
    step deep[word in look.words] = test.run { input = word } outputs { text: string }
    output texts = deep[*].text
  }
  pipeline p {
    step find = test.run {} outputs { words: [string] }
    step each[word in find.words] = inner { name = word }
    step last = test.run {} with { after = [each] }
  })");
  Found found{{"find", words({Value::text("a")})}};
  const Growth first = opened(file, "each[*]", found);
  CHECK(file.names(first.added) == Names{"each[a]/look", "each[a]/deep[*]"});
  CHECK(file.names(file.node("last").dependencies) == Names{"each[*]", "each[a]/look", "each[a]/deep[*]"});
  found.emplace("each[a]/look", words({Value::text("x")}));
  const Growth second = opened(file, "each[a]/deep[*]", found);
  CHECK(file.names(second.added) == Names{"each[a]/deep[x]"});
  REQUIRE(second.waiting.size() == 1);
  CHECK(file.names(second.waiting.front().needs) == Names{"each[a]/deep[x]"});
}

TEST_CASE("a step of a choice is behind a gate until the choice can be made") {
  Opened file(R"(pipeline p {
    step find = test.run {} outputs { words: [string] }
    step one = if length(find.words) > 1 then test.run { input = "many" } else test.run { input = "few" }
  })");
  CHECK(file.names(file.node("one[?]").dependencies) == Names{"find"});
  const Growth growth = opened(file, "one[?]", {{"find", words({})}});
  CHECK(file.names(growth.added) == Names{"one"});
  CHECK(*file.pipeline->nodes.back().inputs.front().value.known == Value::text("few"));
}

TEST_CASE("what is switched off needs no list") {
  const Opened file(R"(pipeline p {
    step find = test.run {} outputs { words: [string] }
    step each[word in find.words] = test.run { input = word } with { when = false }
    step one = if length(find.words) > 1 then test.run { input = "many" } else test.run { input = "few" } with { when = false }
  })");
  CHECK(file.pipeline->gates.empty());
  CHECK(file.pipeline->find("each").empty());
  CHECK(file.node("one").is_switched_off());
}
