#include "cli/unchanged_run.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/run_view_choice.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "engine/process/left_behind.hpp"
#include "engine/unchanged/notes.hpp"
#include "engine/unchanged/request.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

namespace {

using std::chrono::duration_cast;
using SteadyMoment = std::chrono::steady_clock::time_point;

engine::RunRecord record_of(const engine::UnchangedRun& run, SteadyMoment begun) {
  engine::RunRecord record = run.record;
  record.duration = duration_cast<engine::Milliseconds>(std::chrono::steady_clock::now() - begun);
  record.started = duration_cast<engine::Milliseconds>(std::chrono::system_clock::now().time_since_epoch()) - record.duration;
  record.outcome = "succeeded";
  return record;
}

void tell(RunView& view, const engine::RunRecord& record, const std::vector<engine::OutputPublished>& outputs) {
  const auto steps = static_cast<std::size_t>(record.cached);
  view.show(engine::RunStarted{.run = record.run, .pipeline = record.pipeline, .steps = steps});
  for (const engine::OutputPublished& output : outputs) view.show(output);
  view.show(engine::RunFinished{.run = record.run, .duration = record.duration, .cached = steps});
}

/// Whether what is shown of a run has a word on each cached step.
bool shows_each_step(const RunChoices& choices) { return choices.common.json || choices.loudness() == Loudness::verbose; }

}  // namespace

std::optional<std::string> request_of(const Console& console, const engine::Project& project, const RunChoices& choices) {
  const engine::RealFiles files;
  return engine::request_digest(files, {.project = project, .words = choices.given, .profile = choices.profile, .variables = console.variables});
}

std::optional<int> run_unchanged(Console& console, const RunChoices& choices) {
  if (shows_each_step(choices)) return std::nullopt;
  const SteadyMoment begun = std::chrono::steady_clock::now();
  const SignalBlock signal_block;  // before any thread is started
  const engine::Result<engine::Project> project = engine::find_project(choices.given.front());
  const auto request = project ? request_of(console, *project, choices) : std::nullopt;
  if (!request) return std::nullopt;
  const engine::RealFiles files;
  const auto note = engine::read_note(files, project->state_folder, *request);
  // The state last, and only if all else is as it was: to open it may say something, which then is said at its time.
  if (!note || !engine::fits_machine(note->run) || !engine::is_as_noted(files, *note)) return std::nullopt;
  const engine::Result<Session> session = open_session(*project, Access::write, Messages(console, choices.common.json));
  if (!session) return std::nullopt;
  engine::RunRecord record = record_of(note->run, begun);
  const auto name = session->state->record_repeated_run(record, *request, note->digest);
  if (!name || !*name) return std::nullopt;
  record.run = **name;
  // What an earlier run left when it was killed; if that cannot be removed now, it can be the next time.
  static_cast<void>(session->store->sweep(engine::kill_left_behind));
  spdlog::debug("nothing has changed since a run that had nothing to do");
  tell(*view_of_unchanged_run(console, choices), record, note->run.outputs);
  return exit_code::done;
}

}  // namespace sdlrun::cli
