// sdlrun log: what a step printed.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/past_runs.hpp"
#include "cli/report/words.hpp"
#include "engine/process/log_times.hpp"

namespace sdlrun::cli {

namespace {

struct LogChoices {
  std::string run;
  bool with_times = false;
};

/// "2026-11-24 03:15:02.042".
std::string exact_moment_text(engine::Milliseconds at) {
  const std::string milliseconds = std::to_string(1000 + at.count() % 1000);
  return moment_text(at) + '.' + milliseconds.substr(1);
}

/// A log piece by piece, with the moment before each line at which its first byte came.
class TimedLines {
 public:
  TimedLines(std::ostream& stream, std::vector<engine::LogTime> times) : stream_(stream), times_(std::move(times)) {}

  void add(std::string_view piece) {
    while (!piece.empty()) {
      if (is_at_begin_) stream_ << moment_at(offset_) << "  ";
      const std::size_t end = piece.find('\n');
      const std::string_view line = piece.substr(0, end == std::string_view::npos ? end : end + 1);
      stream_ << line;
      is_at_begin_ = line.ends_with('\n');
      offset_ += line.size();
      piece.remove_prefix(line.size());
    }
  }

 private:
  std::string moment_at(std::uint64_t offset) {
    while (next_ < times_.size() && times_[next_].offset <= offset) ++next_;
    return exact_moment_text(times_[next_ == 0 ? 0 : next_ - 1].at);
  }

  std::ostream& stream_;
  std::vector<engine::LogTime> times_;
  std::size_t next_ = 0;
  std::uint64_t offset_ = 0;
  bool is_at_begin_ = true;
};

engine::Result<std::vector<engine::LogTime>> times_of(const std::filesystem::path& log, const engine::Files& files) {
  const auto text = files.read(engine::log_times_path(log));
  std::vector<engine::LogTime> times = text ? engine::read_log_times(*text) : std::vector<engine::LogTime>();
  if (!times.empty()) return times;
  return engine::failure("when its lines came is not known: there is no `" + engine::log_times_path(log).filename().string() + "` beside the log",
                         "without `-t` it is shown all the same");
}

engine::Result<void> print_log(Console& console, const engine::StepAttempt& attempt, bool with_times, const engine::Files& files) {
  if (attempt.log_file.empty()) {
    return engine::failure("step `" + attempt.step + "` has printed nothing", "`sdlrun explain " + attempt.step + "` tells what came of it");
  }
  if (with_times) {
    auto times = times_of(attempt.log_file, files);
    if (!times) return tl::unexpected(std::move(times.error()));
    TimedLines lines(console.output.stream, std::move(*times));
    return files.read_pieces(attempt.log_file, [&](std::string_view piece) { lines.add(piece); });
  }
  return files.read_pieces(attempt.log_file, [&](std::string_view piece) { console.output.stream << piece; });
}

int show_log(Console& console, const PipelineWords& words, const LogChoices& choices, const Session& session, const Messages& messages) {
  const AttemptQuery query{.pipeline = pipeline_of(words.file, *session.state), .step = words.names.front(), .run = choices.run, .with_log = true};
  const auto printed = find_attempt(*session.state, query).and_then([&](const engine::StepAttempt& attempt) {
    return print_log(console, attempt, choices.with_times, *session.files);
  });
  if (!printed) messages.error(printed.error());
  return printed ? exit_code::done : exit_code::wrong_input;
}

}  // namespace

int log_command(Console& console, const Words& words) {
  Options options("log", "log [FILE] STEP", "Prints what a step printed when it last ran. Without FILE: of the newest run of this project.");
  LogChoices choices;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.flag("-t,--times", choices.with_times, "with the moment before each line at which it came");
  options.text("--run", choices.run, "RUN", "of this run (`sdlrun runs` lists them)");
  common.declare(options, false);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  const PipelineWords told = past_words(given);
  if (told.names.size() != 1) return options.refuse(console, told.names.empty() ? "no step was named" : "one step at a time");
  const Messages messages(console, false);
  return with_past(told.file, messages, [&](const engine::Project&, const Session& session) {
    return show_log(console, told, choices, session, messages);
  });
}

}  // namespace sdlrun::cli
