// A kept result that somebody outside must confirm before it is believed.
#include "run_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// test.asks { label } → value: 1, each time it runs. Asks the URL http://outside/LABEL: any answer but 200 is a change.
class AskingStage final : public Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "asks"; }
  Task<Result<StageOutputs>> run(StageContext&) const override { co_return StageOutputs{{"value", dsl::Value::integer(1)}}; }
  bool asks_outside(const dsl::Fields& inputs) const override { return dsl::plain_text(inputs[0].second) != "alone"; }

  Task<std::optional<std::string>> changed_outside(StageContext& context, const dsl::Fields& outputs) const override {
    CHECK(outputs.at(0).second == dsl::Value::integer(1));
    HttpRequest request;
    request.url = "http://outside/" + context.inputs().text("label");
    Task<Result<HttpResponse>> asking = context.http(std::move(request));
    const Result<HttpResponse> response = co_await asking;
    if (!response) {
      context.warn("not asked: " + response.error().message);
      co_return std::nullopt;
    }
    if (response->status == 200) co_return std::nullopt;
    co_return "it is another outside";
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("test", "asks", "For tests.").external().input("label", "string", "What it asks for.", "\"a\"").output("value", "int", "1.").build();
};

struct AskingProject : RunProject {
  AskingProject() { stages.add(std::make_unique<AskingStage>()); }
  void answers(int status) { remote.on("http://outside/a", {.response = {.status = status}}); }
};

const std::string one_step = "step a = test.asks {}\nstep b = test.work { value = a.value }";

}  // namespace

TEST_CASE("a result that still holds outside is the step's, and nobody is asked the first time") {
  AskingProject project;
  project.answers(200);
  CHECK(project.run(one_step).outcome("a") == StepOutcome::ran);
  CHECK(project.remote.requests().empty());
  const Report again = project.run();
  CHECK(again.outcome("a") == StepOutcome::cached);
  CHECK(again.outcome("b") == StepOutcome::cached);
  CHECK(again.started().empty());
  CHECK(project.remote.requests().size() == 1);
  CHECK(again.end().cached == 2);
}

TEST_CASE("a result that was overtaken outside is made anew, and says why") {
  AskingProject project;
  project.answers(200);
  project.answers(404);
  project.run(one_step);
  CHECK(project.run().outcome("a") == StepOutcome::cached);
  const Report third = project.run();
  CHECK(third.outcome("a") == StepOutcome::ran);
  CHECK(third.all<StepStarted>().at(0).reason == "it is another outside");
  CHECK(third.outcome("b") == StepOutcome::cached);
}

TEST_CASE("what could not be asked is a warning of that run") {
  AskingProject project;
  project.remote.on("http://outside/a", {.response = {}, .error = Error{"no network"}});
  project.run(one_step);
  const Report again = project.run();
  CHECK(again.outcome("a") == StepOutcome::cached);
  CHECK(again.finished("a").warnings == std::vector<std::string>{"not asked: no network"});
}

TEST_CASE("who need not ask does not") {
  AskingProject project;
  project.run("step a = test.asks { label = \"alone\" }");
  CHECK(project.run().outcome("a") == StepOutcome::cached);
  CHECK(project.remote.requests().empty());
}
