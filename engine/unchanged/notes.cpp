#include "engine/unchanged/notes.hpp"

#include <algorithm>

#include "engine/world/real/machine.hpp"

namespace sdlrun::engine {

std::optional<UnchangedNote> read_note(const Files& files, const std::filesystem::path& state_folder, const std::string& request) {
  const auto text = files.read(notes_folder(state_folder) / request);
  return text ? decode_note(*text, state_folder) : std::nullopt;
}

bool fits_machine(const UnchangedRun& run) {
  if (run.cpus <= 1 && run.memory_bytes == 0) return true;
  const MachineLimits machine = machine_limits();
  const auto suffices = [](std::int64_t limit, std::int64_t wanted) { return limit == 0 || wanted <= limit; };
  return suffices(machine.cpus, run.cpus) && suffices(machine.memory_bytes, run.memory_bytes);
}

Result<void> write_note(Files& files, const std::filesystem::path& state_folder, const std::string& request, UnchangedNote& note) {
  const std::filesystem::path folder = notes_folder(state_folder);
  if (auto made = files.make_directories(folder); !made) return made;
  return files.write(folder / request, encode_note(note, state_folder));
}

Result<void> remove_other_notes(Files& files, const std::filesystem::path& state_folder, const std::vector<std::string>& requests) {
  const std::filesystem::path folder = notes_folder(state_folder);
  const auto names = files.list(folder);
  if (!names) return {};  // no folder, no notes
  for (const std::string& name : *names) {
    if (std::find(requests.begin(), requests.end(), name) != requests.end()) continue;
    if (auto removed = files.remove(folder / name); !removed) return removed;
  }
  return {};
}

}  // namespace sdlrun::engine
