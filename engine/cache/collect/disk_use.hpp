// What lies on disk below a place, entry by entry.
#pragma once

#include <filesystem>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Each entry at and below `place` but folders, which count as nothing. What goes away meanwhile is left out; a folder that
/// cannot be read too, as nobody can say what is in it.
void each_file_below(const Files& files, const std::filesystem::path& place, const std::function<void(const FileStatus&)>& take);

/// Contents with several names count once, and are free when the last of the names that were counted has gone.
class DiskUse {
 public:
  /// Counts one name.
  void add(const FileStatus& status);
  /// Takes one name away; gives the bytes that this frees.
  std::uint64_t remove(const FileStatus& status);
  /// Whether all names of a content were taken away.
  bool is_freed(const FileStatus& status) const { return freed_.contains(status.inode); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  /// Only of contents with several names; of others there is nothing to remember.
  std::unordered_map<std::uint64_t, std::uint32_t> names_;
  std::unordered_set<std::uint64_t> freed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sdlrun::engine
