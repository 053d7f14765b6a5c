#include "engine/run/output_links.hpp"

#include <algorithm>
#include <limits>

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

fs::path place_of(const RunContext& run, const std::string& output) {
  return run.options.project_root / "out" / run.pipeline.name / output;
}

Result<void> check_place(const RunContext& run, const std::string& output) {
  const fs::path place = place_of(run, output);
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
std::optional<fs::path> path_of(const dsl::Value& value) {
  if (const auto* file = value.as<dsl::FileValue>()) return file->path;
  if (const auto* folder = value.as<dsl::DirValue>()) return folder->path;
  return std::nullopt;
}

fs::path text_of_link(const fs::path& place, const fs::path& target) {
  const fs::path relative = target.lexically_relative(place.parent_path());
  return relative.empty() ? target : relative;
}

Result<void> link(const RunContext& run, const fs::path& place, const fs::path& target) {
  Files& files = run.world.files;
  if (auto made = files.make_directories(place.parent_path()); !made) return made;
  // Beside it and then renamed: at no moment is there no link.
  const fs::path beside = place.parent_path() / ('.' + place.filename().string() + '.' + run.run);
  if (auto cleared = files.remove(beside); !cleared) return cleared;
  if (auto linked = files.make_symbolic_link(text_of_link(place, target), beside); !linked) return linked;
  return files.rename(beside, place);
}

/// What runs that were killed between the two steps of `link` left; other runs may be about to take the second.
void sweep_links(const RunContext& run, const std::string& output) {
  const fs::path folder = place_of(run, output).parent_path();
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

std::optional<std::string> link_target(const OutputPublished& output) {
  const auto target = path_of(output.value);
  return target ? std::optional(text_of_link(output.link, *target).string()) : std::nullopt;
}

Result<void> publish_outputs(const RunContext& run) {
  for (const dsl::PipelineOutput& output : run.pipeline.outputs) {
    const bool is_there = std::all_of(output.dependencies.begin(), output.dependencies.end(),
                                      [&](dsl::NodeId step) { return run.values.is_set(step); });
    // What came out of a gate is not among the dependencies.
    if (!is_there || !run.values.is_known(output.value)) continue;
    auto value = run.values.evaluate(output.value);
    if (!value) return tl::unexpected(std::move(value.error()));
    OutputPublished event{output.name, std::move(*value), {}};
    if (const auto target = path_of(event.value)) {
      event.link = place_of(run, output.name);
      if (auto free = check_place(run, output.name); !free) return free;
      if (auto linked = link(run, event.link, *target); !linked) return linked;
      sweep_links(run, output.name);
    }
    run.events.emit(event);
  }
  return {};
}

}  // namespace sdlrun::engine
