#include "engine/cache/key.hpp"

#include "cache_fixtures.hpp"
#include "engine/cache/state.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "secret_values.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

dsl::Value number(std::int64_t value) {
  return dsl::Value::integer(value);
}
dsl::Value text(std::string_view value) {
  return dsl::Value::text(value);
}

class KeyedStage final : public Stage {
 public:
  explicit KeyedStage(int version = 1) {
    schema_.family = "test";
    schema_.name = "stage";
    schema_.version = version;
  }
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "tests"; }
  Task<Result<StageOutputs>> run(StageContext&) const override { co_return StageOutputs{}; }
  std::vector<std::pair<std::string, std::string>> key_parts(const dsl::Fields&) const override { return own_parts; }

  Result<std::optional<dsl::Fields>> keyed_inputs(const dsl::Fields&, FileDigests&) const override { return keyed; }

  std::vector<std::pair<std::string, std::string>> own_parts;
  std::optional<dsl::Fields> keyed;

 private:
  dsl::StageSchema schema_;
};

/// A step with everything that can be in a key.
struct Step {
  int stage_version = 1;
  std::vector<std::pair<std::string, std::string>> own_parts{{"java", "17"}};
  dsl::Fields inputs{{"epochs", number(3)}, {"script", file_value("/project/train.py")}};
  dsl::Fields environment{{"MODE", text("fast")}};
  std::vector<dsl::NodeOutput> outputs{
      {.name = "model", .type = dsl::Type(dsl::FileType{}), .path = "m.keras", .pattern = {}}};
  std::string name = "train";
};

struct KeyFixture {
  FakeFiles files;
  std::unique_ptr<State> state = memory_state();
  FileDigests digests{files, state->digest_memory()};

  KeyFixture() { files.put("/project/train.py", "print(1)"); }

  StepKey key(const Step& step) {
    KeyedStage stage(step.stage_version);
    stage.own_parts = step.own_parts;
    dsl::Node node;
    node.name = step.name;
    node.schema = &stage.schema();
    node.declared_outputs = step.outputs;
    return need(step_key(node, stage, step.inputs, step.environment, digests));
  }
  std::string difference(const Step& before, const Step& now) {
    return key_difference(key(before).parts, key(now).parts);
  }
};

Step with_input(const std::string& name, dsl::Value value) {
  Step step;
  step.inputs = {{name, std::move(value)}};
  return step;
}

}  // namespace

TEST_CASE("each part of a step is part of its key") {
  KeyFixture fixture;
  std::vector<Step> steps(11);
  steps[1].stage_version = 2;
  steps[2].own_parts[0].second = "21";
  steps[3].own_parts[0].first = "scala";
  steps[4].inputs[0].second = number(4);
  steps[5].inputs[0].first = "rounds";
  steps[6].inputs[1].second = text("/project/train.py");
  steps[7].environment[0].second = text("slow");
  steps[8].environment.clear();
  steps[9].outputs[0].path = "other.keras";
  steps[10].outputs[0].type = dsl::Type(dsl::DirType{});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(fixture.key(steps[i]).hex.size() == 64);
    for (std::size_t j = 0; j < i; ++j) CHECK(fixture.key(steps[i]).hex != fixture.key(steps[j]).hex);
  }
}

TEST_CASE("names, order and places that change no result are not part of the key") {
  KeyFixture fixture;
  const std::string key = fixture.key({}).hex;
  Step renamed;
  renamed.name = "training";
  CHECK(fixture.key(renamed).hex == key);

  fixture.files.put("/elsewhere/t.py", "print(1)");
  Step moved;
  moved.inputs[1].second = file_value("/elsewhere/t.py");
  CHECK(fixture.key(moved).hex == key);
  Step from_a_step;
  from_a_step.inputs[1].second = file_value("/project/.sdl/outputs/ab/train.py", "sha256:" + sha256("print(1)"));
  CHECK(fixture.key(from_a_step).hex == key);

  Step two, two_turned;
  two.environment = {{"A", text("1")}, {"B", text("2")}};
  two_turned.environment = {{"B", text("2")}, {"A", text("1")}};
  CHECK(fixture.key(two).hex == fixture.key(two_turned).hex);
}

TEST_CASE("a file's content is part of the key") {
  KeyFixture fixture;
  const std::string key = fixture.key({}).hex;
  fixture.files.put("/project/train.py", "print(2)");
  CHECK(fixture.key({}).hex != key);
}

