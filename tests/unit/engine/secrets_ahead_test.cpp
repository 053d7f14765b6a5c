// Secrets that later steps will not find, told before the first step works.
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

using Texts = std::vector<std::string>;

const std::string two_want_a_token =
    "secret token = env(\"TOKEN\")\n"
    "step a = test.work { label = \"a\" }\n"
    "step b = test.work { label = \"b\", value = a.value, key = token }\n"
    "step c = test.work { label = \"c\", value = b.value, key = \"Bearer ${token}\" }\n";

}  // namespace

TEST_CASE("a secret that later steps will not find is told once, before the first step begins") {
  RunProject project;
  const Report report = project.run(two_want_a_token);
  CHECK(warnings_of(report) == Texts{"the secret `token` is not there: the environment variable `TOKEN` is not set; step `b` will want it"});
  const auto place = [&](const auto& is_it) { return std::find_if(report.events.begin(), report.events.end(), is_it); };
  CHECK(place([](const Event& event) { return std::holds_alternative<RunNoted>(event); }) < place([](const Event& event) { return std::holds_alternative<StepStarted>(event); }));
}

TEST_CASE("a secret that is there, generated, or of a step that will not run, is not told of") {
  RunProject project;
  project.options.user_environment = {{"TOKEN", "t"}};
  const Report report = project.run(two_want_a_token +
                                    "secret made = generated()\n"
                                    "secret other = env(\"OTHER\")\n"
                                    "step d = test.work { value = a.value, key = made }\n"
                                    "step e = test.work { value = a.value, key = other } with { when = false }\n"
                                    "step f = test.work { value = a.value, key = other } with { on_demand = true }\n");
  CHECK(report.success());
  CHECK(warnings_of(report).empty());
}

TEST_CASE("nothing is said of secrets where what wants them comes from the cache, or waits for nothing that runs") {
  RunProject project;
  project.options.user_environment = {{"TOKEN", "t"}};
  REQUIRE(project.run(two_want_a_token).success());
  project.options.user_environment = {};
  CHECK(warnings_of(project.run(two_want_a_token)).empty());
  const Report report = project.run(two_want_a_token + "step alone = test.work { label = \"alone\" }");
  CHECK(report.started() == Texts{"alone"});
  CHECK(warnings_of(report).empty());
}

TEST_CASE("a step that runs without its own secret says so itself") {
  RunProject project;
  const Report report = project.run(
      "secret token = file(\"/none\")\n"
      "step a = test.work {} with { env = { \"TOKEN\": token } }\n"
      "step b = test.work { value = a.value, key = token }");
  CHECK(report.finished("a").error.message.starts_with("the secret `token` cannot be read: "));
  CHECK(warnings_of(report).empty());
}
