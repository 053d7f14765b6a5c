// sdlrun report: a past run as files, for people and for other programs.
#include <array>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/history/html_report.hpp"
#include "cli/history/junit_xml.hpp"
#include "cli/history/trace_json.hpp"
#include "cli/past_runs.hpp"
#include "cli/report/words.hpp"

namespace sdlrun::cli {

namespace {

/// Where the reports go; `-` is standard output, empty: not asked for.
struct Targets {
  std::string html;
  std::string trace;
  std::string junit;

  bool empty() const { return html.empty() && trace.empty() && junit.empty(); }
  bool use_output() const { return html == "-" || trace == "-" || junit == "-"; }
  std::array<std::string, 3> all() const { return {html, trace, junit}; }
};

/// Files are renamed into place; a device or a pipe would be gone then.
engine::Result<void> check_targets(const Targets& targets, const engine::Files& files) {
  for (const std::string& target : targets.all()) {
    if (target.empty() || target == "-") continue;
    const auto status = files.status(target);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value() || (*status)->kind == engine::FileKind::regular) continue;
    return engine::failure('`' + target + "` is there, and is no file", "name another file, or `-` for standard output");
  }
  return {};
}

/// Writes the reports that are asked for, and says where.
class Writing {
 public:
  Writing(Console& console, const PastRun& run, const Targets& targets, engine::Files& files)
      : console_(console), run_(run), targets_(targets), files_(files) {}

  engine::Result<void> all() {
    return write(targets_.html, html_report).and_then([&] { return write(targets_.trace, trace_json); }).and_then([&] {
      return write(targets_.junit, junit_xml);
    });
  }

 private:
  engine::Result<void> write(const std::string& target, std::string (*report)(const PastRun&)) {
    if (target.empty()) return {};
    if (target == "-") {
      console_.output.stream << report(run_);
      return {};
    }
    std::error_code problem;
    const std::filesystem::path path = std::filesystem::absolute(target, problem).lexically_normal();
    if (problem) return engine::failure("the current folder is gone", "change to another one");
    if (auto made = files_.make_directories(path.parent_path()); !made) return made;
    if (auto written = files_.write(path, report(run_)); !written) return written;
    (targets_.use_output() ? console_.errors : console_.output).say("wrote " + near_path(path) + '\n');
    return {};
  }

  Console& console_;
  const PastRun& run_;
  const Targets& targets_;
  engine::Files& files_;
};

int report(Console& console, const PipelineWords& words, Targets targets, const engine::Project& project, const Session& session, const Messages& messages) {
  const std::string pipeline = words.file.empty() ? "" : pipeline_of(words.file, *session.state);
  const std::string name = words.names.empty() ? "" : words.names.front();
  const auto run = check_targets(targets, *session.files)
                       .and_then([&] { return find_run(*session.state, pipeline, name); })
                       .and_then([&](const engine::RunRecord& record) { return read_past_run(record, project, *session.files); });
  if (!run) {
    messages.error(run.error());
    return exit_code::wrong_input;
  }
  if (targets.empty()) targets.html = (project.root / "out" / ("report-" + run->record.run + ".html")).string();
  const auto written = Writing(console, *run, targets, *session.files).all();
  if (!written) messages.error(written.error());
  return written ? exit_code::done : exit_code::cannot_work;
}

}  // namespace

int report_command(Console& console, const Words& words) {
  Options options("report", "report [FILE] [RUN]",
                  "Writes a report of a run: of the newest one of this project (with FILE: of its pipeline), or of RUN.\n"
                  "Without options: an HTML file in out/. `-` as a FILE is standard output.");
  Targets targets;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.text("--html", targets.html, "FILE", "one HTML file that needs nothing else: graph, timeline, reasons, failures");
  options.text("--trace", targets.trace, "FILE", "a trace for ui.perfetto.dev or chrome://tracing");
  options.text("--junit", targets.junit, "FILE", "JUnit XML, for CI servers");
  common.declare(options, false);
  options.footer("`sdlrun runs` lists the runs of this project.");
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  const PipelineWords told = past_words(given);
  if (told.names.size() > 1 || !told.params.empty()) return options.refuse(console, "one run at a time");
  const Messages messages(console, false);
  return with_past(told.file, messages, [&](const engine::Project& project, const Session& session) {
    return report(console, told, targets, project, session, messages);
  });
}

}  // namespace sdlrun::cli
