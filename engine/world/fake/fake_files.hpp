// A file system in memory, for tests and simulation: with faults on request, and time that moves by one with each
// change.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Changes of a disk that fail.
struct DiskFault {
  std::size_t successes = 0;  // so many changes go well before it is met
  std::string below = {};     // counted are, and it is met by, only changes of what begins with this; then it is by any
  std::size_t count = 1;      // how many fail
  Error error = {};
  double part = 0;  // of the first, so much (0 to 1) is done all the same, where that can be: a torn write
};
/// As for an engine that is killed: a change is done in part, and none after it.
DiskFault crash_after(std::size_t successes, double part);

/// Thread-safe. Paths are absolute; "/" is there from the start. Symbolic links are followed by nobody but their
/// readers.
class FakeFiles final : public Files {
 public:
  /// What tests put in place: folders above are made, and no fault is met.
  void put(const Path& path, std::string_view content, bool executable = false);
  /// Changes a file's bytes behind everybody's back, protected or not.
  void corrupt(const Path& path, std::string_view content);

  /// The next changes after `successes` more fail with `error`, `count` of them.
  void fail_changes_after(std::size_t successes, Error error, std::size_t count = 1);
  /// Each fault begins to count when the one before it is over.
  void set_faults(std::deque<DiskFault> faults);
  /// The change that met a fault first since `heal`, such as "append /a/b"; empty where none has.
  std::string first_fault() const;
  /// No more faults.
  void heal();
  /// Reading this path fails until it is changed.
  void fail_reads_of(const Path& path, Error error);
  /// Changes asked for so far, those that failed included: what a test that fails each in turn counts by.
  std::size_t changes() const;
  /// How often `sync` was asked for.
  std::size_t syncs() const;
  /// How many files were read, by whatever way.
  std::size_t reads() const;
  /// For who reads and writes in the middle of files, as databases do; a file that is not there is made by a write, and
  /// what is behind its end is not read.
  std::string read_at(const Path& path, std::uint64_t offset, std::size_t length) const;
  Result<void> write_at(const Path& path, std::uint64_t offset, std::string_view bytes);
  Result<void> truncate(const Path& path, std::uint64_t size);
  /// All paths of files and links, sorted.
  std::vector<std::string> all() const;
  bool is_protected(const Path& path) const;

  Result<std::optional<FileStatus>> status(const Path& path) const override;
  Result<std::vector<std::string>> list(const Path& directory) const override;
  Result<std::string> read(const Path& path) const override;
  Result<std::string> read_link(const Path& path) const override;
  Result<void> read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const override;
  Result<void> write(const Path& path, std::string_view content) override;
  /// What is written is on this disk.
  Result<bool> write_private(const Path& path, std::string_view content) override;
  Result<void> write_synced(const Path& path, std::string_view content) override { return write(path, content); }
  Result<void> sync(const Path& path) override;
  Result<void> append(const Path& path, std::string_view content) override;
  Result<void> make_directories(const Path& path) override;
  Result<void> make_symbolic_link(const Path& target, const Path& link) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> clone(const Path& from, const Path& to) override;
  Result<void> protect(const Path& path) override;
  Result<void> make_executable(const Path& path) override;
  Result<void> remove(const Path& path) override;
  Result<std::shared_ptr<LockedFile>> try_lock(const Path& path) override;

 private:
  struct Entry {
    FileStatus status;
    std::string content;  // or a link's target
    bool is_protected = false;
  };
  /// How a change is done in part.
  using InPart = std::function<void(double part)>;
  class Lock;
  using Entries = std::map<std::string, Entry>;

  // All of these expect `mutex_` to be held.
  Result<void> begin_change(std::string_view kind, const Path& path, const InPart& in_part = {});
  Result<void> put_at(const std::string& path, std::uint64_t offset, std::string_view bytes);
  std::vector<std::string> below(const std::string& path) const;
  Result<void> need_parent(const std::string& path) const;
  Entry& make_entry(const std::string& path, FileKind kind);
  void make_folders_above(const std::string& path);
  void touch(Entry& entry);
  bool has_entries_below(const std::string& path) const;

  mutable std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Error> unreadable_;
  std::deque<DiskFault> faults_;
  std::string first_fault_;
  std::set<std::string> locked_;
  std::int64_t now_ = 0;
  std::uint64_t next_inode_ = 1;
  std::size_t changes_ = 0;
  std::size_t syncs_ = 0;
  mutable std::size_t reads_ = 0;
};

}  // namespace sdlrun::engine
