// sdlrun explain: why a step ran, was cached, or would run.
#include <algorithm>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/past_runs.hpp"
#include "cli/report/explanation.hpp"
#include "cli/report/outside_report.hpp"
#include "cli/report/run_explanation.hpp"
#include "cli/run_choices.hpp"
#include "cli/shared_cache.hpp"
#include "dsl/pipeline/gate_name.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t most_attempts_searched = 10'000;

/// What the newest run was asked for, with its file as it is found from here. Nothing where its record says too little.
std::optional<OpenRequest> request_of_newest_run(const Console& console, const engine::Project& project, engine::State& state) {
  const std::optional<engine::RunRecord> newest = newest_run(state, "");
  if (!newest) return std::nullopt;
  std::vector<std::string> words = shell_words(newest->command);
  if (!words.empty()) words.erase(words.begin());
  Options options("", "", "");
  RunChoices choices;
  choices.declare(options);
  if (options.parse(words, console) || choices.given.empty()) return std::nullopt;
  OpenRequest request = choices.request();
  request.words.file = (project.root / newest->file).string();
  request.words.names.clear();
  if (missing_file(request.words.file)) return std::nullopt;
  return request;
}

/// What would be done with one step now.
engine::Result<engine::Plan> plan_now(OpenedPipeline& opened, const Session& session, bool has_shared_cache, const std::vector<dsl::NodeId>& goals) {
  const engine::PlanContext context{.pipeline = opened.pipeline,
                                    .stages = opened.stages,
                                    .state = *session.state,
                                    .store = *session.store,
                                    .digests = *session.digests,
                                    .has_shared_cache = has_shared_cache,
                                    .wants_all_parts = true};
  return engine::make_plan(context, goals);
}

engine::Result<engine::PlannedStep> planned_now(OpenedPipeline& opened, const Session& session, bool has_shared_cache, dsl::NodeId step) {
  return plan_now(opened, session, has_shared_cache, {step}).map([&](const engine::Plan& plan) {
    return *std::find_if(plan.steps.begin(), plan.steps.end(), [&](const engine::PlannedStep& planned) { return planned.node == step; });
  });
}

std::string stage_of(const dsl::Node& node) {
  switch (node.kind) {
    case dsl::NodeKind::gate: return "gate";
    case dsl::NodeKind::requirement: return "require";
    case dsl::NodeKind::step: break;
  }
  return node.schema->full_name();
}

