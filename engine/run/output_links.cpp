#include "engine/run/output_links.hpp"

#include <algorithm>
#include <limits>

#include "engine/world/lies_below.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

fs::path link_place(const RunContext& run, const std::string& output) {
  return run.options.project_root / "out" / run.pipeline.name / output;
}

Result<void> check_place(const RunContext& run, const std::string& output) {
  const fs::path place = link_place(run, output);
  const auto status = run.world.files.status(place);
  if (!status) return tl::unexpected(status.error());
  if (!status->has_value()) return {};
  const std::string hint = "move it away, or rename the output";
  const std::string message = "the output `" + output + "` cannot be linked to `" + place.string() + "`: ";
  if ((*status)->kind != FileKind::symbolic_link) return failure(message + "there is something else, which is kept", hint);
  const auto target = run.world.files.read_link(place);
  if (!target) return tl::unexpected(target.error());
  const fs::path full = place.parent_path() / *target;
  if (lies_below(full, run.options.project_root) || lies_below(full, run.store.state_folder())) return {};
  return failure(message + "there is a link to `" + *target + "`, which is not ours", hint);
}

/// Nothing where the value is no file or folder.
std::optional<fs::path> published_path(const dsl::Value& value) {
  if (const auto* file = value.as<dsl::FileValue>()) return file->path;
  if (const auto* folder = value.as<dsl::DirValue>()) return folder->path;
  return std::nullopt;
}

/// Where `out` or a folder in it leads elsewhere, to a larger disk say, `..` would be the parent of that place.
fs::path text_of_link(const RunContext& run, const fs::path& place, const fs::path& target) {
  for (const fs::path& folder : {place.parent_path(), place.parent_path().parent_path()}) {
    const auto status = run.world.files.status(folder);
    if (status && *status && (*status)->kind == FileKind::symbolic_link) return target;
  }
  const fs::path relative = target.lexically_relative(place.parent_path());
  return relative.empty() ? target : relative;
}

/// `text` is what the link holds.
Result<void> link(const RunContext& run, const fs::path& place, const fs::path& text) {
  Files& files = run.world.files;
  if (auto made = files.make_directories(place.parent_path()); !made) return made;
  // Beside it and then renamed: at no moment is there no link.
  const fs::path beside = place.parent_path() / ('.' + place.filename().string() + '.' + run.run);
  if (auto cleared = files.remove(beside); !cleared) return cleared;
  if (auto linked = files.make_symbolic_link(text, beside); !linked) return linked;
  return files.rename(beside, place);
}

/// What runs that were killed between the two steps of `link` left; other runs may be about to take the second.
void sweep_links(const RunContext& run, const std::string& output) {
  const fs::path folder = link_place(run, output).parent_path();
  const std::string beginning = '.' + output + '.';
  const auto names = run.world.files.list(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(beginning)) continue;
    const std::vector<RunRecord> runs = run.state.runs(std::numeric_limits<std::int32_t>::max());
    const bool is_running = std::any_of(runs.begin(), runs.end(), [&](const RunRecord& other) {
      return other.outcome == "running" && other.run == name.substr(beginning.size());
    });
    // If it cannot be removed now, it can be the next time.
    if (!is_running) static_cast<void>(run.world.files.remove(folder / name));
  }
}

}  // namespace

Result<void> check_output_places(const RunContext& run) {
  for (const dsl::PipelineOutput& output : run.pipeline.outputs) {
    if (auto free = check_place(run, output.name); !free) return free;
  }
  return {};
}

Result<bool> publish_outputs(const RunContext& run) {
  std::vector<OutputPublished> outputs;
  bool all_hold = true;
  for (const dsl::PipelineOutput& output : run.pipeline.outputs) {
    const bool is_there = std::all_of(output.dependencies.begin(), output.dependencies.end(),
                                      [&](dsl::NodeId step) { return run.values.is_set(step); });
    // What came out of a gate is not among the dependencies.
    if (!is_there || !run.values.is_known(output.value)) continue;
    auto value = run.values.evaluate(output.value);
    all_hold = all_hold && value;
    if (value) outputs.push_back({.name = output.name, .value = std::move(*value)});
  }
  if (!all_hold) return false;  // nothing is linked, as after a failed requirement
  for (OutputPublished& event : outputs) {
    if (const auto path = published_path(event.value)) {
      event.link = link_place(run, event.name);
      event.target = text_of_link(run, event.link, *path);
      if (auto free = check_place(run, event.name); !free) return tl::unexpected(std::move(free.error()));
      if (auto linked = link(run, event.link, event.target); !linked) return tl::unexpected(std::move(linked.error()));
      sweep_links(run, event.name);
    }
    run.events.emit(event);
  }
  return true;
}

}  // namespace sdlrun::engine
