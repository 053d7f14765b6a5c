// All that gc may take away, with when it was last used and why it must stay.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/cache/collect/collection.hpp"
#include "engine/cache/collect/disk_use.hpp"
#include "engine/cache/collect/engines_at_work.hpp"

namespace sdlrun::engine {

/// What is kept in spite of its age, the strongest reason first.
enum class Need { in_use, linked, of_new_run, none };

/// A result: a row, a folder in outputs/, or both.
struct HeldResult {
  std::int64_t used = 0;     // milliseconds since 1970
  std::int64_t changed = 0;  // when its folder was
  Need need = Need::none;
  bool is_recorded = false;
};

/// A run: a row, a folder in runs/, or both.
struct HeldRun {
  std::int64_t used = 0;
  bool is_needed = false;
};

struct Inventory {
  std::unordered_map<std::string, HeldResult> results;  // by key
  std::unordered_map<std::string, HeldRun> runs;        // by name
  std::unordered_map<std::string, std::int64_t> set_aside;  // damaged databases by file name, and when they were
  /// Keys of other results whose files a result names, as what was handed to a step is its output too.
  std::unordered_map<std::string, std::vector<std::string>> others;
  DiskUse disk;
};

/// `engines` have been looked at once.
Result<Inventory> take_inventory(Files& files, const std::filesystem::path& root, const std::filesystem::path& state_folder,
                                 CollectionDatabase& database, const EnginesAtWork& engines, const CollectionPolicy& policy,
                                 Milliseconds now);

/// Keys of other results whose files the outputs of one name.
std::vector<std::string> other_results_in(std::string_view key, const dsl::Fields& outputs, const std::filesystem::path& state_folder);
/// The key below outputs/ that a path leads to, or nothing.
std::optional<std::string> key_in(const std::filesystem::path& path, const std::filesystem::path& state_folder);

}  // namespace sdlrun::engine
