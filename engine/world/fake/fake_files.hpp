// A file system in memory, for tests and simulation: with faults on request, and time that moves by one with each
// change.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "engine/world/files.hpp"

namespace sdlrun::engine {

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
  /// Reading this path fails until it is changed.
  void fail_reads_of(const Path& path, Error error);
  /// Changes asked for so far, those that failed included: what a test that fails each in turn counts by.
  std::size_t changes() const;
  /// How many files were read, by whatever way.
  std::size_t reads() const;
  /// All paths of files and links, sorted.
  std::vector<std::string> all() const;
  bool is_protected(const Path& path) const;

  Result<std::optional<FileStatus>> status(const Path& path) const override;
  Result<std::vector<std::string>> list(const Path& directory) const override;
  Result<std::string> read(const Path& path) const override;
  Result<std::string> read_link(const Path& path) const override;
  Result<void> read_pieces(const Path& path, const std::function<void(std::string_view)>& take) const override;
  Result<void> write(const Path& path, std::string_view content) override;
  Result<void> append(const Path& path, std::string_view content) override;
  Result<void> make_directories(const Path& path) override;
  Result<void> make_symbolic_link(const Path& target, const Path& link) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> clone(const Path& from, const Path& to) override;
  Result<void> protect(const Path& path) override;
  Result<void> make_executable(const Path& path) override;
  Result<void> remove(const Path& path) override;
  Result<std::shared_ptr<void>> try_lock(const Path& path) override;

 private:
  struct Entry {
    FileStatus status;
    std::string content;  // or a link's target
    bool is_protected = false;
  };
  struct Fault {
    std::size_t successes = 0;
    std::size_t count = 0;
    Error error;
  };
  using Entries = std::map<std::string, Entry>;

  // All of these expect `mutex_` to be held.
  Result<void> begin_change();
  Result<void> need_parent(const std::string& path) const;
  Entry& make_entry(const std::string& path, FileKind kind);
  void make_folders_above(const std::string& path);
  void touch(Entry& entry);
  Entries::iterator end_of_tree(const std::string& path);
  bool has_entries_below(const std::string& path) const;

  mutable std::mutex mutex_;
  Entries entries_;
  std::map<std::string, Error> unreadable_;
  std::optional<Fault> fault_;
  std::set<std::string> locked_;
  std::int64_t now_ = 0;
  std::uint64_t next_inode_ = 1;
  std::size_t changes_ = 0;
  mutable std::size_t reads_ = 0;
};

}  // namespace sdlrun::engine
