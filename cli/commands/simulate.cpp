// sdlrun simulate: what a run would do, on virtual time. Touches nothing.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/simulation_report.hpp"
#include "cli/session.hpp"
#include "cli/slots.hpp"
#include "engine/world/real/machine.hpp"

namespace sdlrun::cli {

namespace {

struct SimulationChoices {
  SimulationWords words;
  std::size_t jobs = 0;
  bool keep_going = false;
};

engine::SimulationRequest simulation_request(const OpenedPipeline& opened, const SimulationChoices& choices, const SimulatedWorks& works) {
  const engine::MachineLimits machine = engine::machine_limits();
  return {.goals = opened.goals,
          .jobs = slots_of(choices.jobs, machine),
          .machine = machine,
          .keep_going = choices.keep_going,
          .work = works.work};
}

int refuse(const Messages& messages, const engine::Error& error) {
  messages.error(error);
  return exit_code::wrong_input;
}

int simulate(Console& console, const OpenedPipeline& opened, const SimulationChoices& choices, const Messages& messages) {
  const engine::Result<Session> session = open_session(opened.project, Access::read, messages);
  if (!session) {
    messages.error(session.error());
    return exit_code::cannot_work;
  }
  const auto works = simulated_works(opened.pipeline, choices.words, *session->state);
  if (!works) return refuse(messages, works.error());
  const engine::SimulationRequest request = simulation_request(opened, choices, *works);
  const auto simulation = engine::simulate(opened.pipeline, request);
  if (!simulation) return refuse(messages, simulation.error());
  const engine::Analysis analysis = engine::analyse(opened.pipeline, *simulation, request.jobs);
  const SimulationReport report{.pipeline = opened.pipeline, .works = *works, .simulation = *simulation, .analysis = analysis};
  const Screen& screen = console.output;
  messages.json() ? screen.write(simulation_json(report)) : screen.say(simulation_text(report, screen.style, screen.columns()));
  return exit_code::done;
}

}  // namespace

int simulate_command(Console& console, const Words& words) {
  Options options("simulate", "simulate FILE [name=value…] [goal…]",
                  "Shows what retries, timeouts, slots and pools would do in a run in which nothing is cached, on virtual\n"
                  "time. Steps take as long as they last did. No program starts, nothing is written, no secret is read.");
  OpenRequest request;
  SimulationChoices choices;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.texts("--fail", choices.words.failures, "STEP[:ATTEMPTS]", "let a step fail: each time, or so many attempts");
  options.texts("--duration", choices.words.durations, "STEP=TIME", "let a step take so long: `train=2m`");
  options.number("-j,--jobs", choices.jobs, "at most so many steps at once (as many as there are processors)");
  options.flag("-k,--keep-going", choices.keep_going, "after a failure, run all that does not need the failed step");
  options.text("--profile", request.profile, "NAME", "take params from this profile of sdl.yaml");
  common.declare(options);
  options.footer("`--fail` and `--duration` may be given several times; a step in brackets, or all of that name.\n"
                 "What a step gives is not known: a `when` that asks for it is taken as true, a requirement as met.");
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (given.empty()) return options.refuse(console, "no file was named");
  request.words = told_apart(given, true);
  const Messages messages(console, common.json);
  const auto opened = open_pipeline(request, messages);
  return opened ? simulate(console, *opened, choices, messages) : exit_code::wrong_input;
}

}  // namespace sdlrun::cli
