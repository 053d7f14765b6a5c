// A project in memory for the tests of the executor: whole pipelines on virtual time.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cache_fixtures.hpp"
#include "dsl/check/program.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"
#include "engine/run/run.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/fake/fake_remote.hpp"

namespace sdlrun::engine::run_tests {

using namespace std::chrono_literals;
using cache_tests::need;

using Body = std::function<Task<Result<StageOutputs>>(StageContext&)>;

/// test.<name> { label, value, other, key } → value, file, with a body of the test's own.
class TestStage final : public Stage {
 public:
  TestStage(const std::string& name, Body body)
      : schema_(dsl::StageSchemaBuilder("test", name, "For tests.")
                    .input("label", "string", "Tells steps apart.", "\"\"")
                    .input("value", "int?", "A number.")
                    .input("other", "int?", "Another.")
                    .input("key", "secret<string>?", "A secret.")
                    .output("value", "int", "The number and one more.")
                    .output("file", "file?", "A file, where the body leaves one.")
                    .runs_elsewhere("test.place", "string")
                    .build()),
        body_(std::move(body)) {}
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "works"; }
  Task<Result<StageOutputs>> run(StageContext& context) const override { return body_(context); }

 private:
  dsl::StageSchema schema_;
  Body body_;
};

inline std::int64_t number_or_zero(const dsl::Value& value) {
  const auto* number = value.as<std::int64_t>();
  return number != nullptr ? *number : 0;
}

/// What a stage gives: its input `value` and one more.
inline StageOutputs outputs_of(const StageContext& context, dsl::Value file = {}) {
  const std::int64_t value = number_or_zero(context.inputs()["value"]) + number_or_zero(context.inputs()["other"]) + 1;
  return {{"value", dsl::Value::integer(value)}, {"file", std::move(file)}};
}

/// test.work: runs the program `work LABEL`, which FakeProcesses knows, and fails as it does.
inline Task<Result<StageOutputs>> work(StageContext& context) {
  ProcessRequest request;
  request.command = {"work", context.inputs().text("label")};
  const Result<ProcessResult> result = co_await context.run(std::move(request));
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) co_return failure("exit code " + std::to_string(result->exit_code));
  co_return outputs_of(context);
}

/// test.write: leaves a file `result.txt` that holds its label.
inline Task<Result<StageOutputs>> write(StageContext& context) {
  const auto path = context.work_directory() / "result.txt";
  if (auto written = context.world().files.write(path, context.inputs().text("label")); !written) {
    co_return tl::unexpected(written.error());
  }
  co_return outputs_of(context, dsl::Value(dsl::FileValue{path.string(), ""}));
}

/// What a run has told.
struct Report {
  Result<RunResult> result = failure("not run");
  std::vector<Event> events;
  dsl::Diagnostics diagnostics;

  template <typename Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const Event& event : events) {
      if (const auto* kind = std::get_if<Kind>(&event)) found.push_back(*kind);
    }
    return found;
  }
  bool success() const { return result && result->success; }
  RunFinished end() const { return all<RunFinished>().at(0); }
  StepFinished finished(const std::string& step) const {
    for (const StepFinished& event : all<StepFinished>()) {
      if (event.name == step) return event;
    }
    FAIL("the step " << step << " has not finished");
    return {};
  }
  StepOutcome outcome(const std::string& step) const { return finished(step).outcome; }
  std::vector<std::string> started() const {
    std::vector<std::string> names;
    for (const StepStarted& event : all<StepStarted>()) names.push_back(event.name);
    return names;
  }
};

inline std::vector<std::string> warnings_of(const Report& report) {
  std::vector<std::string> texts;
  for (const RunNoted& note : report.all<RunNoted>()) {
    if (note.is_warning) texts.push_back(note.text);
  }
  return texts;
}

class RunProject {
 public:
  RunProject() {
    add_stage("work", work);
    add_stage("write", write);
    processes.on({"work"}, {.duration = 1s});
    options.jobs = 4;
    options.project_root = "/project";
    options.shared_cache_directory = "/cache";
    options.file = "p.sdl";
    options.on_idle = [this] { return clock.advance_to_next(); };
  }

  void add_stage(const std::string& name, Body body) { stages.add(std::make_unique<TestStage>(name, std::move(body))); }

  /// The pipeline `p` from here on.
  void write_pipeline(const std::string& body) {
    cache_tests::write_text(folder / "p.sdl", "pipeline p {\n" + body + "\n}\n");
    sources = std::make_unique<dsl::Sources>();
    dsl::Diagnostics diagnostics;
    const auto program = dsl::load_program(*sources, folder / "p.sdl", stages.schemas(), diagnostics);
    if (program) pipeline = dsl::open_pipeline(*sources, program, {}, diagnostics);
    REQUIRE_MESSAGE(pipeline.has_value(), dsl::diagnostics_text(*sources, diagnostics));
  }

  World world() { return {.clock = clock, .files = files, .processes = processes, .remote = remote}; }

  Report run() {
    Report report;
    const EventSink sink = [&](const Event& event) { report.events.push_back(event); };
    report.result = run_pipeline(*pipeline, stages, *state, store, world(), options, stop, sink, report.diagnostics);
    return report;
  }
  Report run(const std::string& body) {
    write_pipeline(body);
    return run();
  }

  cache_tests::TemporaryFolder folder;  // of the pipeline's text; all else is in memory
  StageSet stages;
  std::unique_ptr<dsl::Sources> sources;
  std::optional<dsl::Pipeline> pipeline;
  FakeClock clock;
  FakeFiles files;
  FakeProcesses processes{clock, files};
  FakeRemote remote{clock, files};
  std::unique_ptr<State> state = memory_state();
  Store store{"/project/.sdl", files};
  RunOptions options;
  StopRequest stop;
};

}  // namespace sdlrun::engine::run_tests
