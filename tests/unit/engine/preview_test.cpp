// What a stage would change outside, asked for a plan: within its time, and without a trace.
#include "engine/plan/preview.hpp"

#include "cache_fixtures.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

/// Answers at once, or never.
class OneAnswer final : public Remote {
 public:
  void call(HttpRequest, std::function<void(Result<HttpResponse>)> done) override {
    if (answer) done(HttpResponse{.status = 200, .body = *answer});
  }
  std::optional<std::string> answer = {};
};

class LookingStage final : public Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "looks"; }
  Task<Result<StageOutputs>> run(StageContext&) const override { co_return StageOutputs{}; }
  bool has_preview() const override { return true; }

  Task<Result<std::vector<std::string>>> preview(StageContext& context) const override {
    CHECK(context.pipeline_name() == "p");
    CHECK(context.step_name() == "a");
    CHECK_FALSE(context.at_end({}).has_value());
    CHECK(context.world().files.write(context.scratch_directory() / "note", "x").has_value());
    scratch = context.scratch_directory();
    HttpRequest request;
    request.url = "http://outside/";
    Task<Result<HttpResponse>> asking = context.http(std::move(request));
    const Result<HttpResponse> response = co_await asking;
    if (!response) co_return tl::unexpected(response.error());
    co_return std::vector<std::string>{response->body};
  }

  mutable std::filesystem::path scratch = {};

 private:
  dsl::StageSchema schema_ = dsl::StageSchemaBuilder("test", "looks", "For tests.").build();
};

struct Outside {
  Preview ask(Milliseconds patience) {
    Previewer previewer({.world = {.clock = clock, .files = files, .processes = processes, .remote = remote}, .pipeline = "p", .project_root = "/", .patience = patience});
    dsl::Node node;
    node.name = "a";
    return previewer.ask(stage, node, {}, {});
  }

  FakeClock clock;
  RealFiles files;
  FakeProcesses processes{clock, files};
  OneAnswer remote;
  LookingStage stage;
};

}  // namespace

TEST_CASE("a preview asks the outside and leaves nothing behind") {
  Outside world;
  world.remote.answer = "+ one";
  CHECK(need(world.ask(Milliseconds(60'000))) == std::vector<std::string>{"+ one"});
  CHECK_FALSE(std::filesystem::exists(world.stage.scratch));
}

TEST_CASE("a preview that nobody answers ends when its time is up") {
  Outside world;
  const Preview preview = world.ask(Milliseconds(50));
  REQUIRE_FALSE(preview.has_value());
  CHECK(preview.error().message == "it took too long");
  CHECK_FALSE(std::filesystem::exists(world.stage.scratch));
  const Preview late = world.ask(Milliseconds(0));
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().message == "those before it took too long");
}