TEST_CASE("no two different values look the same to a key") {
  KeyFixture fixture;
  fixture.files.put("/f", "");
  const std::vector<dsl::Value> values{dsl::Value(),
                                       dsl::Value::boolean(false),
                                       dsl::Value::boolean(true),
                                       number(0),
                                       number(1),
                                       dsl::Value(0.0),
                                       dsl::Value(1.0),
                                       dsl::Value(-0.0),
                                       text(""),
                                       text("1"),
                                       text("true"),
                                       text("none"),
                                       dsl::Value(dsl::Duration{1}),
                                       dsl::Value(dsl::Size{1}),
                                       file_value("/f"),
                                       text("sha256:" + sha256("")),
                                       dsl::Value(secret_in_environment("key", "KEY")),
                                       text("key"),
                                       dsl::Value::list({}),
                                       dsl::Value::list({text("a"), text("b")}),
                                       dsl::Value::list({text("a,b")}),
                                       dsl::Value::list({text("ab")}),
                                       dsl::Value::list({dsl::Value::list({text("a")}), text("b")}),
                                       dsl::Value::list({dsl::Value::list({text("a"), text("b")})}),
                                       dsl::Value::map({}),
                                       dsl::Value::record({}),
                                       dsl::Value::map({{"a", number(1)}}),
                                       dsl::Value::record({{"a", number(1)}}),
                                       dsl::Value::record({{"b", number(1)}}),
                                       dsl::Value::handle("python.environment", "1", {}),
                                       dsl::Value::handle("python.environment", "2", {}),
                                       dsl::Value::handle("spark.cluster", "1", {})};
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(dsl::value_text(values[i]));
      CAPTURE(dsl::value_text(values[j]));
      CHECK(fixture.key(with_input("x", values[i])).hex != fixture.key(with_input("x", values[j])).hex);
    }
  }
}

TEST_CASE("the order of a record's fields does not count") {
  KeyFixture fixture;
  const auto ab = dsl::Value::record({{"a", number(1)}, {"b", number(2)}});
  const auto ba = dsl::Value::record({{"b", number(2)}, {"a", number(1)}});
  CHECK(fixture.key(with_input("x", ab)).hex == fixture.key(with_input("x", ba)).hex);
}

TEST_CASE("of a secret only the name enters the key, and what people see") {
  KeyFixture fixture;
  Step step;
  step.environment = {{"PASSWORD", dsl::Value(secret_in_environment("registry", "REGISTRY_PASSWORD"))}};
  const StepKey key = fixture.key(step);
  CHECK(key.parts.back().name == "env PASSWORD");
  CHECK(key.parts.back().display == "secret registry");
  Step from_elsewhere = step;
  from_elsewhere.environment[0].second = dsl::Value(secret_in_file("registry", "/run/password"));
  CHECK(fixture.key(from_elsewhere).hex == key.hex);
}

TEST_CASE("a missing input file and a folder in the place of a file are errors that name them") {
  KeyFixture fixture;
  fixture.files.put("/folder/a", "");
  KeyedStage stage;
  dsl::Node node;
  node.schema = &stage.schema();
  const auto error = [&](dsl::Value value) {
    return step_key(node, stage, {{"x", std::move(value)}}, {}, fixture.digests).error().message;
  };
  CHECK(error(file_value("/gone.py")) == "there is no file or folder `/gone.py`");
  CHECK(error(file_value("/folder")) == "`/folder` is a folder, and a file is expected here");
  CHECK(error(dir_value("/folder/a")) == "`/folder/a` is a file, and a folder is expected here");
}

TEST_CASE("the difference of two keys is the first part that differs, in the user's terms") {
  KeyFixture fixture;
  CHECK(fixture.difference({}, {}).empty());
  Step now;
  now.inputs[0].second = number(5);
  CHECK(fixture.difference({}, now) == "input `epochs` changed: 3 → 5");
  now = {};
  now.stage_version = 2;
  CHECK(fixture.difference({}, now) == "stage `test.stage` is now version 2 (was 1)");
  now = {};
  now.own_parts[0].second = "21";
  CHECK(fixture.difference({}, now) == "java changed: 17 → 21");
  now = {};
  now.environment[0].second = text("slow");
  CHECK(fixture.difference({}, now) == "env `MODE` changed: \"fast\" → \"slow\"");
  now.environment.clear();
  CHECK(fixture.difference({}, now) == "env `MODE` is gone");
  CHECK(fixture.difference(now, {}) == "env `MODE` is new");
  now = {};
  now.outputs[0].path = "n.keras";
  CHECK(fixture.difference({}, now) == "output `model` changed: file at m.keras → file at n.keras");
}

