#include "engine/cache/value_codec.hpp"

#include <cmath>
#include <limits>

#include "cache_fixtures.hpp"
#include "engine/cache/usual_outputs.hpp"
#include "secret_values.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

const std::filesystem::path folder = "/project/.sdl";

dsl::Value there_and_back(const dsl::Value& value) {
  const std::string text = encode_value(value, folder).dump();
  const auto decoded = decode_value(nlohmann::json::parse(text), folder);
  REQUIRE_MESSAGE(decoded.has_value(), text);
  return *decoded;
}

}  // namespace

TEST_CASE("every value comes back as it was, type and all") {
  const std::vector<dsl::Value> values{
      dsl::Value(),
      dsl::Value::boolean(true),
      dsl::Value::integer(0),
      dsl::Value::integer(INT64_MIN),
      dsl::Value::integer(INT64_MAX),
      dsl::Value(1.0),
      dsl::Value(0.1),
      dsl::Value(1e308),
      dsl::Value(5e-324),
      dsl::Value(std::numeric_limits<double>::infinity()),
      dsl::Value(-std::numeric_limits<double>::infinity()),
      dsl::Value::text(""),
      dsl::Value::text("a\n\"b\" ü \x01"),
      dsl::Value::text(std::string_view("nul\0byte", 8)),
      dsl::Value::text("\xff\xfe not UTF-8 \xc3"),
      dsl::Value(dsl::Duration{-5}),
      dsl::Value(dsl::Size{INT64_MAX}),
      file_value("/elsewhere/a", "sha256:1"),
      file_value("/project/.sdl/outputs/ab/a b.txt", "sha256:2+x"),
      file_value("/project/.sdl/outputs/ab/\xff", "sha256:2"),
      dir_value("/project/.sdl/outputs/ab", "tree:3"),
      dsl::Value::list({}),
      dsl::Value::list({dsl::Value(), dsl::Value::list({dsl::Value(2.5)})}),
      dsl::Value::map({{"b", dsl::Value::integer(1)}, {"a", dsl::Value::text("x")}, {"\xff", dsl::Value()}}),
      dsl::Value::record({{"bytes", dsl::Value::text("ff")}}),
      dsl::Value::record({})};
  for (const dsl::Value& value : values) CHECK(there_and_back(value) == value);
  CHECK(std::signbit(*there_and_back(dsl::Value(-0.0)).as<double>()));
  CHECK(std::isnan(*there_and_back(dsl::Value(std::nan(""))).as<double>()));
}

TEST_CASE("fields keep their order, and handles what they hold") {
  const auto record = dsl::Value::record({{"z", dsl::Value::integer(1)}, {"a", dsl::Value::integer(2)}});
  CHECK(there_and_back(record).as_fields()->front().first == "z");
  const auto handle =
      there_and_back(dsl::Value::handle("python.environment", "sha256:9", {{"path", dsl::Value::text("/venv")}}));
  CHECK(handle.as<dsl::Handle>()->type == "python.environment");
  CHECK(handle.as<dsl::Handle>()->digest == "sha256:9");
  CHECK(*handle.find("path")->as<std::string>() == "/venv");
}

TEST_CASE("of a secret only the name is stored") {
  const dsl::Value secret(secret_in_environment("registry", "REGISTRY_PASSWORD"));
  CHECK(encode_value(secret, folder).dump() == R"({"secret":"registry"})");
  CHECK(there_and_back(secret).as<dsl::SecretValue>()->place == nullptr);
}

TEST_CASE("paths below the state folder are stored relative to it, so that a project can be moved") {
  const auto json = encode_value(file_value("/project/.sdl/outputs/ab/m.keras", "sha256:1"), folder);
  CHECK(json.dump() == R"({"file":["outputs/ab/m.keras","sha256:1"]})");
  CHECK(decode_value(json, "/moved/.sdl")->as<dsl::FileValue>()->path == "/moved/.sdl/outputs/ab/m.keras");
  CHECK(encode_value(file_value("/project/.sdlx/a", ""), folder).dump() == R"({"file":["/project/.sdlx/a",""]})");
}

