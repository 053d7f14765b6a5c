// The journal: an append-only file a process, written before a step counts as finished.
//
// A file begins with "sdlrun-journal-1\n". Each record after it is
//   length   4 bytes, little endian, of the content
//   check    8 bytes: the first hexadecimal digits of SHA-256 over length and content
//   content
// A reader takes records while they are whole and their check is right; what follows (a torn write, zeros after a power
// cut) never was recorded. The writer holds an flock on the file for life: a journal that can be locked is of a process
// that has ended. Written, not synced: a crash of the program loses nothing, one of the machine what the kernel had not
// written back, whose steps run again. One file a process, because two writers of one file would tear each other's
// records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// This process's journal; its file is removed by `remove` only. Not thread-safe: its user locks.
class Journal {
 public:
  /// A new one in `folder`, which is made where missing. `files` outlives it.
  static Result<Journal> create(Files& files, const std::filesystem::path& folder);

  /// On disk (written) when it returns. After a failure the journal is as it was before.
  Result<void> append(std::string_view content);
  /// Its file's name.
  const std::string& name() const { return name_; }
  /// Bytes so far.
  std::uint64_t size() const { return size_; }
  void remove();

 private:
  Journal(Files& files, std::filesystem::path path, std::shared_ptr<LockedFile> file);

  Files* files_;
  std::filesystem::path path_;
  std::string name_;
  std::shared_ptr<LockedFile> file_;
  std::uint64_t size_ = 0;
};

/// What was read of a journal: its whole records from some place on, and where the last of them ends.
struct JournalContent {
  std::vector<std::string> records;
  std::uint64_t end = 0;
};
/// Whether this is a journal of this version, or the torn beginning of one.
bool is_journal(std::string_view bytes);
/// `begin` is 0 or an `end` of before.
JournalContent read_journal(std::string_view bytes, std::uint64_t begin);

/// The journal of a process that has ended, locked so that nobody else replays it meanwhile.
class EndedJournal {
 public:
  EndedJournal(Files& files, std::filesystem::path path, std::shared_ptr<LockedFile> lock)
      : files_(&files), path_(std::move(path)), lock_(std::move(lock)) {}

  std::string name() const { return path_.filename().string(); }
  Result<std::string> read() const;
  void remove() const;

 private:
  Files* files_;
  std::filesystem::path path_;
  std::shared_ptr<LockedFile> lock_;
};

/// All in `folder` whose processes have ended; none where there is no such folder.
std::vector<EndedJournal> ended_journals(Files& files, const std::filesystem::path& folder);

/// Whether a process that has not ended writes one in `folder`, other than that of the name `except`: a run goes on.
bool has_living_journal(Files& files, const std::filesystem::path& folder, std::string_view except = {});

}  // namespace sdlrun::engine
