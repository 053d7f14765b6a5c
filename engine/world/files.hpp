// The file system, as the scheduler and the cache see it. Real, or in memory with faults in tests (world/fake).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::engine {

enum class FileKind { regular, directory, symbolic_link, other };

/// What lstat says. Times in nanoseconds since 1970.
struct FileStatus {
  FileKind kind = FileKind::regular;
  bool executable = false;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  /// How many names the content has: one with several is not ours alone.
  std::uint64_t links = 1;

  friend bool operator==(const FileStatus&, const FileStatus&) = default;
};

/// A file that is locked against the other engines on this machine while this lives, and is written where one likes.
class LockedFile {
 public:
  virtual ~LockedFile() = default;
  /// After a failure a part of it may be there.
  virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
};

/// Errors name the path and the reason, with a hint for a full disk, a read-only place and missing permission.
class Files {
 public:
  using Path = std::filesystem::path;
  virtual ~Files() = default;

  /// Nothing where there is no such entry. Does not follow a symbolic link.
  virtual Result<std::optional<FileStatus>> status(const Path& path) const = 0;
  /// The same of a path that is a text: for a Path it is taken apart, which takes longer than the look.
  virtual Result<std::optional<FileStatus>> status_of(const std::string& path) const { return status(path); }
  /// Names in a folder, sorted by bytes.
  virtual Result<std::vector<std::string>> list(const Path& directory) const = 0;
  virtual Result<std::string> read(const Path& path) const = 0;
  virtual Result<std::string> read_link(const Path& path) const = 0;
  /// Gives the content in pieces, so that a large file is never in memory.
  virtual Result<void> read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const = 0;
  /// Writes to a temporary name beside it and renames: readers see the old or the new content, whole.
  virtual Result<void> write(const Path& path, std::string_view content) = 0;
  /// Makes a file that its owner alone may read, whole from the first moment on. False where there is one by that name: it
  /// stays as it is.
  virtual Result<bool> write_private(const Path& path, std::string_view content) = 0;
  /// As `write`, and on the disk itself when it returns, its name and the folders above included: no end of the machine
  /// takes it back. Waits for the disk.
  virtual Result<void> write_synced(const Path& path, std::string_view content) = 0;
  /// Brings all that was written on the file system of this path to its disk. May wait for seconds.
  virtual Result<void> sync(const Path& path) = 0;
  virtual Result<void> append(const Path& path, std::string_view content) = 0;
  virtual Result<void> make_directories(const Path& path) = 0;
  virtual Result<void> make_symbolic_link(const Path& target, const Path& link) = 0;
  /// Within one file system; replaces a file that is there.
  virtual Result<void> rename(const Path& from, const Path& to) = 0;
  /// A second name for the same content by the cheapest way: reflink, hard link (only of files that are protected and have
  /// 4 KiB or more, so that no change of one is a change of the other), copy. The target must not exist.
  virtual Result<void> clone(const Path& from, const Path& to) = 0;
  /// Takes write permission away, so that a cached output is not changed by accident.
  virtual Result<void> protect(const Path& path) = 0;
  /// Makes a file executable for all who may read it.
  virtual Result<void> make_executable(const Path& path) = 0;
  /// A file or a whole folder, read-only entries included; nothing happens where there is none.
  virtual Result<void> remove(const Path& path) = 0;
  /// Whether a folder has the permissions and the owner that one made now in its place would have.
  virtual bool is_as_made(const Path&) const { return true; }
  /// Empties a folder that is to serve somebody else. False where it is no longer as it would be made now (permissions,
  /// owner) or cannot be emptied: then it is to be removed.
  virtual bool make_as_new(const Path&) { return false; }
  /// Locks a file, made where missing, until the returned object goes, or its process does. Null where another holds it, or
  /// took it away at this moment.
  virtual Result<std::shared_ptr<LockedFile>> try_lock(const Path& path) = 0;
  /// Locks a file, made where missing, together with others that share it, until the returned object goes. Waits while
  /// somebody holds it alone (`try_lock`). Where there is one engine only, nobody does.
  virtual Result<std::shared_ptr<void>> share_lock(const Path&) { return std::make_shared<char>(); }
};

}  // namespace sdlrun::engine