TEST_CASE("what is not of this form is nothing, and never a wrong value") {
  for (const char* text : {"{}",
                           R"({"float":"1x"})",
                           R"({"float":1})",
                           R"({"float":""})",
                           R"({"size":1.5})",
                           R"({"size":18446744073709551615})",
                           R"({"file":"a"})",
                           R"({"file":["a"]})",
                           R"({"file":[1,2]})",
                           R"({"map":[["a"]]})",
                           R"({"map":{"a":1}})",
                           R"({"bytes":"f"})",
                           R"({"bytes":"zz"})",
                           R"({"list":[]})",
                           R"({"secret":1})",
                           R"({"handle":["a","b"]})",
                           R"({"duration":1,"size":1})",
                           R"([{"oops":1}])",
                           "1.5",
                           "18446744073709551615"}) {
    CHECK_MESSAGE(!decode_value(nlohmann::json::parse(text), folder).has_value(), text);
  }
}

TEST_CASE("the usual outputs are read without a tree of JSON, as the same values") {
  const dsl::Fields outputs{{"model", file_value("/project/.sdl/outputs/ab/model.keras", "sha256:1+x")},
                            {"data", dir_value("/elsewhere/data", "tree:2")},
                            {"none", dsl::Value()},
                            {"yes", dsl::Value::boolean(true)},
                            {"no", dsl::Value::boolean(false)},
                            {"low", dsl::Value::integer(INT64_MIN)},
                            {"text", dsl::Value::text("loss: 0.5, it's [done]")},
                            {"empty", dsl::Value::list({})},
                            {"list", dsl::Value::list({dsl::Value::integer(1), dsl::Value::list({file_value("/a", "sha256:3")})})}};
  for (const dsl::Fields& some : {outputs, dsl::Fields{}, dsl::Fields{outputs.front()}}) {
    const std::string text = encode_fields(some, folder).dump();
    const auto usual = decode_usual_outputs(text, folder);
    REQUIRE_MESSAGE(usual.has_value(), text);
    CHECK(*usual == some);
    CHECK(*usual == *decode_fields(nlohmann::json::parse(text), folder));
  }
  CHECK(decode_usual_outputs(encode_fields({outputs.front()}, folder).dump(), "/moved/.sdl")->front().second == file_value("/moved/.sdl/outputs/ab/model.keras", "sha256:1+x"));
}

TEST_CASE("what is not usual is left to the one who reads all, and so is what is cut off") {
  for (const dsl::Value& value : {dsl::Value(0.5), dsl::Value::text("a\"b"), dsl::Value::text("ü"), dsl::Value::text("\xff"), dsl::Value::record({}),
                                  dsl::Value(dsl::Duration{1}), file_value("/project/.sdl/ü", "sha256:1")}) {
    const std::string text = encode_fields({{"out", value}}, folder).dump();
    CHECK_MESSAGE(!decode_usual_outputs(text, folder).has_value(), text);
  }
  const std::string whole = R"([["a",{"file":["outputs/a","sha256:1"]}],["b",[1,"x",null,true]]])";
  REQUIRE(decode_usual_outputs(whole, folder).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_MESSAGE(!decode_usual_outputs(whole.substr(0, size), folder).has_value(), whole.substr(0, size));
  }
  for (const char* text : {R"([["a",1.5]])", R"([["a",1e5]])", R"([["a",18446744073709551615]])", R"([["a",1],])", R"([["a"]])", R"([["a",1]]x)", R"([["a",{"file":["b"]}]])"}) {
    CHECK_MESSAGE(!decode_usual_outputs(text, folder).has_value(), text);
  }
}

TEST_CASE("a file made to break us cannot nest without end") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += '[';
  for (int i = 0; i < 100'000; ++i) text += ']';
  CHECK_FALSE(decode_value(nlohmann::json::parse(text), folder).has_value());
}
