// sdlrun plan: what a run would do. Touches nothing.
#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/plan_report.hpp"
#include "cli/session.hpp"
#include "cli/shared_cache.hpp"
#include "cli/slots.hpp"
#include "engine/plan/lacking_secrets.hpp"
#include "engine/plan/needed_nodes.hpp"
#include "engine/plan/preview.hpp"
#include "engine/run/resources.hpp"
#include "engine/world/real/machine.hpp"
#include "engine/world/real/open_files.hpp"
#include "engine/world/real/real_world.hpp"

namespace sdlrun::cli {

namespace {

/// What it takes to ask the outside what steps would change there; nothing where no stage has a word on that.
struct Outlook {
  engine::RealWorld world{[](std::function<void()> work) { work(); }};
  engine::Previewer previewer;

  Outlook(const Console& console, const OpenedPipeline& opened, std::filesystem::path shared_cache)
      : previewer({.world = world.world(),
                   .pipeline = opened.pipeline.name,
                   .user_environment = console.variables,
                   .project_root = opened.project.root,
                   .state_folder = opened.project.state_folder,
                   .shared_cache_directory = std::move(shared_cache)}) {}
};

std::unique_ptr<Outlook> outlook_of(const Console& console, const OpenedPipeline& opened) {
  const bool has_any = std::any_of(opened.pipeline.nodes.begin(), opened.pipeline.nodes.end(), [&](const dsl::Node& node) {
    const engine::Stage* stage = node.schema == nullptr ? nullptr : opened.stages.find(*node.schema);
    return stage != nullptr && stage->has_preview();
  });
  if (!has_any) return nullptr;
  return std::make_unique<Outlook>(console, opened, engine::shared_cache_directory().value_or(""));
}

/// A run here would be refused; but the plan may be for another machine.
void warn_of_too_small_machine(const OpenedPipeline& opened, const engine::MachineLimits& machine, const Messages& messages) {
  const std::vector<bool> needed = engine::needed_nodes(opened.pipeline, opened.goals);
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    if (const auto possible = engine::check_wants(opened.pipeline.nodes[i], machine); !possible) messages.warning(possible.error().message + ": it cannot run on this machine");
  }
}

std::vector<std::string> lacking_secrets(const Console& console, const OpenedPipeline& opened, const engine::Plan& plan, engine::Files& files) {
  std::vector<bool> may_run(opened.pipeline.nodes.size());
  for (const engine::PlannedStep& step : plan.steps) may_run[dsl::index_of(step.node)] = step.decision == engine::Decision::run || step.decision == engine::Decision::decided_later;
  const engine::Secrets secrets(console.variables, files, opened.project.state_folder);
  std::vector<std::string> texts;
  for (const engine::LackingSecret& secret : engine::lacking_secrets(opened.pipeline, may_run, secrets)) texts.push_back(engine::lacking_secret_text(opened.pipeline, secret));
  return texts;
}

int show_plan(Console& console, OpenedPipeline& opened, std::size_t jobs, const Messages& messages) {
  engine::Result<Session> session = engine::check_open_files_limit().and_then([&] { return open_session(opened.project, Access::read, messages); });
  if (!session) {
    messages.error(session.error());
    return exit_code::cannot_work;
  }
  const auto shared_cache = shared_cache_of(opened, console, messages);
  if (!shared_cache) {
    messages.error(shared_cache.error());
    return exit_code::wrong_input;
  }
  const std::unique_ptr<Outlook> outlook = outlook_of(console, opened);
  const engine::PlanContext context{.pipeline = opened.pipeline,
                                    .stages = opened.stages,
                                    .state = *session->state,
                                    .store = *session->store,
                                    .digests = *session->digests,
                                    .has_shared_cache = shared_cache->has_value(),
                                    .previewer = outlook == nullptr ? nullptr : &outlook->previewer};
  const engine::Result<engine::Plan> plan = engine::make_plan(context, opened.goals);
  if (!plan) {
    messages.error(plan.error());
    return exit_code::wrong_input;
  }
  const engine::MachineLimits machine = engine::machine_limits();
  warn_of_too_small_machine(opened, machine, messages);
  const std::size_t slots = slots_of(jobs, machine);
  const engine::Durations durations = session->state->durations(opened.pipeline.name, engine::durations_considered);
  const engine::Prediction prediction = engine::predict(opened.pipeline, *plan, durations, slots, machine);
  const PlanReport report{.pipeline = opened.pipeline, .plan = *plan, .prediction = prediction, .slots = slots, .says_slots = jobs > 0, .warnings = lacking_secrets(console, opened, *plan, *session->files)};
  if (messages.json()) {
    console.output.write(plan_json(report));
    return exit_code::done;
  }
  for (const std::string& text : report.warnings) messages.warning(text);
  console.output.say(plan_text(report, console.output.style, console.output.columns()));
  return exit_code::done;
}

}  // namespace

int plan_command(Console& console, const Words& words) {
  Options options("plan", "plan FILE [name=value…] [goal…]",
                  "Shows for every step whether it would run, and why. Touches nothing.\n"
                  "What steps such as kubernetes.apply would change outside is asked there, for ten seconds at most.\n"
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