TEST_CASE("a file's change is told by its path, an output's of another step by its name") {
  KeyFixture fixture;
  const auto before = fixture.key({}).parts;
  fixture.files.put("/project/train.py", "print(2)");
  CHECK(key_difference(before, fixture.key({}).parts) == "file /project/train.py changed");
  Step old_output, new_output, another_file;
  old_output.inputs[1].second = file_value("/project/.sdl/outputs/ab/script.py", "sha256:" + sha256("1"));
  new_output.inputs[1].second = file_value("/project/.sdl/outputs/cd/script.py", "sha256:" + sha256("2"));
  CHECK(fixture.difference(old_output, new_output) == "file script.py changed");
  another_file.inputs[1].second = file_value("/project/.sdl/outputs/cd/other.py", "sha256:" + sha256("2"));
  CHECK(fixture.difference(old_output, another_file)
            .starts_with("input `script` changed: script.py (sha256:6b86b273ff34"));
}

TEST_CASE("a file within a list is told of, too") {
  KeyFixture fixture;
  const Step step = with_input("files", dsl::Value::list({file_value("/project/train.py"), text(std::string(60, 'x'))}));
  const auto before = fixture.key(step).parts;
  fixture.files.put("/project/train.py", "print(2)");
  const auto shown = [](const std::string& content) { return "/project/train.py (sha256:" + sha256(content).substr(0, 12) + ')'; };
  CHECK(key_difference(before, fixture.key(step).parts) == "input `files` changed: …" + shown("print(1)") + "… → …" + shown("print(2)") + "…");
}

TEST_CASE("a file within a record within a map is told of by its path and content, and by nothing else of it") {
  KeyFixture fixture;
  const auto entry = [](const std::string& file) { return dsl::Value::record({{"name", text("some name")}, {"file", file_value(file)}}); };
  const Step step = with_input("sets", dsl::Value::map({{"small", entry("/project/train.py")}, {"large", entry("/project/train.py")}}));
  const auto before = fixture.key(step).parts;
  fixture.files.put("/project/train.py", "print(2)");
  const std::string difference = key_difference(before, fixture.key(step).parts);
  CHECK(difference.find("/project/train.py (sha256:" + sha256("print(2)").substr(0, 12)) != std::string::npos);
  CHECK(difference.find("some name") == std::string::npos);
}

TEST_CASE("long values are shown around what differs, and never cut inside a character") {
  KeyFixture fixture;
  const std::string same(200, 'a');
  CHECK(fixture.difference(with_input("script", text(same + "first" + same)),
                           with_input("script", text(same + "second" + same))) ==
        "input `script` changed: …aaaaaaaaaafirstaaaaaaaaaaaaaaa… → …aaaaaaaaaasecondaaaaaaaaaaaaaa…");
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ä";
  const std::string difference = fixture.difference(with_input("x", text(umlauts + "ö" + umlauts)),
                                                    with_input("x", text(umlauts + "ü" + umlauts)));
  CHECK(difference.find("ö") != std::string::npos);
  CHECK(difference.find("ü") != std::string::npos);
  CHECK(fixture.difference(with_input("x", text(same)), with_input("x", text(same + same))).find("→") !=
        std::string::npos);
}

TEST_CASE("known parts are those of the key, without the stage's own") {
  KeyFixture fixture;
  const Step step;
  KeyedStage stage;
  dsl::Node node;
  node.schema = &stage.schema();
  node.declared_outputs = step.outputs;
  const auto known = need(known_key_parts(node, stage, {step.inputs[0]}, {}, fixture.digests));
  REQUIRE(known.size() == 3);
  const auto all = fixture.key(step).parts;
  for (const KeyPart& part : known) CHECK(std::find(all.begin(), all.end(), part) != all.end());
}

TEST_CASE("what a stage says of its inputs stands in the key for them, and the inputs themselves do not") {
  KeyFixture fixture;
  KeyedStage stage;
  dsl::Node node;
  node.schema = &stage.schema();
  const dsl::Fields inputs{{"folder", dsl::Value(dsl::DirValue{"/nowhere", ""})}, {"epochs", number(3)}};
  CHECK_FALSE(step_key(node, stage, inputs, {}, fixture.digests).has_value());
  stage.keyed = dsl::Fields{{"folder", dsl::Value(dsl::DirValue{"/nowhere", "tree:1"})}, {"epochs", number(3)}};
  const StepKey key = need(step_key(node, stage, inputs, {}, fixture.digests));
  CHECK(key.hex == need(step_key_hex(node, stage, inputs, {}, fixture.digests)));
  CHECK(key.parts[1] == KeyPart{"input folder", "D6:tree:1", "nowhere (tree:1)"});
  CHECK(need(known_key_parts(node, stage, inputs, {}, fixture.digests))[1] == key.parts[1]);
  stage.keyed = dsl::Fields{{"folder", dsl::Value(dsl::DirValue{"/nowhere", "tree:2"})}, {"epochs", number(3)}};
  CHECK(key_difference(key.parts, need(step_key(node, stage, inputs, {}, fixture.digests)).parts) == "folder nowhere changed");
}
