#include "cli/pipeline_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/report/event_log.hpp"
#include "cli/run_view_choice.hpp"
#include "cli/session.hpp"
#include "cli/shared_cache.hpp"
#include "cli/signals.hpp"
#include "cli/stop_by_signal.hpp"
#include "cli/unchanged_run.hpp"
#include "engine/process/left_behind.hpp"
#include "engine/run/run.hpp"
#include "engine/unchanged/note_taker.hpp"
#include "engine/unchanged/observed_files.hpp"
#include "engine/world/real/machine.hpp"
#include "engine/world/real/open_files.hpp"
#include "engine/world/real/real_world.hpp"

namespace sdlrun::cli {

namespace {

engine::RunOptions run_options(const Console& console, const OpenedPipeline& opened, const RunChoices& choices, std::filesystem::path shared) {
  std::error_code problem;
  const std::filesystem::path file = std::filesystem::absolute(choices.given.front(), problem).lexically_normal();
  std::vector<std::string> words = choices.given;
  if (!choices.profile.empty()) words.insert(words.end(), {"--profile", choices.profile});
  return {.goals = opened.goals,
          .jobs = choices.jobs,
          .machine = engine::machine_limits(),
          .keep_going = choices.keep_going && !choices.fail_fast,
          .project_root = opened.project.root,
          .shared_cache_directory = std::move(shared),
          .file = file.lexically_relative(opened.project.root).string(),
          .command = recorded_command(opened.pipeline, words),
          .user_environment = console.variables};
}

engine::Milliseconds steady_now() {
  return std::chrono::duration_cast<engine::Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

int exit_code_of(const engine::RunResult& result) {
  if (result.interrupted) return exit_code::interrupted;
  return result.success ? exit_code::done : exit_code::failed;
}

engine::Result<int> run(Console& console, OpenedPipeline& opened, const RunChoices& choices,
                        const std::optional<engine::SharedCacheSettings>& shared_cache, const Messages& messages) {
  if (auto enough = engine::check_open_files_limit(); !enough) return tl::unexpected(std::move(enough.error()));
  const SignalBlock signal_block;  // before any thread is started
  engine::Result<Session> session = open_session(opened.project, Access::write, messages);
  if (!session) return tl::unexpected(session.error());
  engine::Result<std::filesystem::path> shared = engine::shared_cache_directory();
  if (!shared) return tl::unexpected(shared.error());
  engine::RunOptions options = run_options(console, opened, choices, std::move(*shared));
  options.shared_cache = shared_cache;
  options.end_left_behind = engine::kill_left_behind;

  engine::ObservedFiles files(*session->files);
  // It outlives the world: while processes may be left, its folder tells of them.
  engine::Store store(opened.project.state_folder, files, &session->state->digest_memory());
  // The executor hands what comes back to its own workers.
  engine::RealWorld real([](std::function<void()> work) { work(); });
  const engine::World world{.clock = real.world().clock, .files = files, .processes = real.world().processes, .remote = real.world().remote};
  std::optional<engine::NoteTaker> note_taker;
  // What was said while the pipeline was opened would be missing the next time.
  if (const auto request = opened.diagnostics.empty() ? request_of(console, opened.project, choices) : std::nullopt) {
    note_taker.emplace(files, *session->state, opened.project.state_folder, *request);
    options.note_taker = &*note_taker;
  }
  engine::StopRequest stop;
  dsl::Diagnostics late;
  engine::Result<engine::RunResult> result = engine::failure("the run has not begun");
  EventLog log({.files = *session->files,
                .state_folder = opened.project.state_folder,
                .pipeline = opened.pipeline,
                .sources = opened.sources,
                .goals = opened.goals,
                .now = steady_now});
  {
    RunViewInUse view(console, opened, choices, *session->state, *session->files);
    StopBySignal stopping(stop, world.processes, view, console.output.is_terminal && !choices.common.json);
    const SignalWatch watch([&](int signal, int count) { stopping.answer(signal, count); });
    result = engine::run_pipeline(opened.pipeline, opened.stages, *session->state, store, world, options, stop,
                                  [&](const engine::Event& event) {
                                    view.show(event);
                                    log.take(event);
                                  },
                                  late);
  }
  if (const auto problem = log.problem()) messages.warning("the run's event log is not whole: " + problem->message);
  messages.diagnostics(opened.sources, late);
  return result.map(exit_code_of);
}

}  // namespace

std::string recorded_command(const dsl::Pipeline& pipeline, const std::vector<std::string>& words) {
  std::vector<std::string> result = {"sdlrun"};
  for (const std::string& word : words) {
    const auto sets_secret = [&](const dsl::PipelineParam& param) {
      return word.starts_with(param.name + '=') && dsl::without_optional(param.type).as<dsl::SecretType>() != nullptr;
    };
    const auto secret = std::find_if(pipeline.params.begin(), pipeline.params.end(), sets_secret);
    result.push_back(secret == pipeline.params.end() ? word : secret->name + "=***");
  }
  return shell_text(result);
}

int run_opened_pipeline(Console& console, OpenedPipeline& opened, const RunChoices& choices) {
  const Messages messages(console, choices.common.json);
  const auto shared_cache = shared_cache_of(opened, console, messages);
  if (!shared_cache) {
    messages.error(shared_cache.error());
    return exit_code::wrong_input;
  }
  if (!looks_good_ahead(opened, messages)) return exit_code::wrong_input;
  const engine::Result<int> code = run(console, opened, choices, *shared_cache, messages);
  if (!code) messages.error(code.error());
  return code.value_or(exit_code::cannot_work);
}

}  // namespace sdlrun::cli
