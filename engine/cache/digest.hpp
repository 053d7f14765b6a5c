// Digests of content: SHA-256 by OpenSSL, of bytes, files and folders; remembered for files that have not changed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

/// SHA-256 in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What was known of a file when it was digested. It holds as long as size, times, inode and device are the same. Only
/// digests taken later than the file's clock tick are remembered: a file changed twice within one tick looks the same
/// (the racy-timestamp rule of git's index).
struct RememberedDigest {
  FileStatus status;
  std::string digest;
};

/// Whether a change from now on would show in the file's times, whatever their grain.
bool is_older_than_a_tick(const FileStatus& status);

class TreeFilter;

/// Where remembered digests are kept between runs; thread-safe.
class DigestMemory {
 public:
  virtual ~DigestMemory() = default;
  virtual std::optional<RememberedDigest> find(const std::filesystem::path& path) = 0;
  virtual void remember(const std::filesystem::path& path, const RememberedDigest& digest) = 0;
};

/// Digests of files and folders; thread-safe.
///
/// A file's digest is "sha256:" and the SHA-256 of its bytes, with "+x" where it is executable. A folder's is "tree:"
/// and the SHA-256 of its listing: for each entry in byte order of names its kind, name and digest (a link: its
/// target); empty folders count. A symbolic link that is named itself is followed; inside a folder it is content. A
/// folder `.sdl` inside one is left out: what the engine writes there is no content of anybody's.
class FileDigests {
 public:
  FileDigests(Files& files, DigestMemory& memory) : files_(files), memory_(memory) {}
  Result<std::string> of(const std::filesystem::path& path) { return of(path, nullptr); }
  /// Of a folder, what the filter takes of it.
  Result<std::string> of(const std::filesystem::path& path, const TreeFilter& filter) { return of(path, &filter); }
  /// What else decides on a key is read here, so that the engine knows what was looked at (engine/unchanged).
  const Files& files() const { return files_; }

 private:
  Result<std::string> of(const std::filesystem::path& path, const TreeFilter* filter);


  Files& files_;
  DigestMemory& memory_;
};

}  // namespace sdlrun::engine
