// sdlrun plan: what a run would do. Touches nothing.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/plan_report.hpp"
#include "cli/session.hpp"
#include "cli/shared_cache.hpp"
#include "cli/slots.hpp"
#include "engine/world/real/machine.hpp"

namespace sdlrun::cli {

namespace {

int show_plan(Console& console, OpenedPipeline& opened, std::size_t jobs, const Messages& messages) {
  engine::Result<Session> session = open_session(opened.project, Access::read, messages);
  if (!session) {
    messages.error(session.error());
    return exit_code::cannot_work;
  }
  const auto shared_cache = shared_cache_of(opened, console, messages);
  if (!shared_cache) {
    messages.error(shared_cache.error());
    return exit_code::wrong_input;
  }
  const engine::PlanContext context{.pipeline = opened.pipeline,
                                    .stages = opened.stages,
                                    .state = *session->state,
                                    .store = *session->store,
                                    .digests = *session->digests,
                                    .has_shared_cache = shared_cache->has_value()};
  const engine::Result<engine::Plan> plan = engine::make_plan(context, opened.goals);
  if (!plan) {
    messages.error(plan.error());
    return exit_code::wrong_input;
  }
  const engine::MachineLimits machine = engine::machine_limits();
  const std::size_t slots = slots_of(jobs, machine);
  const engine::Durations durations = session->state->durations(opened.pipeline.name, engine::durations_considered);
  const engine::Prediction prediction = engine::predict(opened.pipeline, *plan, durations, slots, machine);
  const PlanReport report{.pipeline = opened.pipeline, .plan = *plan, .prediction = prediction, .slots = slots, .says_slots = jobs > 0};
  console.output.stream << (messages.json() ? plan_json(report) : plan_text(report, console.output.style, console.output.columns()));
  return exit_code::done;
}

}  // namespace

int plan_command(Console& console, const Words& words) {
  Options options("plan", "plan FILE [name=value…] [goal…]",
                  "Shows for every step whether it would run, and why. Touches nothing.\n"
                  "Decisions: run, cached, not needed (no goal needs it), later (known once other steps have run).\n"
                  "Then how long the run would take, by what its steps took before, and which steps decide on it.");
  OpenRequest request;
  std::size_t jobs = 0;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.number("-j,--jobs", jobs, "as in a run with so many steps at once (as many as there are processors)");
  options.text("--profile", request.profile, "NAME", "take params from this profile of sdl.yaml");
  common.declare(options);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (given.empty()) return options.refuse(console, "no file was named");
  request.words = told_apart(given, true);
  const Messages messages(console, common.json);
  const auto opened = open_pipeline(request, messages);
  if (opened && !looks_good_ahead(*opened, messages)) return exit_code::wrong_input;
  return opened ? show_plan(console, *opened, jobs, messages) : exit_code::wrong_input;
}

}  // namespace sdlrun::cli