/// What a gate came to in the newest run of its pipeline.
std::optional<std::vector<std::string>> steps_of_gate(engine::State& state, const std::string& pipeline, const dsl::Node& node) {
  if (node.kind != dsl::NodeKind::gate) return std::nullopt;
  std::vector<std::string> steps;
  const std::optional<engine::RunRecord> run = newest_run(state, pipeline);
  if (!run) return steps;
  for (engine::StepAttempt& attempt : state.attempts(run->run)) {
    if (dsl::may_be_behind(node, attempt.step)) steps.push_back(std::move(attempt.step));
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

/// The step's past alone, where its pipeline cannot be opened.
int explain_past(Console& console, engine::State& state, const std::string& step, const Messages& messages) {
  const auto last = find_attempt(state, {.pipeline = pipeline_of("", state), .step = step, .run = {}});
  if (!last) {
    messages.error(last.error());
    return exit_code::wrong_input;
  }
  const Explanation explanation{.step = step, .stage = {}, .last = *last, .planned = {}, .outside = {}};
  const Screen& screen = console.output;
  messages.json() ? screen.write(explanation_json(explanation)) : screen.say(explanation_text(explanation, screen.style, screen.columns()));
  return exit_code::done;
}

int explain_present(Console& console, const OpenRequest& request, const Session& session, const std::string& name, const Messages& messages) {
  const auto opened = open_pipeline(request, messages);
  if (!opened) return exit_code::wrong_input;
  // Steps behind gates have names once there is a plan; what is wrong with one is said of the step that is asked for.
  if (opened->pipeline.opener) static_cast<void>(plan_now(*opened, session, false, {}));
  const auto steps = find_steps(opened->pipeline, name);
  if (!steps) {
    messages.error(steps.error());
    return exit_code::wrong_input;
  }
  const auto shared_cache = shared_cache_of(*opened, console, messages);
  if (!shared_cache) {
    messages.error(shared_cache.error());
    return exit_code::wrong_input;
  }
  const Screen& screen = console.output;
  for (const dsl::NodeId step : *steps) {
    const dsl::Node& node = opened->pipeline[step];
    const auto planned = planned_now(*opened, session, shared_cache->has_value(), step);
    if (!planned) {
      messages.error(planned.error());
      return exit_code::wrong_input;
    }
    if (node.kind == dsl::NodeKind::gate && planned->decision == engine::Decision::cached) continue;  // its steps are there
    const Explanation explanation{.step = node.name,
                                  .stage = stage_of(node),
                                  .last = session.state->last_attempt(opened->pipeline.name, node.name),
                                  .planned = *planned,
                                  .steps = steps_of_gate(*session.state, opened->pipeline.name, node),
                                  .outside = records_of(outside_records(session).open(), opened->pipeline.name, node.name)};
    messages.json() ? screen.write(explanation_json(explanation)) : screen.say(explanation_text(explanation, screen.style, screen.columns()));
  }
  return exit_code::done;
}

int explain(Console& console, OpenRequest request, const engine::Project& project, const Session& session, const Messages& messages) {
  const std::string step = std::exchange(request.words.names, {}).front();
  if (!request.words.file.empty()) return explain_present(console, request, session, step, messages);
  const std::optional<OpenRequest> newest = request_of_newest_run(console, project, *session.state);
  if (!newest) return explain_past(console, *session.state, step, messages);
  return explain_present(console, *newest, session, step, messages);
}

/// The step in one run, or in two.
engine::Result<RunExplanation> explained_runs(engine::State& state, const std::string& step, const std::vector<std::string>& names) {
  std::vector<engine::RunRecord> runs;
  for (const std::string& name : names) {
    auto run = find_run(state, "", name);
    if (!run) return tl::unexpected(std::move(run.error()));
    runs.push_back(std::move(*run));
  }
  if (auto comparable = check_comparable(runs.front(), runs.back()); runs.size() > 1 && !comparable) return tl::unexpected(std::move(comparable.error()));
  const std::vector<engine::StepAttempt> history = state.history(runs.front().pipeline, step, most_attempts_searched);
  std::vector<StepInRun> sides;
  for (const engine::RunRecord& run : runs) {
    auto attempt = find_attempt(state, {.pipeline = run.pipeline, .step = step, .run = run.run});
    if (!attempt) return tl::unexpected(std::move(attempt.error()));
    sides.push_back(step_in_run(std::move(*attempt), history));
  }
  if (sides.size() > 1) return explain_run(sides[1], sides[0], true, history);
  return explain_run(sides[0], one_before(sides[0], history), false, history);
}

int explain_runs(Console& console, engine::State& state, const std::string& step, const std::vector<std::string>& names, const Messages& messages) {
  const auto explanation = explained_runs(state, step, names);
  if (!explanation) {
    messages.error(explanation.error());
    return exit_code::wrong_input;
  }
  const Screen& screen = console.output;
  messages.json() ? screen.write(run_explanation_json(*explanation)) : screen.say(run_explanation_text(*explanation, screen.style, screen.columns()));
  return exit_code::done;
}

}  // namespace

int explain_command(Console& console, const Words& words) {
  Options options("explain", "explain [FILE [name=value…]] STEP [RUN1 RUN2]",
                  "Tells why a step ran or was cached the last time, and what would be done with it now: the parts of its\n"
                  "key, then and now. Without FILE: as in the newest run of this project. With RUN1 and RUN2: what of its key\n"
                  "differs between these two runs, and since when.");
  OpenRequest request;
  std::string run;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.text("--profile", request.profile, "NAME", "take params from this profile of sdl.yaml");
  options.text("--run", run, "RUN", "why it ran or was cached in this run, against the time before (`sdlrun runs` lists them)");
  common.declare(options);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  request.words = past_words(given);
  std::vector<std::string>& names = request.words.names;
  if (names.empty()) return options.refuse(console, "no step was named");
  if (names.size() != 1 && names.size() != 3) return options.refuse(console, "one step at a time, and with it no run or two", "sdlrun explain STEP RUN1 RUN2");
  if (names.size() == 3 && !run.empty()) return options.refuse(console, "`--run` names a third run", "name one run, or two");
  std::vector<std::string> runs(names.begin() + 1, names.end());
  if (!run.empty()) runs = {run};
  if (request.words.file.empty() && !request.words.params.empty()) {
    return options.refuse(console, "params belong to a file, and none was named");
  }
  const Messages messages(console, common.json);
  return with_past(request.words.file, messages, [&](const engine::Project& project, const Session& session) {
    if (!runs.empty()) return explain_runs(console, *session.state, names.front(), runs, messages);
    return explain(console, request, project, session, messages);
  });
}

}  // namespace sdlrun::cli
