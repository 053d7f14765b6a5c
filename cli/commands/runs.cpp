// sdlrun runs: what has been run here.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/past_runs.hpp"
#include "cli/report/json_text.hpp"
#include "cli/report/outside_report.hpp"
#include "cli/report/table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"

namespace sdlrun::cli {

namespace {

/// A run that was killed has left "running" behind; whether it lives cannot be seen from its record.
std::string listed_outcome(const engine::RunRecord& run) {
  return run.outcome == "running" ? "running or killed" : run.outcome;
}

std::string runs_text(const std::vector<engine::RunRecord>& runs, const Style& style, std::size_t columns) {
  Table table{.heads = {"run", "started", "outcome", "time", "ran", "cached", "failed", "command"}, .rows = {}};
  for (const engine::RunRecord& run : runs) {
    // What it came to is recorded at its end.
    const bool has_ended = run.outcome != "running" && run.outcome != "crashed";
    const auto known = [&](const std::string& text) { return has_ended ? text : std::string(); };
    table.rows.push_back({run.run, moment_text(run.started), listed_outcome(run), known(duration_text(run.duration)), known(std::to_string(run.ran)),
                          known(std::to_string(run.cached)), known(std::to_string(run.failed)), run.command});
  }
  return table_text(table, style, columns);
}

std::string runs_json(const std::vector<engine::RunRecord>& runs) {
  Json result = Json::array();
  for (const engine::RunRecord& run : runs) result.push_back(run_fields(run));
  return json_document(result);
}

int list_runs(Console& console, const PipelineWords& words, std::size_t most, const Session& session, const Messages& messages) {
  const std::string pipeline = words.file.empty() ? "" : pipeline_of(words.file, *session.state);
  const std::vector<engine::RunRecord> runs = past_runs(*session.state, pipeline, most);
  const Screen& screen = console.output;
  if (messages.json()) {
    screen.write(runs_json(runs));
    return exit_code::done;
  }
  screen.say(runs.empty() ? nothing_has_run_text(*session.state, pipeline) + '\n' : runs_text(runs, screen.style, screen.columns()));
  screen.say(outside_text(records_of(outside_records(session).open(), pipeline, ""), screen.style, screen.columns()));
  return exit_code::done;
}

}  // namespace

int runs_command(Console& console, const Words& words) {
  Options options("runs", "runs [FILE]", "Lists past runs of this project, the newest first, and what they have started beyond this machine and not seen to its end.\n"
                  "With FILE those of its pipeline.");
  std::size_t most = 20;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.number("-n,--number", most, "at most so many (20)");
  common.declare(options);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  const PipelineWords told = told_apart(given, true);
  if (!told.names.empty() || !told.params.empty()) return options.refuse(console, "`runs` takes a file and nothing else");
  const Messages messages(console, common.json);
  return with_past(told.file, messages, [&](const engine::Project&, const Session& session) {
    return list_runs(console, told, most, session, messages);
  });
}

}  // namespace sdlrun::cli
