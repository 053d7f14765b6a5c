// sdlrun gc: take away what nobody has used for long.
#include <charconv>
#include <chrono>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/literal_words.hpp"
#include "cli/past_runs.hpp"
#include "cli/report/collection_report.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

namespace {

constexpr engine::Milliseconds usual_age = std::chrono::hours(30 * 24);

struct CollectionWords {
  std::string older_than, max_size, keep_runs;
  bool dry_run = false;
};

std::optional<std::size_t> count_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

engine::Result<engine::CollectionPolicy> policy_of(const CollectionWords& words) {
  engine::CollectionPolicy policy;
  policy.dry_run = words.dry_run;
  if (!words.older_than.empty() && !(policy.older_than = duration_in(words.older_than))) {
    return engine::failure("`--older-than " + words.older_than + "` is no duration", "such as `30d` or `12h`");
  }
  if (!words.max_size.empty() && !(policy.max_size = size_in(words.max_size))) {
    return engine::failure("`--max-size " + words.max_size + "` is no size", "such as `20GiB` or `500MB`");
  }
  if (!words.keep_runs.empty()) {
    const auto count = count_in(words.keep_runs);
    if (!count) return engine::failure("`--keep-runs " + words.keep_runs + "` is no number", "such as `5`, or `0` to keep none for its own sake");
    policy.keep_runs = *count;
  }
  if (!policy.older_than && !policy.max_size) policy.older_than = usual_age;
  return policy;
}

engine::Milliseconds wall_clock() {
  return std::chrono::duration_cast<engine::Milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

int collect(Console& console, const engine::Project& project, const engine::CollectionPolicy& policy, const Messages& messages) {
  engine::RealFiles files;
  const auto report = engine::collect_garbage(files, project.root, project.state_folder, policy, wall_clock());
  if (!report) {
    messages.error(report.error());
    return exit_code::cannot_work;
  }
  for (const std::string& warning : report->warnings) messages.warning(warning);
  messages.json() ? console.output.write(collection_json(*report, policy)) : console.output.say(collection_text(*report, policy));
  return exit_code::done;
}

}  // namespace

int gc_command(Console& console, const Words& words) {
  Options options("gc", "gc [FILE] [options]",
                  "Removes results and past runs that were not used for 30 days, or by the age and size you name, and what crashes\n"
                  "have left. What was not used for longest goes first. Kept are, whatever their age: what out/ links to, what each\n"
                  "pipeline's last successful run used, and what running engines need: it may be used beside them.\n"
                  "A step whose result has gone runs again. FILE names the project; without it, the current folder does.");
  CollectionWords given;
  std::vector<std::string> files;
  CommonOptions common;
  options.words(files);
  options.text("--older-than", given.older_than, "AGE", "what was not used for so long: 30d, 12h (30d, if no size is named)");
  options.text("--max-size", given.max_size, "SIZE", "and more, until the rest has at most so many bytes: 20GiB");
  options.text("--keep-runs", given.keep_runs, "N", "keep each pipeline's last N successful runs and what they used (1)");
  options.flag("-n,--dry-run", given.dry_run, "only say what would be removed");
  common.declare(options);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  const PipelineWords told = told_apart(files, true);
  if (!told.names.empty() || !told.params.empty()) return options.refuse(console, "`gc` takes a file and nothing else");
  const Messages messages(console, common.json);
  const auto policy = policy_of(given);
  const auto project = policy.and_then([&](const auto&) { return project_of(told.file); });
  if (!project) {
    messages.error(project.error());
    return exit_code::wrong_input;
  }
  return collect(console, *project, *policy, messages);
}

}  // namespace sdlrun::cli
