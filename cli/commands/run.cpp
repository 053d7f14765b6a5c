// sdlrun FILE: runs a pipeline.
#include <memory>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/pipeline_run.hpp"
#include "cli/run_choices.hpp"
#include "cli/terminal/live_view.hpp"
#include "cli/unchanged_run.hpp"
#include "engine/process/guardian.hpp"

namespace sdlrun::cli {

namespace {

/// In a process of its own: its parent ends what it leaves behind, and shows the cursor again, however it ends. The pipeline
/// is opened there too, so that the parent stays small, and nobody takes it down again: it is as large as its file.
int run_under_guard(Console& console, const RunChoices& choices) {
  console.output.stream.flush();
  console.errors.stream.flush();
  std::unique_ptr<OpenedPipeline> opened;
  const int code = engine::run_guarded([&] {
    if (const auto unchanged = run_unchanged(console, choices)) return code_once_written(console, *unchanged);
    opened = open_pipeline(choices.request(), Messages(console, choices.common.json));
    const int outcome = opened ? run_opened_pipeline(console, *opened, choices) : exit_code::wrong_input;
    const int written = code_once_written(console, outcome);
    console.errors.stream.flush();
#ifdef __SANITIZE_ADDRESS__
    opened.reset();  // leak checkers do not find their way through the pointers of TBB's containers
#endif
    return written;
  });
  if (console.output.is_terminal) console.output.stream << show_cursor << std::flush;
  return code;
}

}  // namespace

int run_command(Console& console, const Words& words) {
  Options options("", "FILE [name=value…] [goal…]", "Runs a pipeline: what its goals need, and of that what is not cached.");
  RunChoices choices;
  choices.declare(options);
  options.footer("Exit codes: 0 done, 1 a step or requirement failed, 2 wrong usage or file, 3 sdlrun could not work,\n"
                 "130 interrupted. `sdlrun --help` lists the commands.");
  if (const auto code = options.parse(words, console)) return *code;
  choices.common.apply(console);
  if (choices.given.empty()) return options.refuse(console, "no file was named");
  if (find_command(choices.given.front()) != nullptr && missing_file(choices.given.front())) {
    return options.refuse(console, "options stand behind a command, not before it", "try: sdlrun " + shell_text(choices.given) + " …");
  }
  return run_under_guard(console, choices);
}

}  // namespace sdlrun::cli
