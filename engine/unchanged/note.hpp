// What a run that had nothing to do has looked at, in a file: .sdl/unchanged/REQUEST.
//
//   "sdlrun-unchanged-1 ", 64 hexadecimal digits: the SHA-256 of all that follows their line; "\n"
//   text of the run (JSON): what is to be recorded and shown of it
//   number of sources; for each its path and the SHA-256 of its text
//   number of slices; for each its looks and the SHA-256 of what was seen
//
// A text is its length and its bytes; a number has seven bits a byte, the lowest first. Looks are sorted, and their paths
// written without the beginning that each shares with the one before it in its slice. What was seen is not kept: to tell
// whether it is the same takes no more than its digest. Slices are for several processors, and end a check early.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache/state.hpp"
#include "engine/run/event.hpp"
#include "engine/unchanged/look.hpp"

namespace sdlrun::engine {

/// A run as it is to be repeated.
struct UnchangedRun {
  /// Without name, times and outcome. Its cached steps are all its steps.
  RunRecord record = {};
  std::vector<OutputPublished> outputs = {};
  /// The most that one of its steps asks of the machine.
  std::int64_t cpus = 1;
  std::int64_t memory_bytes = 0;
};

struct NotedSource {
  std::string path;
  std::string digest;  // of its text
};

struct NotedLooks {
  std::string looks;   // encoded
  std::string digest;  // of what was seen
};

struct UnchangedNote {
  UnchangedRun run = {};
  std::vector<NotedSource> sources = {};
  std::vector<NotedLooks> slices = {};
  std::string digest = {};  // of the note itself
};

inline std::filesystem::path notes_folder(const std::filesystem::path& state_folder) { return state_folder / "unchanged"; }

/// `looks` are in order.
std::vector<NotedLooks> slices_of(const std::vector<SeenLook>& looks);
/// Nothing where it is no such text.
std::optional<std::vector<Look>> decode_looks(std::string_view looks);

/// The file's text; sets the note's digest.
std::string encode_note(UnchangedNote& note, const std::filesystem::path& state_folder);
/// Nothing where a byte is another or missing.
std::optional<UnchangedNote> decode_note(std::string_view text, const std::filesystem::path& state_folder);

/// Looks again at all that the run has looked at, on all processors. False as soon as one thing is seen otherwise.
bool is_as_noted(const Files& files, const UnchangedNote& note);

}  // namespace sdlrun::engine
