// The folder of notes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/unchanged/note.hpp"

namespace sdlrun::engine {

/// Nothing where there is none, or none that can be read.
std::optional<UnchangedNote> read_note(const Files& files, const std::filesystem::path& state_folder, const std::string& request);

/// Whether each of the run's steps may still run on a machine as it is now: limits of control groups change.
bool fits_machine(const UnchangedRun& run);

/// Sets the note's digest.
Result<void> write_note(Files& files, const std::filesystem::path& state_folder, const std::string& request, UnchangedNote& note);

/// Removes all but the notes of these requests.
Result<void> remove_other_notes(Files& files, const std::filesystem::path& state_folder, const std::vector<std::string>& requests);

}  // namespace sdlrun::engine
