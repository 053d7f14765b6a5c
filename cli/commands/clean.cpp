// sdlrun clean: forget results, remove outputs.
#include <istream>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/past_runs.hpp"
#include "cli/project_cleaning.hpp"
#include "cli/report/outside_report.hpp"
#include "cli/report/words.hpp"
#include "engine/closing/closings.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

namespace {

struct CleanChoices {
  PipelineWords words;
  bool yes = false;
  std::string outside;  // a name
};

bool agreed(Console& console) {
  console.output.stream << "remove all of this? [y/N] " << std::flush;
  std::string answer;
  std::getline(console.input, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// What may run elsewhere: to forget it would be to lose it.
std::vector<engine::OutsideRecord> running_outside(const engine::Project& project) {
  engine::RealFiles files;
  auto records = engine::OutsideRecords(project.state_folder, files).open();
  std::erase_if(records, [](const engine::OutsideRecord& record) {
    return record.state == engine::OutsideState::succeeded || record.state == engine::OutsideState::failed;
  });
  return records;
}

int refuse_for(const std::vector<engine::OutsideRecord>& running, const Messages& messages) {
  for (const engine::OutsideRecord& record : running) {
    messages.error({.message = outside_sentence(record) + ": nothing was removed",
                    .hint = "run its pipeline, which takes it over; or end it there, and say `sdlrun clean --outside " + record.name + "`"});
  }
  return exit_code::cannot_work;
}

std::vector<engine::Closing> left_by_killed_runs(const engine::Project& project) {
  engine::RealFiles files;
  return engine::Closings(project.state_folder, files).recorded();
}

int refuse_for(const std::vector<engine::Closing>& left, const Messages& messages) {
  for (const engine::Closing& closing : left) {
    messages.error({.message = closing.what + " was left by run " + closing.run + " of step `" + closing.step + "`: nothing was removed", .hint = "run any pipeline here, which takes it away first"});
  }
  return exit_code::cannot_work;
}

/// Takes the user's word that it is gone.
int clean_outside(Console& console, const engine::Project& project, const std::string& name, const Messages& messages) {
  engine::RealFiles files;
  engine::OutsideRecords records(project.state_folder, files);
  std::vector<std::string> names;
  for (const engine::OutsideRecord& record : records.open()) {
    names.push_back(record.name);
    if (record.name != name) continue;
    if (const auto settled = records.settle(record, "forgotten by `sdlrun clean --outside`"); !settled) {
      messages.error(settled.error());
      return exit_code::cannot_work;
    }
    console.output.say("forgot " + name + ": whatever it is at " + record.place + " is no longer known here\n");
    return exit_code::done;
  }
  messages.error({.message = "nothing by the name `" + name + "` is open outside this machine",
                  .hint = dsl::did_you_mean(name, {names.begin(), names.end()}, "`sdlrun runs` lists what is")});
  return exit_code::wrong_input;
}

/// The whole state: only after a yes.
int clean_all(Console& console, const engine::Project& project, const CleanChoices& choices, const Messages& messages) {
  const ProjectLeavings leavings = leavings_of(project);
  std::ostream& out = console.output.stream;
  if (const auto left = left_by_killed_runs(project); !left.empty()) return refuse_for(left, messages);
  if (leavings.empty()) {
    out << "nothing to clean in " << near_path(project.root) << '\n';
    return exit_code::done;
  }
  if (const auto running = running_outside(project); !running.empty()) return refuse_for(running, messages);
  out << leavings_text(leavings);
  if (!choices.yes && !console.input_is_terminal) {
    messages.error({.message = "nothing was removed", .hint = "say `sdlrun clean --yes` where nobody can be asked"});
    return exit_code::wrong_input;
  }
  if (!choices.yes && !agreed(console)) {
    out << "nothing was removed\n";
    return exit_code::done;
  }
  if (const auto removed = remove_leavings(leavings); !removed) {
    messages.error(removed.error());
    return exit_code::cannot_work;
  }
  out << "removed\n";
  return exit_code::done;
}

/// A step's own name, or those of all steps of a for-each or composite one.
std::vector<std::string> steps_meant(engine::State& state, const std::string& pipeline, const std::string& name) {
  std::vector<std::string> result;
  for (const std::string& step : known_steps(state, pipeline)) {
    if (step == name || step.starts_with(name + '[') || step.starts_with(name + '/')) result.push_back(step);
  }
  if (result.empty()) result.push_back(name);
  return result;
}

int clean_steps(Console& console, const engine::Project& project, const CleanChoices& choices, const Messages& messages) {
  const engine::Result<Session> session = open_session(project, Access::read, messages);
  if (!session) {
    messages.error(session.error());
    return exit_code::cannot_work;
  }
  const std::string pipeline = pipeline_of(choices.words.file, *session->state);
  std::vector<engine::StepAttempt> attempts;
  // A file alone means its pipeline: other pipelines of the project keep what they have.
  const std::vector<std::string> names = choices.words.names.empty() ? known_steps(*session->state, pipeline) : choices.words.names;
  if (names.empty()) console.output.say("nothing to clean: no step of " + choices.words.file + " has run\n");
  for (const std::string& name : names) {
    for (const std::string& step : steps_meant(*session->state, pipeline, name)) {
      const auto attempt = find_attempt(*session->state, {.pipeline = pipeline, .step = step, .run = {}});
      if (!attempt) {
        messages.error(attempt.error());
        return exit_code::wrong_input;
      }
      attempts.push_back(*attempt);
    }
  }
  for (const engine::StepAttempt& attempt : attempts) {
    if (const auto forgotten = forget_step(project, *session, attempt); !forgotten) {
      messages.error(forgotten.error());
      return exit_code::cannot_work;
    }
    console.output.say("forgot " + attempt.step + '\n');
    for (const engine::OutsideRecord& record : records_of(outside_records(*session).open(), pipeline, attempt.step)) {
      console.output.say("  " + outside_sentence(record) + ": kept, the next run of the step takes it over\n");
    }
  }
  return exit_code::done;
}

}  // namespace

int clean_command(Console& console, const Words& words) {
  Options options("clean", "clean [FILE] [STEP…]",
                  "With STEP: forgets the steps' results and removes their outputs, so that they run again.\n"
                  "With FILE alone: does so for all steps of its pipeline.\n"
                  "Without both: shows, and after a yes removes, all that sdlrun keeps of this project: the folder .sdl with its\n"
                  "results, outputs, logs and past runs, and the links in out/. Your own files are never touched.");
  CleanChoices choices;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.flag("-y,--yes", choices.yes, "do not ask");
  options.text("--outside", choices.outside, "NAME", "forget what a step has started elsewhere, once you have ended it there");
  common.declare(options, false);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  choices.words = past_words(given);
  const Messages messages(console, false);
  const engine::Result<engine::Project> project = project_of(choices.words.file);
  if (!project) {
    messages.error(project.error());
    return exit_code::wrong_input;
  }
  if (engine::is_in_use(project->state_folder)) {
    messages.error({.message = "a run goes on in " + near_path(project->root) + ": nothing was removed", .hint = "wait for its end, or stop it with Ctrl-C, and clean then"});
    return exit_code::cannot_work;
  }
  if (!choices.outside.empty()) return clean_outside(console, *project, choices.outside, messages);
  return choices.words.names.empty() && choices.words.file.empty() ? clean_all(console, *project, choices, messages)
                                     : clean_steps(console, *project, choices, messages);
}

}  // namespace sdlrun::cli
