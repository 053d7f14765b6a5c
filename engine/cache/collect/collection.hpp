// `sdlrun gc`: takes away what a project's cache holds and nobody has used for long, also beside running engines.
//
// What keeps an engine from believing a result whose files are about to go:
//   - a run takes over, without writing a word, only results of its pipeline's newest attempts: while it goes on, these are
//     kept, and all that was used since it began;
//   - whatever else it takes over or makes it records under a lock that is shared among engines (collection_lock.hpp), and
//     looks again under it whether the result is there;
//   - under the same lock, held alone, and in one transaction of the database, a few results at a time are looked at again,
//     forgotten, and then renamed into temporary/.
// Killed at any instant it leaves results that are whole, files that no result names (the next one's), or a folder in
// temporary/ (swept by the next engine).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

struct CollectionPolicy {
  /// What was not used for so long goes.
  std::optional<Milliseconds> older_than;
  /// What was not used for longest goes until the rest has this many bytes.
  std::optional<std::uint64_t> max_size;
  /// So many newest successful runs of each pipeline stay, and all that they used.
  std::size_t keep_runs = 1;
  /// Only to tell what would go.
  bool dry_run = false;
};

struct Amount {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  void add(std::uint64_t more) {
    ++count;
    bytes += more;
  }
};

struct CollectionReport {
  // What went, and the bytes that this set free.
  Amount results;      // recorded ones, with their outputs
  Amount leftovers;    // outputs that no result names, and databases that were set aside as damaged
  Amount store_files;  // contents that nothing else holds
  Amount runs;         // records, logs and event logs of past runs
  // What stays. A result counts once, under the first of these that holds.
  std::size_t in_use = 0;      // by runs that go on
  std::size_t linked = 0;      // from out/
  std::size_t of_new_runs = 0; // used by the runs that `keep_runs` keeps
  std::size_t recent = 0;      // used lately, or within the size
  std::size_t kept_runs = 0;
  std::uint64_t kept_bytes = 0;
  std::vector<std::string> running;   // names of runs that go on
  std::vector<std::string> warnings;  // such as of a damaged database
  std::uint64_t database_bytes_freed = 0;
};

/// Collects in the state folder of the project in `root`. Errors: another gc is at work; the state cannot be opened or
/// written; an engine is at work that no run tells of.
Result<CollectionReport> collect_garbage(Files& files, const std::filesystem::path& root, const std::filesystem::path& state_folder,
                                         const CollectionPolicy& policy, Milliseconds now);

}  // namespace sdlrun::engine
